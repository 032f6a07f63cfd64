import type { JobPayloads } from "../catalog/jobs.ts";
import { historyRetentionSeconds } from "../model/retention.ts";
import { findCatalog } from "./catalogs.ts";
import { collectFiles } from "./collectFiles.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import { forgetHistory } from "./forgetHistory.ts";
import { forgetMerges } from "./forgetMerges.ts";
import type { Lease } from "./lease.ts";

/** What was replaced a moment ago is still being read, whatever the retention. */
const GRACE_MILLIS = 10 * 60 * 1000;

/**
 * Forgets what a catalog keeps no longer, finished merges too, and deletes the
 * files that only this reached. It comes back after `settings.cleanMillis`, as
 * long as the catalog is there.
 */
export async function clean(
	deps: JobDeps,
	lease: Lease,
	{ catalog: id }: JobPayloads["clean"],
): Promise<JobResult> {
	const { clock, store, settings } = deps;
	const catalog = await findCatalog(store, lease.job.tenant, id);
	if (catalog === undefined) return done("the catalog was deleted");
	if (settings.cleanMillis === 0) return done("catalogs are not cleaned");
	const now = clock();
	const seconds = historyRetentionSeconds(catalog.value.properties);
	const to = now - Math.max(seconds * 1000, GRACE_MILLIS);
	const rows = await forgetHistory(deps, lease, catalog.value, to * 1000);
	const merges = await forgetMerges(deps, lease, catalog.value, to);
	const files = await collectFiles(deps, lease, catalog.value);
	return {
		outcome: "again",
		runAfterMillis: now + settings.cleanMillis,
		summary: `${rows} rows of the history and ${merges} merges forgotten, ${files} files deleted`,
	};
}

function done(summary: string): JobResult {
	return { outcome: "done", changes: [], summary };
}
