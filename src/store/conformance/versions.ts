import assert from "node:assert/strict";
import type { CommitId, LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { EntryKey } from "../records.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	createTable,
	fork,
	insertLine,
	insertRef,
	namespaceKey,
	newWorld,
	objectKey,
	refused,
	shown,
	tableEntry,
} from "./world.ts";

const T = objectKey(["a", "b"], "t");
const U = objectKey(["a", "b"], "u");

/** Sentence L12: partial branches. */
const FILTERS: readonly Case[] = [
	{
		sentence: "L12",
		name: "of its ancestors a line shows what its filter names, and the namespaces around",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const line = await partialFork(world, [T, namespaceKey("c")]);
			const at = { tenant: world.tenant, line };
			const keys = async (place: typeof at) =>
				(await store.entries.all(place, { limit: 99 })).map((row) => row.key);
			const expected = [
				namespaceKey("a"),
				namespaceKey("c"),
				namespaceKey("a", "b"),
				T,
			];
			assert.deepEqual(await keys(at), expected);
			const deeper = await fork(world, line, 0);
			assert.deepEqual(await keys({ ...at, line: deeper }), expected);
			for (const key of expected) assert.ok(await shown(world, key, at));
			for (const key of [U, objectKey(["c"], "t")])
				assert.equal(await store.entries.get(at, key), undefined);
			const filter = { parent: T.parent, kinds: ["table" as const] };
			assert.deepEqual(await store.entries.names(at, filter, { limit: 9 }), [
				"t",
			]);
			const [row, ...others] = await store.entries.list(at, filter, {
				limit: 9,
			});
			assert.deepEqual(row?.key, T);
			assert.deepEqual(others, []);
			const filtered = await store.refs.line(world.tenant, line);
			assert.deepEqual(filtered?.filter, [T, namespaceKey("c")]);
		},
	},
	{
		sentence: "L12",
		name: "what the line wrote itself shows, whatever its filter",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const line = await partialFork(world, [T]);
			const at = { tenant: world.tenant, line };
			const create = createTable(world, ["a", "b"], "u");
			await commit(world, [create], { line });
			assert.deepEqual((await shown(world, U, at)).version, {
				line,
				number: 1,
			});
			const deeper = await fork(world, line, 1);
			assert.ok(await shown(world, U, { ...at, line: deeper }));
			const before = { ...at, number: 0 };
			assert.equal(await store.entries.get(before, U), undefined);
		},
	},
	{
		sentence: "L12",
		name: "filters one after another let through what all of them name",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const first = await partialFork(world, [T, U]);
			const second = await partialFork(world, [U, namespaceKey("c")], {
				line: first,
				number: 0,
			});
			const at = { tenant: world.tenant, line: second };
			const rows = await store.entries.all(at, { limit: 99 });
			assert.deepEqual(
				rows.map((row) => row.key),
				[namespaceKey("a"), namespaceKey("a", "b"), U],
			);
		},
	},
	{
		sentence: "L12",
		name: "preconditions see what the line shows",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const line = await partialFork(world, [T]);
			const at = { change: 0, entry: 0 };
			const version = { line: world.line, number: 1 };
			const entry = tableEntry(tools);
			await refused(
				store,
				[
					advanceOf(
						world,
						[{ op: "replace", key: U, entry, ifVersion: version }],
						{ line },
					),
				],
				"missing",
				at,
			);
			await refused(
				store,
				[advanceOf(world, [createTable(world, ["c"], "t")], { line })],
				"missing",
				at,
			);
			await refused(
				store,
				[
					advanceOf(world, [{ op: "drop", key: namespaceKey("a", "b") }], {
						line,
					}),
				],
				"notEmpty",
				at,
			);
			await commit(world, [{ op: "drop", key: T, ifVersion: version }], {
				line,
			});
			await commit(world, [{ op: "drop", key: namespaceKey("a", "b") }], {
				line,
			});
		},
	},
];

