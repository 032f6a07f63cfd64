import assert from "node:assert/strict";
import type { CatalogId, LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Case } from "./case.ts";
import {
	applied,
	claimOf,
	commit,
	createNamespace,
	createTable,
	fork,
	insertCatalog,
	insertLine,
	insertRef,
	insertTenant,
	insertWarehouse,
	newWorld,
	objectKey,
	refused,
} from "./world.ts";

/** Sentences W9 to W13: what rows have to do with one another. */
export const REGISTRY: readonly Case[] = [
	{
		sentence: "W9",
		name: "warehouses and catalogs need their tenant, catalogs their warehouse",
		async run(store, tools) {
			const nobody = brandId<TenantId>(tools.fresh("tenant"));
			const id = brandId<CatalogId>(tools.fresh("catalog"));
			await refused(store, [insertWarehouse(nobody, "wh", tools)], "missing");
			await refused(store, [insertCatalog(nobody, "c", id, null)], "missing");
			const { tenant } = await newWorld(store, tools);
			const named = insertCatalog(tenant, "c", id, "no-such-warehouse");
			await refused(store, [named], "missing");
			await applied(store, [insertCatalog(tenant, "c", id, null)]);
		},
	},
	{
		sentence: "W9",
		name: "a catalog cannot be moved to a missing warehouse",
		async run(store, tools) {
			const { tenant } = await newWorld(store, tools);
			const row = await store.registry.catalog(tenant, "cat");
			assert.ok(row);
			const value = { ...row.value, warehouse: "no-such-warehouse" };
			const key = { tenant, name: "cat" };
			await refused(
				store,
				[{ op: "update", collection: "catalog", key, value, ifVersion: 1 }],
				"missing",
			);
		},
	},
	{
		sentence: "W9",
		name: "lines and refs need their catalog and what they point at",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const other = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			const id = brandId<LineId>(tools.fresh("line"));
			const missing = brandId<never>(tools.fresh("missing"));
			for (const change of [
				insertLine({ tenant, catalog: missing, id }),
				insertLine({ tenant, catalog, id, parent: { line, number: 1 } }),
				insertLine({
					tenant,
					catalog,
					id,
					parent: { line: other.line, number: 0 },
				}),
				insertRef({ tenant, catalog, name: "r", line: missing }),
				insertRef({ tenant, catalog: missing, name: "r", line }),
				insertRef({ tenant, catalog, name: "r", line, kind: "tag", number: 1 }),
			])
				await refused(store, [change], "missing");
			await commit(world, [createNamespace(world, "a")]);
			await applied(store, [
				insertLine({ tenant, catalog, id, parent: { line, number: 1 } }),
				insertRef({ tenant, catalog, name: "r", line, kind: "tag", number: 1 }),
			]);
		},
	},
	{
		sentence: "W10",
		name: "tenants and warehouses in use are not deleted",
		async run(store, tools) {
			const { tenant, catalog } = await newWorld(store, tools);
			const removeTenant = {
				op: "delete",
				collection: "tenant",
				key: { tenant },
			} as const;
			const warehouse = { tenant, name: "wh" };
			const removeWarehouse = {
				op: "delete",
				collection: "warehouse",
				key: warehouse,
			} as const;
			await refused(store, [removeTenant], "notEmpty");
			await refused(store, [removeWarehouse], "notEmpty");
			const removeCatalog = {
				op: "delete",
				collection: "catalog",
				key: { tenant, name: "cat" },
			} as const;
			await refused(store, [removeCatalog, removeTenant], "notEmpty");
			await applied(store, [removeCatalog, removeWarehouse, removeTenant]);
			assert.equal(await store.registry.tenant(tenant), undefined);
			assert.equal(await store.refs.ref(tenant, catalog, "main"), undefined);
		},
	},
	{
		sentence: "W11",
		name: "a catalog that shows a table is not deleted, on any line",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const remove = {
				op: "delete",
				collection: "catalog",
				key: { tenant, name: "cat" },
			} as const;
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			await refused(store, [remove], "notEmpty");
			const line = await fork(world, world.line, 1);
			const drop = { op: "drop", key: objectKey(["a"], "t") } as const;
			await commit(world, [drop]);
			await refused(store, [remove], "notEmpty");
			await commit(world, [drop], { line });
			await applied(store, [remove]);
		},
	},
	{
		sentence: "W11",
		name: "a deleted catalog takes its refs, lines, commits and claims along",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			await commit(world, [createNamespace(world, "a")]);
			const location = `memory:///${tools.fresh("claim")}/`;
			await applied(store, [{ op: "claim", claim: claimOf(world, location) }]);
			await applied(store, [
				{
					op: "delete",
					collection: "catalog",
					key: { tenant, name: "cat" },
				},
			]);
			assert.equal(await store.refs.locate(tenant, "cat", "main"), undefined);
			assert.deepEqual(
				await store.refs.refs(tenant, catalog, { limit: 9 }),
				[],
			);
			assert.equal(await store.refs.line(tenant, line), undefined);
			assert.equal(await store.commits.commit(tenant, line, 1), undefined);
			assert.deepEqual(await store.entries.all(world.head, { limit: 9 }), []);
			assert.deepEqual(await store.claims.overlapping(location, 9), []);
		},
	},
	{
		sentence: "W12",
		name: "catalogs follow their warehouse to its new name",
		async run(store, tools) {
			const { tenant } = await newWorld(store, tools);
			const row = await store.registry.warehouse(tenant, "wh");
			assert.ok(row);
			const value = { ...row.value, name: "moved" };
			await applied(store, [
				{
					op: "update",
					collection: "warehouse",
					key: { tenant, name: "wh" },
					value,
					ifVersion: 1,
				},
			]);
			const catalog = await store.registry.catalog(tenant, "cat");
			assert.equal(catalog?.value.warehouse, "moved");
			assert.equal(catalog?.version, 2);
			const located = await store.refs.locate(tenant, "cat", "main");
			assert.equal(located?.warehouse?.name, "moved");
		},
	},
	{
		sentence: "W13",
		name: "a line that a ref or another line needs is not deleted",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog } = world;
			await commit(world, [createNamespace(world, "a")]);
			const child = await fork(world, world.line, 1);
			const grandchild = await fork(world, child, 0);
			const removeLine = (line: LineId) =>
				({
					op: "delete",
					collection: "line",
					key: { tenant, line },
				}) as const;
			const removeRef = {
				op: "delete",
				collection: "ref",
				key: { tenant, catalog, name: "main" },
			} as const;
			await refused(store, [removeLine(world.line)], "notEmpty");
			await refused(store, [removeRef, removeLine(world.line)], "notEmpty");
			await refused(store, [removeLine(child)], "notEmpty");
			await commit(world, [createNamespace(world, "b")], { line: grandchild });
			await applied(store, [
				removeLine(grandchild),
				removeLine(child),
				removeRef,
				removeLine(world.line),
			]);
			assert.deepEqual(await store.entries.all(world.head, { limit: 9 }), []);
			const at = { tenant, line: grandchild };
			assert.deepEqual(await store.entries.all(at, { limit: 9 }), []);
			assert.equal(
				await store.commits.commit(tenant, grandchild, 1),
				undefined,
			);
		},
	},
	{
		sentence: "W9",
		name: "a line does not become its own ancestor",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const child = await fork(world, world.line, 0);
			const line = await store.refs.line(tenant, world.line);
			assert.ok(line);
			for (const above of [child, world.line]) {
				const value = { ...line, parent: { line: above, number: 0 } };
				const key = { tenant, line: world.line };
				await refused(
					store,
					[{ op: "update", collection: "line", key, value, ifVersion: 1 }],
					"missing",
				);
			}
		},
	},
	{
		sentence: "W10",
		name: "a tenant of its own is deleted",
		async run(store, tools) {
			const tenant = brandId<TenantId>(tools.fresh("tenant"));
			await applied(store, [insertTenant(tenant)]);
			await applied(store, [
				{ op: "delete", collection: "tenant", key: { tenant } },
			]);
		},
	},
];
