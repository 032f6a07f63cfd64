import type { JobPayloads } from "../catalog/jobs.ts";
import type { FileStorage, Location } from "../files/contract.ts";
import type { TenantId } from "../model/ids.ts";
import { historyRetentionSeconds } from "../model/retention.ts";
import type { Claim } from "../store/records.ts";
import { findCatalog } from "./catalogs.ts";
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
	const claims = await deps.store.claims.claimsOf(tenant, payload.asset);
	const retentionMillis = await retentionOf(deps, tenant, claims);
	const since = (now - retentionMillis) * 1000;

	const free: Location[] = [];
	let needed = 0;
	for (const location of ownFiles(storage, claims, payload)) {
		if (await isMetadataFileUsed(deps.store, owner, location, since)) needed++;
		else free.push(location);
	}
	await lease.keep();
	await storage.remove(free);
	if (needed === 0) return done(`${free.length} metadata files deleted`);
	const recheck = retentionMillis / RECHECKS_PER_RETENTION;
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

/** Of the catalog that the table belongs to; without one nothing can be read any more. */
async function retentionOf(
	{ store }: JobDeps,
	tenant: TenantId,
	[claim]: readonly Claim[],
): Promise<number> {
	const catalog = claim && (await findCatalog(store, tenant, claim.catalog));
	if (catalog === undefined) return 0;
	return historyRetentionSeconds(catalog.value.properties) * 1000;
}

function ownFiles(
	storage: FileStorage,
	claims: readonly Claim[],
	{ metadataLocations }: JobPayloads["remove-metadata"],
): Location[] {
	return metadataLocations
		.filter((location) => METADATA_FILE.test(location))
		.map((location) => storage.canonical(location))
		.filter((location) =>
			claims.some((claim) => location.startsWith(claim.location)),
		);
}
