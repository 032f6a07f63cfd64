import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { Store } from "../contract.ts";
import type { CaseTools } from "./case.ts";
import { forget, merge, moved, SECOND, T, tag } from "./pastRows.ts";
import type { World } from "./world.ts";
import {
	applied,
	claimOf,
	commit,
	createNamespace,
	createTable,
	fork,
	insertLine,
	newWorld,
	objectKey,
} from "./world.ts";

/**
 * A tenant with something of everything: a table with a past of which a part is
 * forgotten, a drop, a merge, forks with and without a filter, a tag, claims,
 * and the records of work.
 */
export async function fullWorld(
	store: Store,
	tools: CaseTools,
): Promise<World> {
	const world = await newWorld(store, tools);
	const { tenant, catalog, line } = world;
	const { folder, asset } = await moved(world, 3);
	const other = await fork(world, line, 2);
	const partial = brandId<typeof line>(tools.fresh("partial"));
	const parent = { line, number: 3 };
	await applied(store, [
		tag(world, "v", 3),
		insertLine({ tenant, catalog, id: partial, parent, filter: [T] }),
	]);
	await commit(world, [createNamespace(world, "b")], { line: other });
	await commit(world, [createTable(world, ["a"], "gone")], {
		nowMicros: 4 * SECOND,
	});
	const mergedParents = [{ line: other, number: 1 }];
	await commit(world, [{ op: "drop", key: objectKey(["a"], "gone") }], {
		nowMicros: 5 * SECOND,
		commit: {
			id: brandId(tools.fresh("commit")),
			mergedParents,
			author: brandId("author"),
			authorName: "An Author",
			message: "merged ✓",
		},
	});
	await applied(store, [forget(world, [1]), ...workOf(world)]);
	await mergedThrough(world);
	await applied(store, [
		{ op: "claim", claim: claimOf(world, folder, { asset }) },
		{
			op: "claim",
			claim: claimOf(world, `memory:///${tools.fresh("old")}/`, {
				state: "dropped",
			}),
		},
	]);
	return world;
}

/** A merge to which something passed from a line that is gone (sentence H6). */
async function mergedThrough(world: World): Promise<void> {
	const { store, tenant, line } = world;
	const [target, through] = [
		await fork(world, line, 0),
		await fork(world, line, 2),
	];
	const parents = [{ line: through, number: 0 }];
	await merge(world, target, 6, ...parents);
	const key = { tenant, line: through };
	await applied(store, [{ op: "delete", collection: "line", key }]);
}

/** One record of each kind that is no part of a catalog's content. */
function workOf({ tenant, catalog, tools }: World): Change[] {
	const operation = brandId<never>(tools.fresh("operation"));
	const asset = brandId<never>(tools.fresh("asset"));
	return [
		{
			op: "insert",
			collection: "mergeOperation",
			value: {
				tenant,
				catalog,
				id: operation,
				status: "Pending",
				detail: "{}",
			},
		},
		{
			op: "insert",
			collection: "mergeConflict",
			value: {
				tenant,
				id: brandId(tools.fresh("conflict")),
				operation,
				detail: "{}",
				resolution: null,
			},
		},
		{
			op: "insert",
			collection: "idempotency",
			value: {
				tenant,
				key: tools.fresh("key"),
				binding: "hash",
				status: 200,
				body: '{"quote":"\\"","line":"\\n"}',
				metadataLocation: null,
				expiresAtMillis: 5,
			},
		},
		{
			op: "insert",
			collection: "job",
			value: {
				id: brandId(tools.fresh("job")),
				tenant,
				kind: "purge",
				payload: "{}",
				runAfterMillis: 5,
				attempts: 2,
				lastError: "once",
				leaseOwner: null,
				leaseUntilMillis: 0,
			},
		},
		{
			op: "insert",
			collection: "report",
			value: {
				id: brandId(tools.fresh("report")),
				tenant,
				asset,
				type: "scan",
				receivedAtMillis: 5,
				body: "{}",
			},
		},
	];
}
