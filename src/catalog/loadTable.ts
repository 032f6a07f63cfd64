import { PangolinError } from "../model/errors.ts";
import type { Identifier } from "../model/names.ts";
import type { IcebergEntry } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { findObject, isIcebergRow, requireObject } from "./entries.ts";
import { etagOf } from "./loadAnswers.ts";
import { loadedAs, variantOf } from "./loadVariants.ts";
import type { Variant } from "./metadataCache.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE } from "./metadataKinds.ts";
import { isGivenUp, requireUnpurged } from "./refs/kept.ts";
import { isGuarded } from "./refs/sharing.ts";
import type { LoadTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

/**
 * Loads a table; `not-modified` when the caller has this representation already.
 * Where another ref needs its files too, it is served with properties that keep
 * clients from deleting any: see `loadVariants.ts`.
 * @throws PangolinError `table-not-found`, `file-not-found`, `bad-request`
 */
export async function loadTable(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: LoadTableRequest,
): Promise<LoadedTable | "not-modified"> {
	const { snapshots = "all", ifNoneMatch } = request;
	const row = await requireObject(deps, scope, "table", identifier);
	const { entry } = row;
	if (scope.pinned !== undefined)
		await requireUnpurged(deps, scope, identifier, row);
	const guarded = isGuarded(deps, scope, entry.id);
	const variant = variantOf(
		snapshots,
		typeof guarded === "boolean" ? guarded : await guarded,
	);
	if (ifNoneMatch !== undefined) {
		const etag = currentEtag(deps, entry, variant);
		if (matches(ifNoneMatch, etag)) return "not-modified";
	}
	const file = await readMetadata(deps, scope, TABLE, entry);
	return loadedAs(deps, entry.metadataLocation, file, variant);
}

/** Known with the file, else made anew: the file need not be read for it. */
function currentEtag(
	deps: CatalogDeps,
	{ id, metadataLocation }: IcebergEntry,
	variant: Variant | "all",
): string {
	const file = deps.metadata.get(metadataLocation, id);
	const known =
		variant === "all" ? file?.etag : file?.variants.get(variant)?.etag;
	return known ?? etagOf(id, metadataLocation, variant);
}

/**
 * Weak comparison, as RFC 9110 asks for.
 * @throws PangolinError `bad-request` for `*`, which names no representation
 */
function matches(ifNoneMatch: string, etag: string): boolean {
	if (ifNoneMatch.trim() === "*") {
		throw new PangolinError(
			"bad-request",
			"If-None-Match: * is not supported, send the ETag of an earlier answer",
		);
	}
	if (ifNoneMatch === etag) return true;
	return ifNoneMatch
		.split(",")
		.some((given) => given.trim().replace(/^W\//, "") === etag);
}

/** Whether there is a table of this name; a view is none. */
export async function tableExists(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<boolean> {
	const row = await findObject(deps, scope, identifier);
	if (row === undefined || !isIcebergRow(row) || row.entry.kind !== "table")
		return false;
	return !(await isGivenUp(deps, scope, row));
}
