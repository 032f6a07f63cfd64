import type { FileStorage } from "../files/contract.ts";
import type { AssetId, TenantId } from "../model/ids.ts";
import type { Store } from "../store/contract.ts";

/** A table or view whose files are to be deleted. */
export interface Owner {
	readonly tenant: TenantId;
	readonly asset: AssetId;
}

/** More foreign assets below one folder are not looked at one by one. */
const EXAMINED = 1000;

/*
 * The one rule for deleting files: what follows is asked before any metadata or
 * data file is deleted, and nothing else decides.
 */

/**
 * Whether a branch or tag still shows the asset itself. Its history does not
 * count: a purge gives it up.
 */
export function isShown(store: Store, owner: Owner): Promise<boolean> {
	return store.entries.isReachable(owner.tenant, owner.asset);
}

/**
 * Whether a table or view other than the owner can reach something below a
 * folder: by a claim at, inside or above it, or by metadata that lies there. Ask
 * it while the owner's claims are `purging`, so that nobody can come in.
 * @param folder ends with `/`
 */
export async function isUsedByOthers(
	store: Store,
	owner: Owner,
	folder: string,
): Promise<boolean> {
	const claims = await store.claims.overlapping(folder, EXAMINED);
	if (claims.length === EXAMINED) return true;
	const isOwn = (other: Owner) =>
		other.tenant === owner.tenant && other.asset === owner.asset;
	if (!claims.every(isOwn)) return true;
	const others = await store.entries.assetsBelow(folder, owner.asset, EXAMINED);
	if (others.length === EXAMINED) return true;
	for (const other of others) if (await isShown(store, other)) return true;
	return false;
}

/**
 * Whether one metadata file is needed: a branch, a tag or the history since
 * `sinceMicros` names it, or it lies where somebody else has a claim.
 */
export async function isMetadataFileUsed(
	store: Store,
	owner: Owner,
	location: string,
	sinceMicros: number,
): Promise<boolean> {
	const folder = location.slice(0, location.lastIndexOf("/") + 1);
	const claims = await store.claims.overlapping(folder, EXAMINED);
	const isForeign = (claim: Owner) =>
		claim.tenant !== owner.tenant || claim.asset !== owner.asset;
	if (claims.some(isForeign)) return true;
	return store.entries.namesMetadataFile(location, sinceMicros);
}

/** Such a folder holds more than one table can own, whatever its claim says. */
export function containsRoot(storage: FileStorage, folder: string): boolean {
	return storage.roots.some((root) => root.startsWith(folder));
}
