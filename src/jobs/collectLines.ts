import type { JobPayloads } from "../catalog/jobs.ts";
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
	const { tenant } = lease.job;
	let removed = 0;
	for (const line of lines) {
		const outcome = await removeLine(deps, lease, line);
		if (outcome === "needed") break;
		if (outcome === "removed") removed++;
	}
	return { outcome: "done", changes: [], summary: `${removed} lines removed` };

	async function removeLine(
		{ store, settings }: JobDeps,
		{ keep }: Lease,
		line: (typeof lines)[number],
	): Promise<"removed" | "gone" | "needed"> {
		const limit = settings.pageSize;
		for (let steps = 0; ; steps++) {
			await keep();
			const result = await store.apply([
				{ op: "forgetLine", tenant, line, limit },
			]);
			if (result.outcome === "applied") continue;
			if (result.reason === "notEmpty") return "needed";
			return steps > 0 ? "removed" : "gone";
		}
	}
}
