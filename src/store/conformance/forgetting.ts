import assert from "node:assert/strict";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { Case } from "./case.ts";
import {
	expiredNumbers,
	forget,
	garbageFiles,
	keptNumbers,
	moved,
	SECOND,
	T,
	tag,
} from "./pastRows.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	fork,
	insertLine,
	insertRef,
	newWorld,
	refused,
	shown,
} from "./world.ts";

/** Sentences H2, H3 and H5: rows are forgotten. */
const ROWS: readonly Case[] = [
	{
		sentence: "H2",
		name: "expired rows go, and what the line shows stays",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await moved(world, 5);
			await applied(store, [tag(world, "v", 2)]);
			const at = (number: number) => ({ ...world.head, number });
			const pinned = await store.entries.get(at(2), T);
			const current = await shown(world, T);
			await applied(store, [forget(world, [1, 2, 3, 4, 5, 77])]);
			assert.deepEqual(await expiredNumbers(world), []);
			assert.deepEqual(await store.entries.get(at(2), T), pinned);
			assert.deepEqual(await shown(world, T), current);
			const none = { fromMicros: 0, toMicros: 3 * SECOND };
			assert.deepEqual(await expiredNumbers(world, none), []);
			await applied(store, [
				{
					op: "delete",
					collection: "ref",
					key: { tenant: world.tenant, catalog: world.catalog, name: "v" },
				},
			]);
			assert.deepEqual(await expiredNumbers(world, none), [2]);
		},
	},
	{
		sentence: "H2",
		name: "a row that is too young, or pinned meanwhile, is passed over",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await moved(world, 5);
			const set = [tag(world, "v", 1), forget(world, [1, 2, 3], 3 * SECOND)];
			await applied(store, set);
			assert.deepEqual(await expiredNumbers(world), [3, 4]);
			assert.deepEqual(
				await keptNumbers(world, world.line, 5),
				[0, 1, 3, 4, 5],
			);
		},
	},
	{
		sentence: "H2",
		name: "a line that is missing refuses",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = await newWorld(store, tools);
			const gone = { ...world, line: brandId<LineId>(tools.fresh("line")) };
			await refused(store, [forget(gone, [1])], "missing");
			await refused(store, [forget({ ...world, tenant }, [1])], "missing");
		},
	},
	{
		sentence: "H3",
		name: "a number is kept until a row that shows there goes",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await moved(world, 5);
			await commit(world, [createNamespace(world, "b")]);
			const { line } = world;
			const kept = () => keptNumbers(world, line, 8);
			assert.deepEqual(await kept(), [0, 1, 2, 3, 4, 5, 6]);
			await applied(store, [forget(world, [2])]);
			assert.deepEqual(await kept(), [0, 1, 3, 4, 5, 6]);
			await applied(store, [forget(world, [4, 1])]);
			assert.deepEqual(await kept(), [0, 3, 5, 6]);
			await applied(store, [forget(world, [3])]);
			assert.deepEqual(await kept(), [0, 5, 6]);
		},
	},
	{
		sentence: "W9",
		name: "no ref and no line is made at a number that its line does not keep",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			await moved(world, 3);
			await applied(store, [forget(world, [2])]);
			const id = brandId<LineId>(tools.fresh("line"));
			const forked = (number: number) =>
				insertLine({ tenant, catalog, id, parent: { line, number } });
			await refused(store, [tag(world, "v", 2)], "missing");
			await refused(store, [forked(2)], "missing");
			await applied(store, [tag(world, "v", 1), forked(3)]);
		},
	},
	{
		sentence: "H5",
		name: "the files of rows that went are garbage, each once",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			const { folder, asset } = await moved(world, 4);
			const { tenant, catalog } = world;
			await applied(store, [forget(world, [1]), forget(world, [1, 2])]);
			const files = [`${folder}1`, `${folder}2`];
			assert.deepEqual(await garbageFiles(world), files);
			assert.deepEqual(await garbageFiles(stranger), []);
			const [first, second] = await store.history.garbage(tenant, catalog, {
				limit: 9,
			});
			assert.ok(first && second);
			assert.deepEqual(first, {
				tenant,
				catalog,
				asset,
				metadataLocation: files[0],
			});
			const rest = { after: first, limit: 1 };
			assert.deepEqual(await store.history.garbage(tenant, catalog, rest), [
				second,
			]);
			const metadataLocation = first.metadataLocation;
			const key = { tenant, asset, metadataLocation };
			const collection = "garbage" as const;
			const absent = {
				op: "check",
				collection,
				key,
				version: "absent",
			} as const;
			await refused(store, [absent], "exists");
			await applied(store, [{ op: "delete", collection, key }, absent]);
			assert.deepEqual(await garbageFiles(world), files.slice(1));
		},
	},
	{
		sentence: "L15",
		name: "a drop is remembered until what it dropped is forgotten",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, line } = world;
			await moved(world, 2);
			await commit(world, [{ op: "drop", key: T }], { nowMicros: 3 * SECOND });
			const dropped = async () =>
				(await store.drops.dropped(tenant, line, { limit: 9 })).length;
			await applied(store, [forget(world, [1])]);
			assert.equal(await dropped(), 1);
			await applied(store, [forget(world, [2])]);
			assert.equal(await dropped(), 0);
		},
	},
	{
		sentence: "R2",
		name: "the files of an asset come by name, each once; lines come by id",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			const { folder, asset } = await moved(world, 3);
			const child = await fork(world, line, 3);
			const row = await shown(world, T);
			await commit(
				world,
				[{ op: "replace", key: T, entry: row.entry, ifVersion: row.version }],
				{ line: child },
			);
			const files = (after?: string, limit = 9) =>
				store.history.metadataOf(tenant, asset, { after, limit });
			const all = [1, 2, 3].map((number) => `${folder}${number}`);
			assert.deepEqual(await files(), all);
			assert.deepEqual(await files(all[0], 1), [all[1]]);
			const lines = (after?: LineId, limit = 9) =>
				store.history.lines(tenant, catalog, { after, limit });
			const both = [line, child].toSorted();
			assert.deepEqual(await lines(), both);
			assert.deepEqual(await lines(both[0], 1), [both[1]]);
			const { tenant: other } = await newWorld(store, tools);
			assert.deepEqual(
				await store.history.lines(other, catalog, { limit: 9 }),
				[],
			);
			const none = await store.history.metadataOf(other, asset, { limit: 9 });
			assert.deepEqual(none, []);
			assert.equal(await store.history.isKept(other, line, 0), false);
		},
	},
];

