import assert from "node:assert/strict";
import type { EntryChange } from "../changes.ts";
import type { LineAt } from "../contract.ts";
import type { Case } from "./case.ts";
import {
	commit,
	createNamespace,
	createTable,
	fork,
	newWorld,
	objectKey,
	tableEntry,
	type World,
} from "./world.ts";

/** `aa` and `g` outlast what comes later. */
const SHOWN = ["aa", "b", "d", "e", "g"];
const PARENT = objectKey(["n"], "").parent;

/** Sentences L4 and L5 in the lists of names, which have reads of their own. */
export const NAMES_OF_THE_PAST: readonly Case[] = [1, 150].map(
	(commits): Case => ({
		sentence: "L5",
		name: `names are those of the number, whatever ${commits * 4} commits wrote since, in pages of any size`,
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const made = SHOWN.map((name) => createTable(world, ["n"], name));
			await commit(world, [createNamespace(world, "n"), ...made]);
			const forked = await fork(world, world.line, 1);
			for (let i = 0; i < commits; i++) await writeOver(world);
			const { tenant, line } = world;
			for (const at of [
				{ tenant, line, number: 1 },
				{ tenant, line: forked },
			]) {
				assert.deepEqual(await pagesOf(world, at, 99), SHOWN);
				for (const limit of [1, 2, 3])
					assert.deepEqual(await pagesOf(world, at, limit), SHOWN);
				const views = { parent: PARENT, kinds: ["view" as const] };
				const page = { limit: 9 };
				assert.deepEqual(await store.entries.names(at, views, page), []);
			}
			assert.deepEqual(await pagesOf(world, world.head, 2), [
				"a",
				"aa",
				"c",
				"g",
			]);
		},
	}),
);

/** Drops, makes anew, and makes a view of what was a table; in the end it is as after the first time. */
async function writeOver(world: World): Promise<void> {
	const { store, head } = world;
	const present = await store.entries.list(
		head,
		{ parent: PARENT, kinds: ["table", "view"] },
		{ limit: 99 },
	);
	const drops = present
		.filter(({ key }) => key.name !== "aa" && key.name !== "g")
		.map(
			({ key, version }): EntryChange => ({
				op: "drop",
				key,
				ifVersion: version,
			}),
		);
	await commit(world, drops);
	const create = (name: string, kind: "table" | "view"): EntryChange => ({
		op: "create",
		key: objectKey(["n"], name),
		entry: tableEntry(world.tools, { kind }),
	});
	await commit(world, [create("a", "table"), create("b", "view")]);
	await commit(world, [create("c", "table")]);
	const [row] = (
		await store.entries.list(
			head,
			{ parent: PARENT, kinds: ["table"] },
			{ limit: 99 },
		)
	).filter(({ key }) => key.name === "g");
	assert.ok(row);
	await commit(world, [
		{ op: "replace", key: row.key, entry: row.entry, ifVersion: row.version },
	]);
}

async function pagesOf(
	{ store }: World,
	at: LineAt,
	limit: number,
): Promise<string[]> {
	const filter = { parent: PARENT, kinds: ["table" as const] };
	const names: string[] = [];
	let page: string[];
	do {
		page = await store.entries.names(at, filter, {
			after: names.at(-1),
			limit,
		});
		names.push(...page);
		assert.ok(names.length < 20, "pages come to an end");
	} while (page.length === limit);
	return names;
}
