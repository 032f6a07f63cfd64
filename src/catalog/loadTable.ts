import { withReferencedSnapshotsOnly } from "../iceberg/snapshots.ts";
import { tableMetadataPieces } from "../iceberg/tableMetadata.ts";
import type { TableMetadata } from "../iceberg/types.ts";
import { PangolinError } from "../model/errors.ts";
import type { Identifier } from "../model/names.ts";
import type { IcebergEntry } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { findObject, requireObject } from "./entries.ts";
import { etagOf, loadBody, loadedOf } from "./loadAnswers.ts";
import type { Cached } from "./metadataCache.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE } from "./metadataKinds.ts";
import type { LoadTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

/**
 * Loads a table; `not-modified` when the caller has this representation already.
 * @throws PangolinError `table-not-found`, `file-not-found`, `bad-request`
 */
export async function loadTable(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: LoadTableRequest,
): Promise<LoadedTable | "not-modified"> {
	const { snapshots = "all", ifNoneMatch } = request;
	const { entry } = await requireObject(deps, scope, "table", identifier);
	if (ifNoneMatch !== undefined) {
		const etag = currentEtag(deps, entry, snapshots);
		if (matches(ifNoneMatch, etag)) return "not-modified";
	}
	const file = await readMetadata(deps, scope, TABLE, entry);
	return snapshots === "all"
		? loadedOf(file)
		: referencedOnly(deps, entry.metadataLocation, file);
}

/** Known with the file, else made anew: the file need not be read for it. */
function currentEtag(
	deps: CatalogDeps,
	{ id, metadataLocation }: IcebergEntry,
	snapshots: "all" | "refs",
): string {
	const file = deps.metadata.get(metadataLocation, id);
	const known = snapshots === "all" ? file?.etag : file?.refsOnly?.etag;
	return known ?? etagOf(id, metadataLocation, snapshots);
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

/** Made once per file, then kept beside the whole answer. */
function referencedOnly(
	deps: CatalogDeps,
	location: string,
	file: Cached<TableMetadata>,
): LoadedTable {
	const { metadataLocation } = file;
	if (file.refsOnly !== undefined)
		return { metadataLocation, ...file.refsOnly };
	const { asset, metadata } = file;
	const referenced = withReferencedSnapshotsOnly(metadata);
	const body =
		referenced === metadata
			? file.body
			: loadBody(asset, metadataLocation, tableMetadataPieces(referenced)).body;
	const refsOnly = { body, etag: etagOf(asset, location, "refs") };
	deps.metadata.put(location, TABLE.cacheable({ ...file, refsOnly }));
	return { metadataLocation, ...refsOnly };
}

/** Whether there is a table of this name; a view is none. */
export async function tableExists(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<boolean> {
	const row = await findObject(deps, scope, identifier);
	return row?.entry.kind === "table";
}
