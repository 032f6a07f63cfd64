import assert from "node:assert/strict";
import { brandId } from "../../model/ids.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Case } from "./case.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	insertCatalog,
	insertTenant,
	insertWarehouse,
	namespaceKey,
	newWorld,
	refused,
} from "./world.ts";

/** Sentences W1 to W8: what `apply` promises of every change set. */
export const WRITING: readonly Case[] = [
	{
		sentence: "W1",
		name: "a change sees the ones before it",
		async run(store, tools) {
			const tenant = brandId<never>(tools.fresh("tenant"));
			await applied(store, [
				insertTenant(tenant),
				insertWarehouse(tenant, "wh", tools),
				insertCatalog(tenant, "cat", brandId(tools.fresh("catalog"))),
			]);
			assert.ok(await store.registry.catalog(tenant, "cat"));
		},
	},
	{
		sentence: "W1",
		name: "a refused set leaves nothing of its other changes",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const tenant = brandId<never>(tools.fresh("tenant"));
			const before = await store.refs.line(world.tenant, world.line);
			await refused(
				store,
				[
					insertTenant(tenant),
					advanceOf(world, [createNamespace(world, "a")]),
					insertTenant(world.tenant),
				],
				"exists",
			);
			assert.equal(await store.registry.tenant(tenant), undefined);
			assert.equal(
				await store.entries.get(world.head, namespaceKey("a")),
				undefined,
			);
			const after = await store.refs.line(world.tenant, world.line);
			assert.deepEqual(after, before);
			assert.deepEqual(
				await store.commits.commits(world.tenant, world.line, { limit: 9 }),
				[],
			);
		},
	},
	{
		sentence: "W2",
		name: "what was applied is read at once, by every reader",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			assert.ok(await store.entries.get(world.head, namespaceKey("a")));
			const page = { limit: 9 };
			const { length } = await store.entries.all(world.head, page);
			assert.equal(length, 1);
		},
	},
	{
		sentence: "W2",
		name: "a repeated read sees each further change",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const filter = {
				parent: namespaceKey("a").parent,
				kinds: ["namespace" as const],
			};
			const names = () => store.entries.names(world.head, filter, { limit: 9 });
			await commit(world, [createNamespace(world, "a")]);
			assert.deepEqual(await names(), ["a"]);
			await commit(world, [createNamespace(world, "b")]);
			assert.deepEqual(await names(), ["a", "b"]);
			await commit(world, [{ op: "drop", key: namespaceKey("a") }]);
			assert.deepEqual(await names(), ["b"]);
		},
	},
	{
		sentence: "W3",
		name: "the first refusal and its position are told",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const entries = [
				createNamespace(world, "a"),
				createNamespace(world, "x", "y"),
				createNamespace(world, "a"),
			];
			await refused(
				store,
				[insertTenant(brandId(tools.fresh("t"))), advanceOf(world, entries)],
				"missing",
				{ change: 1, entry: 1 },
			);
		},
	},
	{
		sentence: "W4",
		name: "a closed store proves that it applied nothing",
		async run(_store, tools) {
			const closed = await tools.openEmpty();
			await closed.close();
			await assert.rejects(
				closed.apply([insertTenant(brandId("late"))]),
				(error) =>
					error instanceof StoreUnavailable && error.outcome === "not-applied",
			);
			await assert.rejects(closed.ping(), StoreUnavailable);
		},
	},
	{
		sentence: "W4",
		name: "a set that breaks a promise is an error of its own, not applied",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const key = { ...namespaceKey("a"), space: "object" as const };
			const create = { ...createNamespace(world, "a"), key };
			await assert.rejects(
				store.apply([advanceOf(world, [create])]),
				(error) => !(error instanceof StoreUnavailable),
			);
			const line = await store.refs.line(world.tenant, world.line);
			assert.equal(line?.head, 0);
		},
	},
	{
		sentence: "W5",
		name: "an inserted row has version 1, a second one is refused",
		async run(store, tools) {
			const id = brandId<never>(tools.fresh("tenant"));
			await applied(store, [insertTenant(id)]);
			await refused(store, [insertTenant(id)], "exists");
			const tenant = await store.registry.tenant(id);
			assert.equal(tenant?.version, 1);
			assert.equal(tenant?.value.name, `name of ${id}`);
		},
	},
	{
		sentence: "W5",
		name: "a catalog's id is taken as its name is",
		async run(store, tools) {
			const { tenant, catalog } = await newWorld(store, tools);
			await refused(store, [insertCatalog(tenant, "cat2", catalog)], "exists");
		},
	},
	{
		sentence: "W6",
		name: "an update needs the row at its version and counts it up",
		async run(store, tools) {
			const id = brandId<never>(tools.fresh("tenant"));
			const value = { id, name: "new", properties: { a: "1" } };
			const update = (ifVersion: number) =>
				({
					op: "update",
					collection: "tenant",
					key: { tenant: id },
					value,
					ifVersion,
				}) as const;
			await refused(store, [update(1)], "missing");
			await applied(store, [insertTenant(id)]);
			await refused(store, [update(2)], "stale");
			await applied(store, [update(1)]);
			assert.deepEqual(await store.registry.tenant(id), { value, version: 2 });
			await refused(store, [update(1)], "stale");
		},
	},
	{
		sentence: "W6",
		name: "a catalog is renamed by an update, unless the name is taken",
		async run(store, tools) {
			const { tenant, catalog } = await newWorld(store, tools);
			const other = brandId<never>(tools.fresh("catalog"));
			await applied(store, [insertCatalog(tenant, "taken", other)]);
			const row = await store.registry.catalog(tenant, "cat");
			assert.ok(row);
			const rename = (name: string) =>
				({
					op: "update",
					collection: "catalog",
					key: { tenant, name: "cat" },
					value: { ...row.value, name },
					ifVersion: 1,
				}) as const;
			await refused(store, [rename("taken")], "exists");
			await applied(store, [rename("renamed")]);
			assert.equal(await store.registry.catalog(tenant, "cat"), undefined);
			const renamed = await store.registry.catalog(tenant, "renamed");
			assert.equal(renamed?.value.id, catalog);
			assert.equal(renamed?.version, 2);
			assert.ok(await store.refs.locate(tenant, "renamed", "main"));
			assert.equal(await store.refs.locate(tenant, "cat", "main"), undefined);
		},
	},
	{
		sentence: "W6",
		name: "an update of a line leaves its head alone",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const line = await store.refs.line(world.tenant, world.line);
			assert.ok(line);
			const value = { ...line, head: 77, headTimeMicros: 77 };
			const key = { tenant: world.tenant, line: world.line };
			await applied(store, [
				{ op: "update", collection: "line", key, value, ifVersion: 1 },
			]);
			assert.deepEqual(await store.refs.line(world.tenant, world.line), line);
		},
	},
	{
		sentence: "W7",
		name: "a delete without a version forgives a missing row",
		async run(store, tools) {
			const id = brandId<never>(tools.fresh("tenant"));
			const key = { tenant: id };
			const remove = { op: "delete", collection: "tenant", key } as const;
			await applied(store, [remove]);
			await refused(store, [{ ...remove, ifVersion: 1 }], "missing");
			await applied(store, [insertTenant(id)]);
			await refused(store, [{ ...remove, ifVersion: 2 }], "stale");
			await applied(store, [{ ...remove, ifVersion: 1 }]);
			assert.equal(await store.registry.tenant(id), undefined);
		},
	},
	{
		sentence: "W8",
		name: "a check looks at the version and at the absence",
		async run(store, tools) {
			const id = brandId<never>(tools.fresh("tenant"));
			const check = (version: number | "absent") =>
				({
					op: "check",
					collection: "tenant",
					key: { tenant: id },
					version,
				}) as const;
			await refused(store, [check(1)], "stale");
			await applied(store, [check("absent")]);
			await applied(store, [insertTenant(id)]);
			await refused(store, [check("absent")], "exists");
			await refused(store, [check(2)], "stale");
			await applied(store, [check(1)]);
		},
	},
];
