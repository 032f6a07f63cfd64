import assert from "node:assert/strict";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { Page } from "../contract.ts";
import type {
	MergeConflict,
	MergedParent,
	MergeOperation,
} from "../records.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	fork,
	insertRef,
	newWorld,
	refused,
} from "./world.ts";

/** Merges as commits. */
const GRAPH: readonly Case[] = [
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

/** Sentence L13. */
const OF_BRANCH: Case = {
	sentence: "L13",
	name: "a commit for a branch that has another line, or is none, is refused",
	async run(store, tools) {
		const world = await newWorld(store, tools);
		const { tenant, catalog } = world;
		const line = await fork(world, world.line, 0);
		await applied(store, [
			insertRef({ tenant, catalog, name: "dev", line }),
			insertRef({ tenant, catalog, name: "tag", line, kind: "tag", number: 0 }),
		]);
		await commit(world, [], { branch: "main" });
		await commit(world, [], { branch: "dev", line });
		const stranger = await newWorld(store, tools);
		for (const other of [
			advanceOf(world, [], { branch: "dev" }),
			advanceOf(world, [], { branch: "main", line }),
			advanceOf(world, [], { branch: "tag", line }),
			advanceOf(world, [], { branch: "none" }),
			advanceOf(stranger, [], { branch: "dev" }),
		])
			await refused(store, [other], "missing");
	},
};

/** Sentence L14. */
const HEAD: Case = {
	sentence: "L14",
	name: "a required head is that of the line at this moment",
	async run(store, tools) {
		const world = await newWorld(store, tools);
		const { tenant, line } = world;
		const requireHead = (head: number, of = tenant): Change => ({
			op: "requireHead",
			tenant: of,
			line,
			head,
		});
		await applied(store, [requireHead(0)]);
		await applied(store, [
			requireHead(0),
			advanceOf(world, []),
			requireHead(1),
		]);
		await refused(store, [advanceOf(world, []), requireHead(1)], "stale");
		await refused(store, [requireHead(0)], "stale");
		await applied(store, [requireHead(1)]);
		const stranger = await newWorld(store, tools);
		await refused(store, [requireHead(1, stranger.tenant)], "missing");
	},
};

/** Operations and their conflicts. */
const OPERATIONS: readonly Case[] = [
	{
		sentence: "W14",
		name: "an operation needs its catalog, a conflict its operation",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			const { catalog } = stranger;
			const foreign = { ...operationOf(world), catalog };
			await refused(store, [insertOperation(foreign)], "missing");
			const operation = operationOf(world);
			await refused(
				store,
				[insertConflict(conflictOf(world, operation.id))],
				"missing",
			);
			await applied(store, [
				insertOperation(operation),
				insertConflict(conflictOf(world, operation.id)),
			]);
		},
	},
	{
		sentence: "W14",
		name: "conflicts go with their operation, operations with their catalog",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const [one, two] = [operationOf(world), operationOf(world)];
			const conflicts = [one, two].map(({ id }) => conflictOf(world, id));
			await applied(store, [
				...[one, two].map(insertOperation),
				...conflicts.map(insertConflict),
			]);
			const left = async () => {
				const found: boolean[] = [];
				for (const { id } of conflicts)
					found.push((await store.merges.conflict(tenant, id)) !== undefined);
				return found;
			};
			const key = { tenant, operation: one.id };
			await applied(store, [
				{ op: "delete", collection: "mergeOperation", key },
			]);
			assert.deepEqual(await left(), [false, true]);
			await applied(store, [
				{ op: "delete", collection: "catalog", key: { tenant, name: "cat" } },
			]);
			assert.deepEqual(await left(), [false, false]);
			assert.equal(await store.merges.operation(tenant, two.id), undefined);
		},
	},
	{
		sentence: "W6",
		name: "an operation and a conflict are updated by their versions",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = world;
			const operation = operationOf(world);
			const conflict = conflictOf(world, operation.id);
			await applied(store, [
				insertOperation(operation),
				insertConflict(conflict),
			]);
			const ready = { ...operation, status: "Ready" as const, detail: "{}" };
			const decided = { ...conflict, resolution: '"taken"' };
			const updates = (ifVersion: number): Change[] => [
				{
					op: "update",
					collection: "mergeConflict",
					key: { tenant, conflict: conflict.id },
					value: decided,
					ifVersion,
				},
				{
					op: "update",
					collection: "mergeOperation",
					key: { tenant, operation: operation.id },
					value: ready,
					ifVersion,
				},
			];
			await applied(store, updates(1));
			await refused(store, updates(1), "stale", { change: 0 });
			assert.deepEqual(await store.merges.operation(tenant, operation.id), {
				value: ready,
				version: 2,
			});
			assert.deepEqual(await store.merges.conflict(tenant, conflict.id), {
				value: decided,
				version: 2,
			});
		},
	},
	{
		sentence: "R2",
		name: "operations are listed newest first, conflicts by id",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog } = world;
			const base = tools.fresh("merge");
			const named = (name: string) => ({
				...operationOf(world),
				id: brandId<MergeOperation["id"]>(`${base}-${name}`),
			});
			const [a, b, c] = [named("a"), named("b"), named("c")];
			await applied(store, [b, a, c].map(insertOperation));
			const stranger = operationOf(await newWorld(store, tools));
			await applied(store, [insertOperation(stranger)]);
			const listed = async (page: { after?: typeof a.id; limit: number }) =>
				(await store.merges.operations(tenant, catalog, page)).map(
					({ value }) => value,
				);
			assert.deepEqual(await listed({ limit: 9 }), [c, b, a]);
			assert.deepEqual(await listed({ limit: 2 }), [c, b]);
			assert.deepEqual(await listed({ after: c.id, limit: 1 }), [b]);
			const conflicts = ["x", "y", "z"].map((name) => ({
				...conflictOf(world, a.id),
				id: brandId<MergeConflict["id"]>(`${base}-${name}`),
			}));
			await applied(store, [
				...conflicts.toReversed().map(insertConflict),
				insertConflict(conflictOf(world, b.id)),
			]);
			const found = async (page: Page<MergeConflict["id"]>, of = tenant) =>
				(await store.merges.conflicts(of, a.id, page)).map(
					({ value }) => value,
				);
			const [x, y, z] = conflicts;
			assert.deepEqual(await found({ limit: 9 }), conflicts);
			assert.deepEqual(await found({ limit: 1 }), [x]);
			assert.deepEqual(await found({ after: x?.id, limit: 9 }), [y, z]);
			assert.deepEqual(await found({ limit: 9 }, stranger.tenant), []);
		},
	},
	{
		sentence: "R1",
		name: "another tenant has no operation and no conflict of this one",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = await newWorld(store, tools);
			const operation = operationOf(world);
			const conflict = conflictOf(world, operation.id);
			await applied(store, [
				insertOperation(operation),
				insertConflict(conflict),
			]);
			const { merges } = store;
			assert.equal(await merges.operation(tenant, operation.id), undefined);
			assert.equal(await merges.conflict(tenant, conflict.id), undefined);
		},
	},
];

export const MERGES: readonly Case[] = [
	...GRAPH,
	OF_BRANCH,
	HEAD,
	...OPERATIONS,
];

function operationOf({ tenant, catalog, tools }: World): MergeOperation {
	return {
		id: brandId(tools.fresh("merge")),
		tenant,
		catalog,
		status: "Conflicted",
		detail: '{"a":"b"}',
	};
}

function insertOperation(value: MergeOperation): Change {
	return { op: "insert", collection: "mergeOperation", value };
}

function conflictOf(
	{ tenant, tools }: World,
	operation: MergeOperation["id"],
): MergeConflict {
	return {
		id: brandId(tools.fresh("conflict")),
		tenant,
		operation,
		detail: '{"c":"d"}',
		resolution: null,
	};
}

function insertConflict(value: MergeConflict): Change {
	return { op: "insert", collection: "mergeConflict", value };
}

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
