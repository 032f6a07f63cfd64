import assert from "node:assert/strict";
import type { LineId } from "../../model/ids.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import {
	applied,
	commit,
	createNamespace,
	fork,
	insertRef,
	newWorld,
} from "./world.ts";

/** Sentence R10: which numbers stay readable whatever their age. */
const PINS: readonly Case[] = [
	{
		sentence: "R10",
		name: "a tag and a fork pin the very number that they name, until they go",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			for (const name of ["a", "b", "c"])
				await commit(world, [createNamespace(world, name)]);
			const forked = await fork(world, line, 1);
			const tag = { tenant, catalog, name: "v1", line, number: 2 };
			await applied(store, [insertRef({ ...tag, kind: "tag" })]);
			assert.deepEqual(await pinned(world, line, 3), [1, 2]);
			assert.deepEqual(await pinned(world, forked, 0), []);
			await applied(store, [
				{ op: "delete", collection: "ref", key: tag },
				{ op: "delete", collection: "line", key: { tenant, line: forked } },
			]);
			assert.deepEqual(await pinned(world, line, 3), []);
		},
	},
	{
		sentence: "R10",
		name: "of what one line merged of another, the last is pinned, as long as that line is there",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, line } = world;
			const [one, two] = [
				await fork(world, line, 0),
				await fork(world, line, 0),
			];
			for (const name of ["a", "b", "c"])
				await commit(world, [createNamespace(world, name)]);
			await merge(world, one, [1]);
			await merge(world, two, [2]);
			assert.deepEqual(await pinned(world, line, 3), [0, 1, 2]);
			await merge(world, one, [3]);
			await commit(world, [], { line: one });
			assert.deepEqual(await pinned(world, line, 3), [0, 2, 3]);
			await applied(store, [
				{ op: "delete", collection: "line", key: { tenant, line: two } },
			]);
			assert.deepEqual(await pinned(world, line, 3), [0, 3]);
			const stranger = await newWorld(store, tools);
			assert.equal(await store.refs.isPinned(stranger.tenant, line, 3), false);
		},
	},
];

export const HISTORY: readonly Case[] = [...PINS];

async function pinned(
	{ store, tenant }: World,
	line: LineId,
	head: number,
): Promise<number[]> {
	const numbers: number[] = [];
	for (let number = 0; number <= head; number++)
		if (await store.refs.isPinned(tenant, line, number)) numbers.push(number);
	return numbers;
}

/** A merge of the world's line at some numbers into another. */
async function merge(
	world: World,
	line: LineId,
	numbers: readonly number[],
): Promise<void> {
	const { tools } = world;
	const mergedParents = numbers.map((number) => ({ line: world.line, number }));
	await commit(world, [], {
		line,
		commit: {
			id: tools.fresh("commit") as never,
			mergedParents,
			author: "author" as never,
			authorName: "An Author",
			message: "a merge",
		},
	});
}
