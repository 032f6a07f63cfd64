import type { JobPayloads } from "../catalog/jobs.ts";
import { collection } from "../catalog/refs/writing.ts";
import { PangolinError } from "../model/errors.ts";
import type { LineId } from "../model/ids.ts";
import type { RecordChange } from "../store/changes.ts";
import type { Line } from "../store/records.ts";
import { applyCounted } from "./catalogs.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import type { Lease } from "./lease.ts";

/**
 * Removes the lines of a deleted ref, the nearest first, in steps that do not
 * hold up other writes. One that something needs, or has come to need, stays,
 * and so do its ancestors: whatever deletes that has a job of its own. What a line
 * had merged may be needed no longer once it is gone: that gets jobs of its own.
 */
export async function collectLines(
	deps: JobDeps,
	lease: Lease,
	{ lines }: JobPayloads["collect-lines"],
): Promise<JobResult> {
	let removed = 0;
	for (const line of lines) {
		const outcome = await removeLine(deps, lease, line);
		if (outcome === "needed") break;
		if (outcome === "removed") removed++;
	}
	return { outcome: "done", changes: [], summary: `${removed} lines removed` };
}

/**
 * From the first step on the line keeps nothing. That step counts up the
 * catalog's version, so that a merge that has read the line is refused.
 * @throws PangolinError `unavailable` when the store refuses a later step
 */
async function removeLine(
	deps: JobDeps,
	lease: Lease,
	line: LineId,
): Promise<"removed" | "gone" | "needed"> {
	const { store, settings } = deps;
	const { tenant } = lease.job;
	const read = () => store.refs.line(tenant, line);
	const row = await read();
	if (row === undefined) return "gone";
	// The line of `main`, the only one without a parent, goes with its catalog only.
	if (row.parent === null) return "needed";
	const limit = settings.pageSize;
	const step = { op: "forgetLine", tenant, line, limit } as const;
	const catalog = { tenant, id: row.catalog };
	const jobs = await collectionOfMerged(deps, lease, row);
	await lease.keep();
	if (!(await applyCounted(store, catalog, [step, ...jobs]))) return "needed";
	while ((await read()) !== undefined) {
		await lease.keep();
		const result = await store.apply([step]);
		// Another runner may have been faster: then the line is gone.
		if (result.outcome === "refused" && (await read()) !== undefined)
			throw new PangolinError(
				"unavailable",
				`Line ${line} stays, in part: its removal is refused (${result.reason}); the job comes back later`,
			);
	}
	return "removed";
}

/** Jobs that remove what a line merged, should nothing else need that. */
async function collectionOfMerged(
	deps: JobDeps,
	lease: Lease,
	{ tenant, id, head }: Line,
): Promise<RecordChange[]> {
	const { commits, refs } = deps.store;
	const merged = new Set<LineId>();
	for (let upTo = head; ; ) {
		await lease.keep();
		const merge = await commits.newestMerge(tenant, id, upTo);
		if (merge === undefined) break;
		for (const { line } of merge.mergedParents) merged.add(line);
		upTo = merge.number - 1;
	}
	const jobs: RecordChange[] = [];
	for (const line of merged) {
		await lease.keep();
		if ((await refs.line(tenant, line)) !== undefined)
			jobs.push(await collection(deps, { tenant, line }));
	}
	return jobs;
}
