import type { FileStorage, Location } from "../files/contract.ts";
import type { Catalog } from "../model/registry.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import type { Garbage } from "../store/records.ts";
import { Unreadable } from "./avro.ts";
import { applyCounted } from "./catalogs.ts";
import type { JobDeps } from "./deps.ts";
import type { Lease } from "./lease.ts";
import { spelledPlace } from "./places.ts";
import {
	containsRoot,
	isMetadataFileUsed,
	isShown,
	isUsedByOthers,
	type Owner,
} from "./reachability.ts";
import { findUnreached } from "./unreached.ts";

/**
 * Deletes the metadata files that a catalog's history has forgotten, and what
 * only they reached. Killed anywhere in between, the next run comes to the same
 * end: their records go last.
 * @returns how many files
 */
export async function collectFiles(
	deps: JobDeps,
	lease: Lease,
	catalog: Catalog,
): Promise<number> {
	const { tenant, id, warehouse: name } = catalog;
	const { store, settings } = deps;
	const warehouse =
		name === null ? undefined : await store.registry.warehouse(tenant, name);
	if (warehouse === undefined) return 0;
	const storage = deps.storageFor(warehouse.value);
	let deleted = 0;
	for (let after: Garbage | undefined; ; ) {
		const page = { after, limit: settings.pageSize };
		const found = await store.history.garbage(tenant, id, page);
		const [first] = found;
		if (first === undefined) return deleted;
		const garbage = found.filter(({ asset }) => asset === first.asset);
		const collection = { deps, lease, storage, catalog, garbage };
		deleted += await collectOrKeep(collection, { tenant, asset: first.asset });
		after = garbage.at(-1);
	}
}

/** The garbage of one asset. */
interface Collection {
	readonly deps: JobDeps;
	readonly lease: Lease;
	readonly storage: FileStorage;
	readonly catalog: Catalog;
	readonly garbage: readonly Garbage[];
}

/** What is not known for sure keeps the files, and is asked again next time. */
async function collectOrKeep(
	collection: Collection,
	owner: Owner,
): Promise<number> {
	try {
		return await collect(collection, owner);
	} catch (error) {
		if (!(error instanceof Unreadable)) throw error;
		const { catalog, deps } = collection;
		deps.observe({
			kind: "notice",
			level: "warn",
			message: `Files that the history of catalog ${catalog.name} has forgotten are kept, those of the table with the id ${owner.asset}: ${error.message}`,
		});
		return 0;
	}
}

/**
 * First the catalog's version is counted up, so that whoever shows older files
 * again is seen or refused; then it is asked who reaches what.
 */
async function collect(collection: Collection, owner: Owner): Promise<number> {
	const { deps, lease, storage, catalog, garbage } = collection;
	const { store } = deps;
	await lease.keep();
	if (!(await applyCounted(store, catalog, []))) return 0;
	const claims = await store.claims.claimsOf(owner.tenant, owner.asset);
	// Its purge deletes everything.
	if (claims.some(({ state }) => state === "purging")) return 0;
	const remaining = await metadataOf(store, owner);
	if (!(await isShown(store, owner))) {
		// What was dropped without a purge keeps its files; as long as it can come back it may need more.
		if (remaining.length === 0) await forgetGarbage(store, catalog, garbage);
		return 0;
	}
	const folders = await ownFolders(store, storage, owner, claims);
	const isOwn = (file: string) => folders.some((each) => file.startsWith(each));
	const forgotten: Location[] = [];
	for (const { metadataLocation } of garbage) {
		const location = spelledPlace(storage, metadataLocation);
		if (location === undefined) continue;
		const isUsed = await isMetadataFileUsed(store, owner, location, 0);
		if (!isUsed && isOwn(location)) forgotten.push(location);
	}
	const found = { forgotten, remaining };
	const unreached = await findUnreached(storage, found, () => lease.keep());
	let deleted = 0;
	for (const files of [
		unreached.data,
		unreached.manifests,
		unreached.manifestLists,
		forgotten,
	])
		deleted += await remove(collection, files.filter(isOwn));
	await forgetGarbage(store, catalog, garbage);
	return deleted;
}

/** The newest first, as far as their names tell: they reach most. */
async function metadataOf(
	{ history }: Store,
	{ tenant, asset }: Owner,
): Promise<string[]> {
	const limit = 1000;
	const files: string[] = [];
	for (let after: string | undefined; ; ) {
		const page = await history.metadataOf(tenant, asset, { after, limit });
		files.push(...page);
		if (page.length < limit) return files.reverse();
		after = page.at(-1);
	}
}

/** The folders in which nobody else has anything. */
async function ownFolders(
	store: Store,
	storage: FileStorage,
	owner: Owner,
	claims: readonly { readonly location: string }[],
): Promise<string[]> {
	const folders: string[] = [];
	for (const { location } of claims) {
		if (containsRoot(storage, location)) continue;
		if (!(await isUsedByOthers(store, owner, location))) folders.push(location);
	}
	return folders;
}

async function remove(
	{ deps, lease, storage }: Collection,
	files: readonly Location[],
): Promise<number> {
	const { pageSize } = deps.settings;
	for (let i = 0; i < files.length; i += pageSize) {
		await lease.keep();
		await storage.remove(files.slice(i, i + pageSize));
	}
	return files.length;
}

/** Whoever has read one of the files as there must look again, so the version counts here too. */
async function forgetGarbage(
	store: Store,
	catalog: Catalog,
	garbage: readonly Garbage[],
): Promise<void> {
	const gone = garbage.map(({ tenant, asset, metadataLocation }): Change => {
		const key = { tenant, asset, metadataLocation };
		return { op: "delete", collection: "garbage", key };
	});
	await applyCounted(store, catalog, gone);
}
