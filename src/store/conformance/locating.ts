import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import type { LineId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { Listing } from "../contract.ts";
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
	insertRef,
	newWorld,
	objectKey,
	shown,
	tableEntry,
} from "./world.ts";

const TABLES: Listing = {
	parent: objectKey(["a"], "").parent,
	kinds: ["table"],
	page: { limit: 9 },
};

/** Sentence R11: what is seen together with a ref. */
export const LOCATING: readonly Case[] = [
	{
		sentence: "R11",
		name: "a ref is located with what it shows under a key",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			const key = objectKey(["a"], "t");
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const first = await shown(world, key);
			const dev = await fork(world, line, 1);
			const tag = { kind: "tag", number: 1 } as const;
			await applied(store, [
				insertRef({ tenant, catalog, name: "dev", line: dev }),
				insertRef({ tenant, catalog, name: "v1", line, ...tag }),
			]);
			const entry = tableEntry(tools, { id: first.entry.id });
			await commit(world, [
				{ op: "replace", key, entry, ifVersion: first.version },
			]);
			const seenAt = async (ref: string, of = key) =>
				(await store.refs.locate(tenant, "cat", ref, of))?.seen;
			assert.deepEqual(await seenAt("v1"), { key, row: first });
			assert.deepEqual(await seenAt("dev"), { key, row: first });
			const last = await shown(world, key);
			assert.deepEqual(await seenAt("main"), { key, row: last });
			await commit(world, [{ op: "drop", key }], { line: dev });
			assert.deepEqual(await seenAt("dev"), { key, row: undefined });
			const other = objectKey(["a"], "u");
			assert.deepEqual(await seenAt("v1", other), {
				key: other,
				row: undefined,
			});
			assert.equal(await seenAt("none"), undefined);
			const located = await store.refs.locate(tenant, "cat", "v1", key);
			const { seen, ...rest } = located ?? {};
			const alone = await store.refs.locate(tenant, "cat", "v1");
			assert.deepEqual(rest, alone);
			assert.ok(seen && alone && !("seen" in alone));
		},
	},
	{
		sentence: "R11",
		name: "a ref is located with the names that it lists",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			const create = (name: string) => createTable(world, ["a"], name);
			await commit(world, [createNamespace(world, "a"), create("t")]);
			const dev = await fork(world, line, 1);
			const tag = { kind: "tag", number: 1 } as const;
			await applied(store, [
				insertRef({ tenant, catalog, name: "dev", line: dev }),
				insertRef({ tenant, catalog, name: "v1", line, ...tag }),
			]);
			const listedAt = async (ref: string, of = TABLES) => {
				const located = await store.refs.locate(tenant, "cat", ref, of);
				const { listed, ...rest } = located ?? {};
				const alone = await store.refs.locate(tenant, "cat", ref);
				assert.deepEqual(rest, alone ?? {});
				assert.deepEqual(listed?.of, alone && of);
				return listed?.names;
			};
			for (const name of ["v", "u"]) {
				await commit(world, [create(name)]);
				assert.ok((await listedAt("main"))?.includes(name));
			}
			await commit(world, [create("w")], { line: dev });
			assert.deepEqual(await listedAt("main"), ["t", "u", "v"]);
			assert.deepEqual(await listedAt("dev"), ["t", "w"]);
			assert.deepEqual(await listedAt("v1"), ["t"]);
			assert.equal(await listedAt("none"), undefined);
			const page = { after: "t", limit: 1 };
			assert.deepEqual(await listedAt("main", { ...TABLES, page }), ["u"]);
			assert.deepEqual(await listedAt("main", { ...TABLES, kinds: [] }), []);
		},
	},
	{
		sentence: "R11",
		name: "the ref and what it shows or lists are of one moment",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, line } = world;
			const key = objectKey(["a"], "t");
			await commit(world, [createNamespace(world, "a")]);
			const other = await fork(world, line, 1);
			const isMoving = { now: true };
			const looking = Array.from({ length: 4 }, async (_, i) => {
				const look = i % 2 === 0 ? key : TABLES;
				while (isMoving.now) {
					const located = await store.refs.locate(tenant, "cat", "main", look);
					const { seen, listed } = located ?? {};
					assert.ok(look === key ? seen : listed);
					assert.deepEqual([seen?.row, listed?.names ?? []], [undefined, []]);
					await setImmediate();
				}
			});
			try {
				for (let version = 1; version <= 20; version++) {
					const lines = version % 2 === 0 ? [line, other] : [other, line];
					await applied(store, moved(world, key, version, lines));
				}
			} finally {
				isMoving.now = false;
			}
			await Promise.all(looking);
		},
	},
];

/** The branch moves to a line from which the table goes, and the line that it leaves gets one. */
function moved(
	world: World,
	key: EntryKey,
	version: number,
	[to = world.line, from = world.line]: readonly LineId[],
): Change[] {
	const { tenant, catalog } = world;
	const at = { tenant, catalog, name: "main" };
	const value = { ...at, kind: "branch" as const, line: to, number: null };
	const goes: Change = advanceOf(world, [{ op: "drop", key }], { line: to });
	return [
		{
			op: "update",
			collection: "ref",
			key: at,
			value: { ...value, settings: "{}" },
			ifVersion: version,
		},
		...(version === 1 ? [] : [goes]),
		advanceOf(world, [createTable(world, ["a"], "t")], { line: from }),
	];
}
