import type { JobPayloads } from "../catalog/jobs.ts";
import type { FileStorage, Location } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import { countUp, findCatalog } from "./catalogs.ts";
import type { JobDeps, JobResult } from "./deps.ts";
import type { Lease } from "./lease.ts";
import {
	containsRoot,
	isMetadataFileUsed,
	isShown,
	isUsedByOthers,
	type Owner,
} from "./reachability.ts";
import { findWarehouse } from "./warehouses.ts";

type Purge = JobPayloads["purge"];

/** How often a folder is looked through for files that appeared meanwhile. */
const PASSES = 5;
/** How often the claims are closed anew when the catalog's row changed at the same moment. */
const ATTEMPTS = 10;

/**
 * Deletes the files of a dropped table or view. The order makes it safe: first
 * its claims are closed, so that nobody can come in, then it is asked who is
 * in, then files are deleted, then the claims are given up together with the
 * job. Killed anywhere in between, it begins anew and comes to the same end.
 */
export async function purge(
	deps: JobDeps,
	lease: Lease,
	payload: Purge,
): Promise<JobResult> {
	const { tenant } = lease.job;
	const owner: Owner = { tenant, asset: payload.asset };
	const release: Change = { op: "releaseClaims", ...owner };
	const warehouse = await findWarehouse(deps.store, tenant, payload.warehouse);
	if (warehouse === undefined)
		return done([release], "its warehouse was deleted, the files stay");

	if (await isShown(deps.store, owner)) return waiting(owner);
	const folders = await closeClaims(deps.store, owner, payload);
	if (await isShown(deps.store, owner)) return waiting(owner);

	const storage = deps.storageFor(warehouse);
	let deleted = 0;
	for (const folder of folders) {
		if (containsRoot(storage, folder)) continue;
		if (await isUsedByOthers(deps.store, owner, folder))
			return {
				outcome: "later",
				changes: [],
				because: `another table or view still uses files below ${folder}`,
			};
		deleted += await deleteBelow(deps, lease, storage, folder);
	}
	deleted += await deleteMetadataFile(deps, lease, storage, owner, payload);
	return done([release], `${deleted} files deleted`);
}

function done(changes: readonly Change[], summary: string): JobResult {
	return { outcome: "done", changes, summary };
}

/** Its folders belong to it again as long as something shows it. */
function waiting(owner: Owner): JobResult {
	return {
		outcome: "later",
		changes: [{ op: "setClaims", ...owner, state: "held" }],
		because: "a branch or tag still shows the table or view",
	};
}

/**
 * Sets the claims to `purging` and counts up the catalog's version, so that a
 * ref that is made at the same moment is either seen afterwards or refused.
 * @returns the folders that are the owner's; one that somebody else has claimed meanwhile is not
 */
async function closeClaims(
	store: Store,
	{ tenant, asset }: Owner,
	payload: Purge,
): Promise<string[]> {
	const folders = [...payload.folders];
	for (let attempt = 1; attempt <= ATTEMPTS; ) {
		const catalog = await findCatalog(store, tenant, payload.catalog);
		const counted: Change[] = catalog === undefined ? [] : [countUp(catalog)];
		const claims = folders.map((location): Change => {
			const { catalog: id, uuid } = payload;
			const claim = { location, tenant, catalog: id, asset, uuid };
			return { op: "claim", claim: { ...claim, state: "purging" } };
		});
		const result = await store.apply([...counted, ...claims]);
		if (result.outcome === "applied") return folders;
		if (result.at.change < counted.length) attempt++;
		else folders.splice(result.at.change - counted.length, 1);
	}
	throw new PangolinError(
		"unavailable",
		"The catalog is changed all the time; the purge comes back later",
	);
}

async function deleteBelow(
	deps: JobDeps,
	lease: Lease,
	storage: FileStorage,
	folder: string,
): Promise<number> {
	let deleted = 0;
	for (let pass = 1; pass <= PASSES; pass++) {
		const before = deleted;
		for await (const page of pagesOf(storage, folder, deps.settings.pageSize)) {
			await lease.keep();
			await storage.remove(page);
			deleted += page.length;
		}
		if (deleted > before) continue;
		await storage.remove([folder as Location]);
		return deleted;
	}
	throw new PangolinError(
		"unavailable",
		`Files keep appearing below ${folder}, or cannot be deleted`,
	);
}

async function* pagesOf(
	storage: FileStorage,
	folder: string,
	size: number,
): AsyncGenerator<Location[]> {
	let page: Location[] = [];
	for await (const { location } of storage.list(folder as Location)) {
		page.push(location);
		if (page.length < size) continue;
		yield page;
		page = [];
	}
	if (page.length > 0) yield page;
}

/** The last metadata file, when it lies elsewhere. No history counts, as for the rest. */
async function deleteMetadataFile(
	{ store }: JobDeps,
	lease: Lease,
	storage: FileStorage,
	owner: Owner,
	{ metadataLocation, folders }: Purge,
): Promise<number> {
	if (folders.some((folder) => metadataLocation.startsWith(folder))) return 0;
	const location = storage.canonical(metadataLocation);
	if (!(await storage.exists(location))) return 0;
	const since = Number.MAX_SAFE_INTEGER;
	if (await isMetadataFileUsed(store, owner, location, since)) return 0;
	await lease.keep();
	await storage.remove([location]);
	return 1;
}
