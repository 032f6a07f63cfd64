import type { JobPayloads } from "../catalog/jobs.ts";
import type { LineId } from "../model/ids.ts";
import { applyCounted } from "./catalogs.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import type { Lease } from "./lease.ts";

/**
 * Removes the lines of a deleted ref, the nearest first, in steps that do not
 * hold up other writes. One that something needs, or has come to need, stays,
 * and so do its ancestors: whatever deletes that has a job of its own.
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
 */
async function removeLine(
	{ store, settings }: JobDeps,
	lease: Lease,
	line: LineId,
): Promise<"removed" | "gone" | "needed"> {
	const { tenant } = lease.job;
	const row = await store.refs.line(tenant, line);
	if (row === undefined) return "gone";
	const limit = settings.pageSize;
	const step = { op: "forgetLine", tenant, line, limit } as const;
	await lease.keep();
	const catalog = { tenant, id: row.catalog };
	if (!(await applyCounted(store, catalog, [step]))) return "needed";
	while ((await store.refs.line(tenant, line)) !== undefined) {
		await lease.keep();
		await store.apply([step]);
	}
	return "removed";
}
