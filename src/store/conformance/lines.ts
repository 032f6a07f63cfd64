import assert from "node:assert/strict";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Case } from "./case.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	createTable,
	fork,
	insertLine,
	insertRef,
	namespaceEntry,
	namespaceKey,
	newWorld,
	objectKey,
	refused,
	shown,
	tableEntry,
} from "./world.ts";

/** Sentences L1 to L5: numbers, times and what a line shows. */
export const LINES: readonly Case[] = [
	{
		sentence: "L1",
		name: "numbers are dense, whoever asks at the same time",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const results = await Promise.all(
				Array.from({ length: 20 }, (_, i) =>
					commit(world, [createNamespace(world, `n${i}`)]),
				),
			);
			const numbers = results.map((result) => result.number);
			assert.deepEqual(
				numbers.toSorted((a, b) => a - b),
				Array.from({ length: 20 }, (_, i) => i + 1),
			);
			const line = await store.refs.line(world.tenant, world.line);
			assert.equal(line?.head, 20);
			const commits = await store.commits.commits(world.tenant, world.line, {
				limit: 99,
			});
			assert.deepEqual(
				commits.map((each) => each.number),
				Array.from({ length: 20 }, (_, i) => 20 - i),
			);
		},
	},
	{
		sentence: "L1",
		name: "two commits of one set get two numbers; a refused one none",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const create = (name: string) =>
				advanceOf(world, [createNamespace(world, name)]);
			const commits = await applied(store, [create("a"), create("b")]);
			assert.deepEqual(
				commits.map(({ line, number }) => ({ line, number })),
				[
					{ line: world.line, number: 1 },
					{ line: world.line, number: 2 },
				],
			);
			await refused(store, [create("a")], "exists", { change: 0, entry: 0 });
			assert.equal((await commit(world, [])).number, 3);
		},
	},
	{
		sentence: "L2",
		name: "times grow by at least a microsecond, whatever the clock says",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const at = async (nowMicros: number) =>
				(await commit(world, [], { nowMicros })).timeMicros;
			assert.equal(await at(5_000), 5_000);
			assert.equal(await at(5_000), 5_001);
			assert.equal(await at(10), 5_002);
			assert.equal(await at(9_000), 9_000);
			const line = await store.refs.line(world.tenant, world.line);
			assert.equal(line?.headTimeMicros, 9_000);
		},
	},
	{
		sentence: "L2",
		name: "a fork goes on after the commit that it forked at",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [], { nowMicros: 5_000 });
			await commit(world, [], { nowMicros: 7_000 });
			const line = await fork(world, world.line, 1);
			const again = await fork(world, line, 0);
			for (const id of [line, again]) {
				const first = await commit(world, [], { line: id, nowMicros: 1 });
				assert.deepEqual(first, { line: id, number: 1, timeMicros: 5_001 });
			}
		},
	},
	{
		sentence: "L3",
		name: "an unknown line, or one of another catalog, is missing",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const other = await newWorld(store, tools);
			const line = brandId<LineId>(tools.fresh("line"));
			await refused(store, [advanceOf(world, [], { line })], "missing");
			const { catalog } = other;
			await refused(store, [advanceOf(world, [], { catalog })], "missing");
			const { tenant } = other;
			await refused(store, [advanceOf(world, [], { tenant })], "missing");
		},
	},
	{
		sentence: "L3",
		name: "commits to different tables of one line never refuse one another",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const names = Array.from({ length: 16 }, (_, i) => `t${i}`);
			await commit(world, [
				createNamespace(world, "a"),
				...names.map((name) => createTable(world, ["a"], name)),
			]);
			await Promise.all(
				names.map(async (name) => {
					const key = objectKey(["a"], name);
					const row = await shown(world, key);
					const entry = tableEntry(tools, { id: row.entry.id });
					await commit(world, [
						{ op: "replace", key, entry, ifVersion: row.version },
					]);
				}),
			);
		},
	},
	{
		sentence: "L4",
		name: "a fork shows its parent as of the fork, and its own rows above it",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const t = objectKey(["a"], "t");
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const before = await shown(world, t);
			const line = await fork(world, world.line, 1);
			const child = { tenant: world.tenant, line };
			const entry = tableEntry(tools, { id: before.entry.id });
			await commit(world, [
				{ op: "replace", key: t, entry, ifVersion: before.version },
			]);
			assert.deepEqual(await store.entries.get(child, t), before);
			const own = tableEntry(tools, { id: before.entry.id });
			await commit(
				world,
				[{ op: "replace", key: t, entry: own, ifVersion: before.version }],
				{ line },
			);
			const row = await shown(world, t, child);
			assert.deepEqual(row.entry, own);
			assert.deepEqual(row.version, { line, number: 1 });
			assert.deepEqual((await shown(world, t)).entry, entry);
		},
	},
	{
		sentence: "L4",
		name: "a tombstone hides what the parent shows, in reads and in lists",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
				createTable(world, ["a"], "u"),
			]);
			const line = await fork(world, world.line, 1);
			const grandchild = await fork(world, line, 0);
			const t = objectKey(["a"], "t");
			await commit(world, [{ op: "drop", key: t }], { line: grandchild });
			await commit(world, [createTable(world, ["a"], "s")], {
				line: grandchild,
			});
			const at = { tenant: world.tenant, line: grandchild };
			assert.equal(await store.entries.get(at, t), undefined);
			const filter = { parent: t.parent, kinds: ["table" as const] };
			const names = (number?: number) =>
				store.entries.names({ ...at, number }, filter, { limit: 9 });
			assert.deepEqual(await names(), ["s", "u"]);
			assert.deepEqual(await names(1), ["u"]);
			assert.deepEqual(await names(0), ["t", "u"]);
			const rows = await store.entries.list(at, filter, { limit: 1 });
			assert.deepEqual(
				rows.map((row) => row.key.name),
				["s"],
			);
		},
	},
	{
		sentence: "L5",
		name: "every number keeps its answer",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const key = objectKey(["a"], "t");
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const first = await shown(world, key);
			const entry = tableEntry(tools, { id: first.entry.id });
			await commit(world, [
				{ op: "replace", key, entry, ifVersion: first.version },
			]);
			await commit(world, [{ op: "drop", key }]);
			await commit(world, [createTable(world, ["a"], "t")]);
			const at = (number: number) => ({ ...world.head, number });
			assert.equal(await store.entries.get(at(0), key), undefined);
			assert.deepEqual(await store.entries.get(at(1), key), first);
			assert.deepEqual((await store.entries.get(at(2), key))?.entry, entry);
			assert.equal(await store.entries.get(at(3), key), undefined);
			const last = await shown(world, key);
			assert.deepEqual(await store.entries.get(at(4), key), last);
			assert.deepEqual(last.version, { line: world.line, number: 4 });
			const all = await store.entries.all(at(2), { limit: 9 });
			assert.deepEqual(
				all.map((row) => row.version.number),
				[1, 2],
			);
			const none = await store.entries.all(at(3), { limit: 9 });
			assert.deepEqual(
				none.map((row) => row.key.name),
				["a"],
			);
		},
	},
	{
		sentence: "L5",
		name: "namespaces keep their older properties too",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const key = namespaceKey("a");
			const old = namespaceEntry(tools, { colour: "red" });
			await commit(world, [{ op: "create", key, entry: old }]);
			const entry = { ...old, properties: { ["__proto__"]: "1", b: "" } };
			const row = await shown(world, key);
			await commit(world, [
				{ op: "replace", key, entry, ifVersion: row.version },
			]);
			assert.deepEqual((await shown(world, key)).entry, entry);
			const before = await store.entries.get({ ...world.head, number: 1 }, key);
			assert.deepEqual(before?.entry, old);
		},
	},
	{
		sentence: "L5",
		name: "a branch that grew from an empty catalog starts empty",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const line = await fork(world, world.line, 0);
			await commit(world, [createNamespace(world, "a")]);
			const { tenant, catalog } = world;
			await applied(store, [insertRef({ tenant, catalog, name: "b", line })]);
			const id = brandId<LineId>(tools.fresh("line"));
			const parent = { line, number: 0 };
			await applied(store, [insertLine({ tenant, catalog, id, parent })]);
			assert.deepEqual(
				await store.entries.all({ tenant, line: id }, { limit: 9 }),
				[],
			);
		},
	},
];
