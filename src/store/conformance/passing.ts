import assert from "node:assert/strict";
import type { LineId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { MergedParent } from "../records.ts";
import type { Case } from "./case.ts";
import { EVER, expiredNumbers, merge, moved } from "./pastRows.ts";
import type { World } from "./world.ts";
import { applied, commit, fork, newWorld, refused } from "./world.ts";

/** Sentence H6, and what it makes of others: lines that were merged. */
export const PASSING: readonly Case[] = [
	{
		sentence: "W13",
		name: "a line that two others merged stays until one of them is gone",
		async run(store, tools) {
			const { world, line, others } = await mergedByTwo(
				await newWorld(store, tools),
			);
			await refused(store, [removal(world, line)], "notEmpty");
			const [one = line] = others;
			await applied(store, [removal(world, one), removal(world, line)]);
		},
	},
	{
		sentence: "H4",
		name: "a line that two others merged stays whole until one of them is gone",
		async run(store, tools) {
			const { world, line, others } = await mergedByTwo(
				await newWorld(store, tools),
			);
			const [, two = line] = others;
			await refused(store, [step(world, line)], "notEmpty");
			assert.equal(await store.history.isKept(world.tenant, line, 1), true);
			// From its first step on, a line that goes has merged nothing.
			await applied(store, [step(world, two, 1), step(world, line)]);
			assert.equal(await store.refs.line(world.tenant, line), undefined);
		},
	},
	{
		sentence: "H6",
		name: "what a line took in and where it forked passes to the merges of it",
		async run(store, tools) {
			for (const how of [removal, step]) {
				const world = await newWorld(store, tools);
				const far = await fork(world, world.line, 0);
				const near = await fork(world, far, 0);
				const line = await fork(world, near, 0);
				const target = await fork(world, world.line, 0);
				await moved(world, 3, far);
				await merge(world, line, 10, at(far, 1));
				await merge(world, line, 11, at(far, 2), at(target, 0));
				await merge(world, line, 12, at(far, 3));
				await merge(world, target, 13, at(line, 2));
				await merge(world, target, 14, at(line, 3), at(far, 3));
				await applied(store, [how(world, line)]);
				const [first, second] = [at(far, 2), at(near, 0)].toSorted(byLine);
				assert.ok(first !== undefined && second !== undefined);
				assert.deepEqual(await newest(world, target, 1), [
					at(line, 2),
					first,
					second,
				]);
				assert.deepEqual(await newest(world, target, 2), [
					at(line, 3),
					at(far, 3),
					at(near, 0),
				]);
				const log = await store.commits.commit(world.tenant, target, 1);
				assert.deepEqual(log?.mergedParents, [at(line, 2)]);
			}
		},
	},
	{
		sentence: "H6",
		name: "what passed on goes further, and pins as what was merged",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const [one, two, three] = [
				await fork(world, world.line, 0),
				await fork(world, world.line, 0),
				await fork(world, world.line, 0),
			];
			await moved(world, 4);
			await merge(world, one, 10, at(world.line, 2));
			await merge(world, two, 11, at(one, 1));
			await merge(world, three, 12, at(two, 1));
			await applied(store, [removal(world, one), removal(world, two)]);
			const parents = await newest(world, three, 1);
			assert.ok(
				parents?.some(
					({ line, number }) => line === world.line && number === 2,
				),
			);
			assert.deepEqual(await expiredNumbers(world, EVER), [1, 3]);
			assert.equal(await store.refs.isPinned(tenant, world.line, 2), true);
			assert.equal(await store.refs.isPinned(tenant, world.line, 3), false);
		},
	},
	{
		sentence: "R9",
		name: "what passed to a merge comes behind its own parents",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const line = await fork(world, world.line, 0);
			const other = await fork(world, world.line, 0);
			await commit(world, []);
			await merge(world, line, 10, at(world.line, 1));
			await merge(world, other, 11, at(line, 1));
			await applied(store, [removal(world, line)]);
			assert.deepEqual(await newest(world, other, 9), [
				at(line, 1),
				at(world.line, 1),
			]);
		},
	},
];

function at(line: LineId, number: number): MergedParent {
	return { line, number };
}

function byLine(a: MergedParent, b: MergedParent): number {
	return a.line < b.line ? -1 : 1;
}

async function newest(
	{ store, tenant }: World,
	line: LineId,
	atOrBelow: number,
): Promise<readonly MergedParent[] | undefined> {
	const merge = await store.commits.newestMerge(tenant, line, atOrBelow);
	return merge?.mergedParents;
}

function removal({ tenant }: World, line: LineId): Change {
	return { op: "delete", collection: "line", key: { tenant, line } };
}

function step({ tenant }: World, line: LineId, limit = 99): Change {
	return { op: "forgetLine", tenant, line, limit };
}

/** A line with one commit, which two others merged. */
async function mergedByTwo(world: World) {
	const line = await fork(world, world.line, 0);
	await commit(world, [], { line });
	const others = [
		await fork(world, world.line, 0),
		await fork(world, world.line, 0),
	];
	for (const other of others) await merge(world, other, 10, at(line, 1));
	return { world, line, others };
}
