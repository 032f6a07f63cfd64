import assert from "node:assert/strict";
import { brandId } from "../../model/ids.ts";
import type { MergedParent } from "../records.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import { applied, commit, createNamespace, fork, newWorld } from "./world.ts";

export const MERGES: readonly Case[] = [
	{
		sentence: "R9",
		name: "the newest merge is the last commit at or below a number that has merged parents",
		async run(store, tools) {
			const { world, other, parents } = await mergedTwice(
				await newWorld(store, tools),
			);
			const { tenant, line } = world;
			const [first, second] = parents;
			const newest = (atOrBelow: number, of = line) =>
				store.commits.newestMerge(tenant, of, atOrBelow);
			assert.equal(await newest(1), undefined);
			const two = { number: 2, mergedParents: first };
			const four = { number: 4, mergedParents: second };
			assert.deepEqual(await newest(2), two);
			assert.deepEqual(await newest(3), two);
			assert.deepEqual(await newest(4), four);
			assert.deepEqual(await newest(99), four);
			assert.equal(await newest(99, other), undefined);
			const forked = await fork(world, line, 4);
			assert.equal(await newest(99, forked), undefined);
			const stranger = await newWorld(store, tools);
			assert.equal(
				await store.commits.newestMerge(stranger.tenant, line, 99),
				undefined,
			);
		},
	},
	{
		sentence: "W13",
		name: "the merges of a line go with it, and what merged it stays",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const line = await fork(world, world.line, 0);
			const parent = { line: world.line, number: 0 };
			await merge(world, [parent], line);
			const back = { line, number: 1 };
			await merge(world, [back], world.line);
			await applied(store, [
				{ op: "delete", collection: "line", key: { tenant, line } },
			]);
			assert.equal(await store.commits.newestMerge(tenant, line, 9), undefined);
			assert.deepEqual(await store.commits.newestMerge(tenant, world.line, 9), {
				number: 1,
				mergedParents: [back],
			});
		},
	},
];

/** The world's line with merges at 2, of one parent, and at 4, of two. */
async function mergedTwice(world: World) {
	const other = await fork(world, world.line, 0);
	for (const name of ["a", "b"])
		await commit(world, [createNamespace(world, name)], { line: other });
	const at = (number: number): MergedParent => ({ line: other, number });
	const parents = [[at(1)], [at(2), at(1)]] as const;
	await commit(world, []);
	await merge(world, parents[0], world.line);
	await commit(world, []);
	await merge(world, parents[1], world.line);
	return { world, other, parents };
}

async function merge(
	world: World,
	mergedParents: readonly MergedParent[],
	line: World["line"],
): Promise<void> {
	await commit(world, [], {
		line,
		commit: {
			id: brandId(world.tools.fresh("merge")),
			mergedParents,
			author: brandId("author"),
			authorName: "An Author",
			message: "a merge",
		},
	});
}