/** Sentences R6 to R8: how commits and the refs of an asset are found. */
const FINDING: readonly Case[] = [
	{
		sentence: "R6",
		name: "a commit is found by its id, in its catalog only",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const line = await fork(world, world.line, 1);
			await commit(world, [createNamespace(world, "x")], { line });
			const { tenant, catalog } = world;
			for (const place of [world.line, line]) {
				const [newest] = await store.commits.commits(tenant, place, {
					limit: 1,
				});
				assert.ok(newest);
				const { id } = newest;
				assert.deepEqual(await store.commits.byId(tenant, catalog, id), newest);
				for (const other of [
					store.commits.byId(stranger.tenant, catalog, id),
					store.commits.byId(tenant, stranger.catalog, id),
					store.commits.byId(tenant, catalog, brandId<CommitId>("none")),
				])
					assert.equal(await other, undefined);
			}
		},
	},
	{
		sentence: "R6",
		name: "the commits of a key are those of its line that wrote it, the newest first",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			await commit(world, [createNamespace(world, "x")]);
			await commit(world, [{ op: "drop", key: T }]);
			await commit(world, [createTable(world, ["a", "b"], "t")]);
			const line = await fork(world, world.line, 4);
			await commit(world, [{ op: "drop", key: T }], { line });
			const { tenant } = world;
			const numbers = async (
				place: LineId,
				page: { after?: number; limit: number } = { limit: 9 },
				key: EntryKey = T,
			) =>
				(await store.commits.ofKey(tenant, place, key, page)).map(
					(each) => each.number,
				);
			assert.deepEqual(await numbers(world.line), [4, 3, 1]);
			assert.deepEqual(await numbers(world.line, { limit: 2 }), [4, 3]);
			assert.deepEqual(await numbers(world.line, { after: 4, limit: 1 }), [3]);
			assert.deepEqual(await numbers(world.line, { after: 1, limit: 9 }), []);
			assert.deepEqual(await numbers(line), [1]);
			assert.deepEqual(await numbers(line, { limit: 9 }, U), []);
			const [newest] = await store.commits.ofKey(tenant, world.line, T, {
				limit: 1,
			});
			assert.deepEqual(
				newest,
				await store.commits.commit(tenant, world.line, 4),
			);
		},
	},
	{
		sentence: "R7",
		name: "a time leads to the last commit that is not later",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, line } = world;
			const numberAt = (micros: number) =>
				store.commits.numberAt(tenant, line, micros);
			assert.equal(await numberAt(1e15), 0);
			for (const nowMicros of [100, 200, 200, 400])
				await commit(world, [], { nowMicros });
			for (const [micros, number] of [
				[0, 0],
				[99, 0],
				[100, 1],
				[199, 1],
				[200, 2],
				[201, 3],
				[399, 3],
				[400, 4],
				[1e15, 4],
			] as const)
				assert.equal(await numberAt(micros), number, String(micros));
			const forked = await fork(world, line, 4);
			assert.equal(await store.commits.numberAt(tenant, forked, 1e15), 0);
		},
	},
	{
		sentence: "R8",
		name: "the refs that show an asset are found by name, under whatever key",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, contentOf(world));
			const { tenant, catalog } = world;
			const { entry } = await shown(world, T);
			const ref = (name: string, line: LineId, number: number | null = null) =>
				insertRef({
					tenant,
					catalog,
					name,
					line,
					kind: number === null ? "branch" : "tag",
					number,
				});
			const renamed = await fork(world, world.line, 1);
			const hidden = await partialFork(world, [U]);
			await applied(store, [
				ref("a-tag", world.line, 1),
				ref("b-renamed", renamed),
				ref("c-hidden", hidden),
				ref("d-before", world.line, 0),
			]);
			await commit(
				world,
				[
					{ op: "drop", key: T },
					{ op: "create", key: objectKey(["c"], "s"), entry },
				],
				{ line: renamed },
			);
			const names = (limit = 9) =>
				store.entries.refsShowing(tenant, catalog, entry.id, limit);
			assert.deepEqual(await names(), ["a-tag", "b-renamed", "main"]);
			assert.deepEqual(await names(2), ["a-tag", "b-renamed"]);
			await commit(world, [{ op: "drop", key: T }]);
			assert.deepEqual(await names(), ["a-tag", "b-renamed"]);
			const stranger = await newWorld(store, tools);
			for (const [of, catalogId] of [
				[stranger.tenant, catalog],
				[tenant, stranger.catalog],
			] as const)
				assert.deepEqual(
					await store.entries.refsShowing(of, catalogId, entry.id, 9),
					[],
				);
		},
	},
	{
		sentence: "R8",
		name: "of many refs those that show an asset are found, also below its own forks",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog } = world;
			const add = async (name: string, line: LineId) =>
				applied(store, [insertRef({ tenant, catalog, name, line })]);
			const early = await fork(world, world.line, 0);
			await commit(world, contentOf(world));
			const { entry } = await shown(world, T);
			for (let i = 10; i < 60; i++) {
				await add(`early-${i}`, await fork(world, early, 0));
				await add(`late-${i}`, await fork(world, world.line, 1));
			}
			const names = await store.entries.refsShowing(
				...([tenant, catalog, entry.id, 99] as const),
			);
			const late = Array.from({ length: 50 }, (_, i) => `late-${i + 10}`);
			assert.deepEqual(names, [...late, "main"]);
			// A fork of a fork, from before the fork itself wrote the asset.
			const { id } = await createdIn(world, early);
			const child = await fork(world, early, 1);
			await commit(world, [{ op: "drop", key: T }], { line: early });
			const below = await fork(world, child, 0);
			await add("z-below", below);
			assert.deepEqual(
				await store.entries.refsShowing(tenant, catalog, id, 9),
				["z-below"],
			);
		},
	},
];