/** Sentence H4: lines that nothing needs go, in steps. */
const LINES: readonly Case[] = [
	{
		sentence: "H4",
		name: "a line goes in steps, and nothing can be made of it meanwhile",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog } = world;
			const line = await fork(world, world.line, 0);
			const { folder } = await moved(world, 4, line);
			const step: Change = { op: "forgetLine", tenant, line, limit: 4 };
			await applied(store, [step]);
			assert.ok(await store.refs.line(tenant, line));
			assert.deepEqual(await keptNumbers(world, line, 5), []);
			for (const number of [null, 0, 4])
				await refused(
					store,
					[insertRef({ tenant, catalog, name: "late", line, number })],
					"missing",
				);
			let steps = 1;
			while ((await store.refs.line(tenant, line)) !== undefined) {
				await applied(store, [step]);
				steps++;
			}
			// Five rows, of which one is a namespace's, and four commits.
			assert.equal(steps, 3);
			await refused(store, [step], "missing");
			const files = [1, 2, 3, 4].map((number) => `${folder}${number}`);
			assert.deepEqual(await garbageFiles(world), files);
		},
	},
	{
		sentence: "H4",
		name: "a line that a ref names or that another forked from stays whole",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			await moved(world, 2);
			const step: Change = { op: "forgetLine", tenant, line, limit: 99 };
			await refused(store, [step], "notEmpty");
			await fork(world, line, 1);
			const key = { tenant, catalog, name: "main" };
			await applied(store, [{ op: "delete", collection: "ref", key }]);
			await refused(store, [step], "notEmpty");
			assert.deepEqual(await keptNumbers(world, line, 3), [0, 1, 2]);
			assert.deepEqual(await garbageFiles(world), []);
		},
	},
	{
		sentence: "H5",
		name: "the files of a line that is deleted at once are garbage too",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const line = await fork(world, world.line, 0);
			const { folder } = await moved(world, 2, line);
			const key = { tenant, line };
			await applied(store, [{ op: "delete", collection: "line", key }]);
			const files = [1, 2].map((number) => `${folder}${number}`);
			assert.deepEqual(await garbageFiles(world), files);
		},
	},
	{
		sentence: "W11",
		name: "garbage goes with its catalog",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			await moved(world, 3);
			await applied(store, [
				forget(world, [1]),
				advanceOf(world, [{ op: "drop", key: T }]),
				{ op: "delete", collection: "catalog", key: { tenant, name: "cat" } },
			]);
			assert.deepEqual(await garbageFiles(world), []);
		},
	},
];

export const FORGETTING: readonly Case[] = [...ROWS, ...LINES];
