import type { JobPayloads } from "../catalog/jobs.ts";
import type { FileStorage, Location } from "../files/contract.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import type { Lease } from "./lease.ts";
import { isMetadataFileUsed, type Owner } from "./reachability.ts";
import { findWarehouse } from "./warehouses.ts";

/** A registered table may name anything in its log; only such files are deleted. */
const METADATA_FILE = /\.metadata\.json(?:\.gz)?$/;

/** A file that is still needed is asked for again after this part of the retention, not more often than each minute. */
const RECHECKS_PER_RETENTION = 8;
const SHORTEST_RECHECK_MILLIS = 60_000;

/**
 * Deletes metadata files that fell out of a table's log
 * (`write.metadata.delete-after-commit.enabled`), those that nothing names any
 * more and that lie in the table's own folders.
 */
export async function removeMetadata(
	deps: JobDeps,
	lease: Lease,
	payload: JobPayloads["remove-metadata"],
): Promise<JobResult> {
	const { tenant } = lease.job;
	const owner: Owner = { tenant, asset: payload.asset };
	const warehouse = await findWarehouse(deps.store, tenant, payload.warehouse);
	if (warehouse === undefined) return done("its warehouse was deleted");
	const storage = deps.storageFor(warehouse);
	const now = deps.clock();
	const { historyRetentionMillis } = deps.settings;
	const since = (now - historyRetentionMillis) * 1000;

	const free: Location[] = [];
	let needed = 0;
	for (const location of await ownFiles(deps, storage, owner, payload)) {
		if (await isMetadataFileUsed(deps.store, owner, location, since)) needed++;
		else free.push(location);
	}
	await lease.keep();
	await storage.remove(free);
	if (needed === 0) return done(`${free.length} metadata files deleted`);
	const recheck = historyRetentionMillis / RECHECKS_PER_RETENTION;
	return {
		outcome: "later",
		changes: [],
		runAfterMillis: now + Math.max(recheck, SHORTEST_RECHECK_MILLIS),
		because: `${needed} metadata files are still needed`,
	};
}

function done(summary: string): JobResult {
	return { outcome: "done", changes: [], summary };
}

async function ownFiles(
	{ store }: JobDeps,
	storage: FileStorage,
	{ tenant, asset }: Owner,
	{ metadataLocations }: JobPayloads["remove-metadata"],
): Promise<Location[]> {
	const claims = await store.claims.claimsOf(tenant, asset);
	return metadataLocations
		.filter((location) => METADATA_FILE.test(location))
		.map((location) => storage.canonical(location))
		.filter((location) =>
			claims.some((claim) => location.startsWith(claim.location)),
		);
}