/** Makes a table on a line that has nothing yet. */
async function createdIn(world: World, line: LineId) {
	await commit(world, contentOf(world), { line });
	const { entry } = await shown(world, T, { tenant: world.tenant, line });
	return entry;
}

/** Sentence W2, of what a line shows of another one. */
const INHERITED: Case = {
	sentence: "W2",
	name: "a repeated list of a fork sees its own changes, and another parent",
	async run(store, tools) {
		const world = await newWorld(store, tools);
		const { tenant, catalog } = world;
		await commit(world, contentOf(world));
		const line = await fork(world, world.line, 1);
		const filter = { parent: T.parent, kinds: ["table" as const] };
		const names = (limit = 9) =>
			store.entries.names({ tenant, line }, filter, { limit });
		assert.deepEqual(await names(), ["t", "u"]);
		await commit(world, [{ op: "drop", key: U }]);
		assert.deepEqual(await names(), ["t", "u"]);
		await commit(world, [createTable(world, ["a", "b"], "s")], { line });
		assert.deepEqual(await names(), ["s", "t", "u"]);
		assert.deepEqual(await names(2), ["s", "t"]);
		await commit(world, [{ op: "drop", key: T }], { line });
		assert.deepEqual(await names(), ["s", "u"]);
		assert.deepEqual(await names(1), ["s"]);
		const row = await store.refs.line(tenant, line);
		assert.ok(row);
		const value = { ...row, catalog, parent: { line: world.line, number: 2 } };
		await applied(store, [
			{
				op: "update",
				collection: "line",
				key: { tenant, line },
				value,
				ifVersion: 1,
			},
		]);
		assert.deepEqual(await names(), ["s"]);
	},
};

export const VERSIONS: readonly Case[] = [...FILTERS, ...FINDING, INHERITED];

/** Three namespaces, two of them with tables. */
function contentOf(world: World) {
	return [
		createNamespace(world, "a"),
		createNamespace(world, "a", "b"),
		createNamespace(world, "c"),
		createTable(world, ["a", "b"], "t"),
		createTable(world, ["a", "b"], "u"),
		createTable(world, ["c"], "t"),
	];
}

/** A new line with a filter, that forks from the world's line at 1 or from another. */
async function partialFork(
	world: World,
	filter: readonly EntryKey[],
	parent = { line: world.line, number: 1 },
): Promise<LineId> {
	const id = brandId<LineId>(world.tools.fresh("partial"));
	const { tenant, catalog, store } = world;
	await applied(store, [insertLine({ tenant, catalog, id, parent, filter })]);
	return id;
}
