import type { TableUpdate } from "../types.ts";

/** Removals of snapshots and of their statistics: their order does not matter. */
export function isRemoval(update: TableUpdate): boolean {
	return (
		update.action === "remove-snapshots" ||
		update.action === "remove-statistics" ||
		update.action === "remove-partition-statistics"
	);
}

/**
 * The same updates, with all snapshots that are removed in one go in one
 * update. Clients send one update for each snapshot, and each costs a pass over
 * all snapshots.
 */
export function withMergedRemovals(
	updates: readonly TableUpdate[],
): readonly TableUpdate[] {
	const runs: (readonly TableUpdate[])[] = [];
	let run: TableUpdate[] = [];
	for (const update of updates) {
		if (isRemoval(update)) {
			run.push(update);
			continue;
		}
		runs.push(mergedRun(run), [update]);
		run = [];
	}
	return [...runs, mergedRun(run)].flat();
}

function mergedRun(run: readonly TableUpdate[]): readonly TableUpdate[] {
	if (run.length < 2) return run;
	const ids: bigint[] = [];
	const others: TableUpdate[] = [];
	for (const update of run) {
		if (update.action !== "remove-snapshots") others.push(update);
		else for (const id of update["snapshot-ids"]) ids.push(id);
	}
	return [{ action: "remove-snapshots", "snapshot-ids": ids }, ...others];
}
