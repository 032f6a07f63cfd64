import assert from "node:assert/strict";
import type { Case } from "./case.ts";
import {
	advanceOf,
	commit,
	createNamespace,
	createTable,
	fork,
	namespaceKey,
	newWorld,
	objectKey,
	refused,
	shown,
	tableEntry,
} from "./world.ts";

/** Sentences L6 to L11: the preconditions of the entries of a commit. */
export const ENTRIES: readonly Case[] = [
	{
		sentence: "L6",
		name: "what shows is not created again, inherited or not",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const create = createNamespace(world, "a");
			const at = { change: 0, entry: 0 };
			await refused(store, [advanceOf(world, [create])], "exists", at);
			const line = await fork(world, world.line, 1);
			await refused(
				store,
				[advanceOf(world, [create], { line })],
				"exists",
				at,
			);
		},
	},
	{
		sentence: "L6",
		name: "what is created needs its namespace, inherited or not",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const line = await fork(world, world.line, 1);
			const at = { change: 0, entry: 0 };
			for (const create of [
				createTable(world, ["b"], "t"),
				createNamespace(world, "b", "c"),
				createTable(world, ["a", "b"], "t"),
			])
				await refused(
					store,
					[advanceOf(world, [create], { line })],
					"missing",
					at,
				);
			await commit(world, [createTable(world, ["a"], "t")], { line });
			await commit(world, [createNamespace(world, "a", "b")], { line });
			await commit(world, [createTable(world, ["a", "b"], "t")], { line });
			const drop = { op: "drop", key: namespaceKey("a") } as const;
			await commit(world, [drop]);
			await refused(
				store,
				[advanceOf(world, [createTable(world, ["a"], "t")])],
				"missing",
				at,
			);
		},
	},
	{
		sentence: "L7",
		name: "replace, drop and require need the key at its version",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const key = objectKey(["a"], "t");
			const entry = tableEntry(tools);
			const current = { line: world.line, number: 2 };
			const old = { line: world.line, number: 1 };
			const at = { change: 0, entry: 0 };
			const changesAt = (ifVersion: typeof current) =>
				[
					{ op: "replace", key, entry, ifVersion },
					{ op: "drop", key, ifVersion },
					{ op: "require", key, ifVersion },
				] as const;
			for (const change of changesAt(current))
				await refused(store, [advanceOf(world, [change])], "missing", at);
			await commit(world, [createTable(world, ["a"], "t")]);
			for (const change of changesAt(old))
				await refused(store, [advanceOf(world, [change])], "stale", at);
			const line = await fork(world, world.line, 2);
			const foreign = { line, number: 2 };
			for (const change of changesAt(foreign))
				await refused(
					store,
					[advanceOf(world, [change], { line })],
					"stale",
					at,
				);
			await commit(world, [{ op: "require", key, ifVersion: current }]);
			await commit(world, [{ op: "require", key, ifVersion: current }], {
				line,
			});
			await commit(world, [{ op: "drop", key, ifVersion: current }]);
			for (const change of changesAt(current))
				await refused(store, [advanceOf(world, [change])], "missing", at);
		},
	},
	{
		sentence: "L7",
		name: "of two that replace one version, one is refused",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const key = objectKey(["a"], "t");
			const { version: ifVersion } = await shown(world, key);
			const results = await Promise.all(
				Array.from({ length: 8 }, () => {
					const entry = tableEntry(tools);
					const change = { op: "replace", key, entry, ifVersion } as const;
					return store.apply([advanceOf(world, [change])]);
				}),
			);
			const reasons = results.map((result) =>
				result.outcome === "refused" ? result.reason : "applied",
			);
			assert.deepEqual(reasons.toSorted(), [
				"applied",
				...Array.from({ length: 7 }, () => "stale"),
			]);
		},
	},
	{
		sentence: "L8",
		name: "a namespace with content stays, inherited or not",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "a"),
				createNamespace(world, "a", "b"),
				createTable(world, ["a", "b"], "t"),
				createNamespace(world, "ab"),
			]);
			const line = await fork(world, world.line, 1);
			const drop = (...levels: string[]) =>
				({ op: "drop", key: namespaceKey(...levels) }) as const;
			const at = { change: 0, entry: 0 };
			for (const id of [world.line, line])
				for (const change of [drop("a"), drop("a", "b")])
					await refused(
						store,
						[advanceOf(world, [change], { line: id })],
						"notEmpty",
						at,
					);
			const t = { op: "drop", key: objectKey(["a", "b"], "t") } as const;
			await commit(world, [t, drop("a", "b"), drop("a")], { line });
			await commit(world, [drop("ab")], { line });
			assert.ok(await shown(world, t.key));
			await refused(store, [advanceOf(world, [drop("a")])], "notEmpty", at);
		},
	},
	{
		sentence: "L9",
		name: "tables, views and assets share a name, namespaces do not",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "x"),
				createNamespace(world, "a", "x"),
			]);
			const entry = tableEntry(tools, { kind: "view" });
			const create = {
				op: "create",
				key: objectKey(["a"], "x"),
				entry,
			} as const;
			const at = { change: 0, entry: 0 };
			await refused(store, [advanceOf(world, [create])], "exists", at);
			const names = (kind: "table" | "view" | "namespace") =>
				store.entries.names(
					world.head,
					{ parent: create.key.parent, kinds: [kind] },
					{ limit: 9 },
				);
			assert.deepEqual(await names("table"), ["x"]);
			assert.deepEqual(await names("view"), []);
			assert.deepEqual(await names("namespace"), ["x"]);
		},
	},
	{
		sentence: "L10",
		name: "a commit names what it wrote, in order, each once",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "z"),
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const t = objectKey(["a"], "t");
			const mergedParents = [{ line: world.line, number: 1 }];
			const change = advanceOf(world, [
				{ op: "require", key: namespaceKey("z") },
				{ op: "drop", key: t },
				createTable(world, ["a"], "t"),
				{ op: "drop", key: namespaceKey("z") },
			]);
			const { timeMicros } = await commit(world, change.entries, {
				commit: { ...change.commit, mergedParents },
			});
			assert.deepEqual(
				await store.commits.commit(world.tenant, world.line, 2),
				{
					...change.commit,
					mergedParents,
					line: world.line,
					number: 2,
					timeMicros,
					keys: [t, namespaceKey("z")],
				},
			);
		},
	},
	{
		sentence: "L11",
		name: "a drop and a create of one set replace a table by another",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const key = objectKey(["a"], "t");
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const before = await shown(world, key);
			const create = createTable(world, ["a"], "t");
			const at = { change: 0, entry: 0 };
			await refused(
				store,
				[advanceOf(world, [create, { op: "drop", key }])],
				"exists",
				at,
			);
			await commit(world, [{ op: "drop", key }, create]);
			const after = await shown(world, key);
			assert.notEqual(after.entry.id, before.entry.id);
			assert.deepEqual(after.version, { line: world.line, number: 2 });
			const old = await store.entries.get({ ...world.head, number: 1 }, key);
			assert.deepEqual(old, before);
			await commit(world, [
				createTable(world, ["a"], "gone"),
				{ op: "drop", key: objectKey(["a"], "gone") },
			]);
			assert.equal(
				await store.entries.get(world.head, objectKey(["a"], "gone")),
				undefined,
			);
		},
	},
];
