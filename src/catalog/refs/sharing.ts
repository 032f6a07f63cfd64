import type { TableMetadata } from "../../iceberg/types.ts";
import { PangolinError } from "../../model/errors.ts";
import type { AssetId } from "../../model/ids.ts";
import type { ClaimChange, RecordChange } from "../../store/changes.ts";
import { StoreUnavailable } from "../../store/contract.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import type { Scope } from "../scope.ts";
import { mayHaveOtherRefs } from "./settings.ts";
import { requireRef } from "./writing.ts";

/** Iceberg's property that forbids engines to delete a table's files. */
export const GC_ENABLED = "gc.enabled";

/** Iceberg's property by which the metadata files that fall out of the log are deleted. */
export const DELETES_OLD_METADATA =
	"write.metadata.delete-after-commit.enabled";

/**
 * Whether an engine must not delete files of a table, because something other
 * than the branch that it works on needs them. What stands still for ever is
 * always older than something. Reads nothing in a catalog that never had other refs.
 */
export function isGuarded(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
): boolean | Promise<boolean> {
	if (scope.pinned !== undefined) return true;
	return (
		mayHaveOtherRefs(scope.located.ref) && isShownElsewhere(deps, scope, asset)
	);
}

/** As `isGuarded` after an effect, when no failure may be answered any more: in doubt it is. */
export async function isGuardedOrInDoubt(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
): Promise<boolean> {
	try {
		return await isGuarded(deps, scope, asset);
	} catch (error) {
		if (!(error instanceof StoreUnavailable)) throw error;
		deps.observe({
			kind: "cleanup-failed",
			what: "find out which refs share a table",
			error,
		});
		return true;
	}
}

async function isShownElsewhere(
	{ store }: CatalogDeps,
	{ located: { catalog, ref } }: Scope,
	asset: AssetId,
): Promise<boolean> {
	const { tenant, id } = catalog;
	const names = await store.entries.refsShowing(tenant, id, asset, 2);
	return names.some((name) => name !== ref.name);
}

/** Whether a table's properties forbid engines to delete its files. */
export function deniesDeletion(
	properties: TableMetadata["properties"],
): boolean {
	return properties[GC_ENABLED]?.toLowerCase() === "false";
}

/** Whether a client may read the properties so; PyIceberg takes `1` and `yes` for true. */
export function mayDeleteOldMetadata(
	properties: TableMetadata["properties"],
): boolean {
	const enabled = properties[DELETES_OLD_METADATA]?.toLowerCase();
	return enabled !== undefined && enabled !== "false";
}

/** What becomes of an asset's claims when this branch does not show it any more. */
export interface Release {
	readonly claims: readonly ClaimChange[];
	/** Refused `stale` when a ref was made meanwhile that may show the asset. */
	readonly guards: readonly RecordChange[];
}

/**
 * The claims pass to `state`, unless another ref shows the asset: its folders
 * are as taken as before.
 * @throws PangolinError `ref-not-found` when the catalog is gone
 */
export async function releaseFrom(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
	state: "dropped" | "purging",
): Promise<Release> {
	const guards = await guardsIfAlone(deps, scope, asset);
	if (guards === undefined) return { claims: [], guards: [] };
	const { tenant } = scope.located.catalog;
	return { claims: [{ op: "setClaims", tenant, asset, state }], guards };
}

/**
 * Refuses to remove snapshots of a table that other refs show, unless the client
 * is known to delete no files or the table's own properties say that none does. An engine that honours the
 * property and removes snapshots all the same loaded the table before it was
 * shared: it would delete files that the others need.
 * @returns checks that go with the commit: that no ref was made meanwhile
 * @throws PangolinError `validation-failed`; `ref-not-found` when the catalog is gone
 */
export async function requireExpirable(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
	{ properties }: TableMetadata,
): Promise<readonly RecordChange[]> {
	if (scope.keepsFiles || deniesDeletion(properties)) return [];
	const guards = await guardsIfAlone(deps, scope, asset);
	if (guards !== undefined) return guards;
	throw new PangolinError(
		"validation-failed",
		"Cannot remove snapshots: other branches or tags show the table, and an engine that loaded it before they did would delete their files. Load it again; a client that deletes no files needs gc.enabled=false among the table's own properties",
	);
}

/** Checks that still no other ref shows the asset; undefined: one does. */
async function guardsIfAlone(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
): Promise<readonly RecordChange[] | undefined> {
	const { catalog, ref } = scope.located;
	const main = await requireRef(deps, catalog, MAIN_BRANCH, "branch");
	const mayBeShared = ref.name !== MAIN_BRANCH || mayHaveOtherRefs(main.value);
	if (mayBeShared && (await isShownElsewhere(deps, scope, asset)))
		return undefined;
	const { tenant, id } = catalog;
	return [
		{
			op: "check",
			collection: "ref",
			key: { tenant, catalog: id, name: MAIN_BRANCH },
			version: main.version,
		},
	];
}
