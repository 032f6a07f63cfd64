import type { JobPayloads } from "../catalog/jobs.ts";
import { isExpired } from "../catalog/refs/settings.ts";
import { collection, keyOf } from "../catalog/refs/writing.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import type { Lease } from "./lease.ts";

/**
 * Deletes a branch whose time is over, protected or not. One that was prolonged,
 * renamed or deleted meanwhile is not this job's any more.
 */
export async function expireBranch(
	deps: JobDeps,
	lease: Lease,
	{ catalog, name }: JobPayloads["expire-branch"],
): Promise<JobResult> {
	const { tenant } = lease.job;
	const row = await deps.store.refs.ref(tenant, catalog, name);
	if (row === undefined || !isExpired(row.value, deps.clock()))
		return {
			outcome: "done",
			changes: [],
			summary: "the branch has not expired",
		};
	const { value: ref, version } = row;
	const result = await deps.store.apply([
		{ op: "delete", collection: "ref", key: keyOf(ref), ifVersion: version },
		await collection(deps, ref),
	]);
	if (result.outcome === "refused")
		return { outcome: "later", changes: [], because: "the branch was changed" };
	return { outcome: "done", changes: [], summary: `branch ${name} deleted` };
}
