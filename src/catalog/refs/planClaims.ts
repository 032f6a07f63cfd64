import type { AssetId } from "../../model/ids.ts";
import type { ClaimChange, RecordChange } from "../../store/changes.ts";
import type { Entry, IcebergEntry } from "../../store/records.ts";
import { claimChanges, clearTheWay, type WantedFolders } from "../claims.ts";
import type { CatalogDeps } from "../deps.ts";
import { claimedFolders } from "../locationRules.ts";
import { readMetadata } from "../metadataFiles.ts";
import { TABLE, VIEW } from "../metadataKinds.ts";
import type { Scope } from "../scope.ts";
import { requireRestorable } from "./kept.ts";
import { releaseFrom } from "./sharing.ts";
import { type CatalogVersions, filesStay, showsMore } from "./writing.ts";

/** What must happen to claims when a branch shows other assets than before. */
export interface ClaimPlan {
	readonly guards: readonly RecordChange[];
	readonly claims: readonly ClaimChange[];
	/** The folders of what is shown again. */
	readonly wanted: readonly WantedFolders[];
}

/**
 * Folders of what no ref shows any more are given free as after a drop; those
 * of what is shown again are held again.
 * @param versions read before anything that the change was decided by
 * @throws PangolinError `already-exists` when another table has the place now,
 *   `file-not-found` when it was purged
 */
export async function planClaims(
	deps: CatalogDeps,
	scope: Scope,
	versions: CatalogVersions,
	shown: { readonly before: Iterable<Entry>; readonly after: Iterable<Entry> },
): Promise<ClaimPlan> {
	const before = icebergById(shown.before);
	const after = icebergById(shown.after);
	const guards = new Map<string, RecordChange>();
	const claims: ClaimChange[] = [];
	const wanted: WantedFolders[] = [];
	for (const [asset] of before) {
		if (after.has(asset)) continue;
		const release = await releaseFrom(deps, scope, asset, "dropped");
		for (const guard of release.guards)
			guards.set(JSON.stringify(guard), guard);
		claims.push(...release.claims);
	}
	for (const [asset, entry] of after) {
		if (before.has(asset)) continue;
		const folders = await foldersOf(deps, scope, entry);
		const yielding = await clearTheWay(deps, scope, folders);
		wanted.push(folders);
		claims.push(...claimChanges(scope, { ...folders, yielding }));
	}
	const showing = wanted.length > 0 ? [showsMore(versions)] : [];
	return {
		guards: [filesStay(versions), ...guards.values(), ...showing],
		claims,
		wanted,
	};
}

function icebergById(entries: Iterable<Entry>): Map<AssetId, IcebergEntry> {
	const found = new Map<AssetId, IcebergEntry>();
	for (const entry of entries)
		if (entry.kind === "table" || entry.kind === "view")
			found.set(entry.id, entry);
	return found;
}

/** Those that the asset claimed; when it has no claims any more, those that its metadata names. */
async function foldersOf(
	deps: CatalogDeps,
	scope: Scope,
	entry: IcebergEntry,
): Promise<WantedFolders> {
	const { tenant } = scope.principal;
	const { id: asset, uuid } = entry;
	const claims = await deps.store.claims.claimsOf(tenant, asset);
	const isHeld = claims.every(({ state }) => state === "held");
	if (!isHeld || claims.length === 0)
		await requireRestorable(deps, scope, entry, `The ${entry.kind} ${uuid}`);
	if (claims.length > 0)
		return { folders: claims.map(({ location }) => location), asset, uuid };
	const { metadata } =
		entry.kind === "table"
			? await readMetadata(deps, scope, TABLE, entry)
			: await readMetadata(deps, scope, VIEW, entry);
	return { folders: claimedFolders(scope.storage, metadata), asset, uuid };
}
