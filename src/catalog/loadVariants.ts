import { withReferencedSnapshotsOnly } from "../iceberg/snapshots.ts";
import { tableMetadataPieces } from "../iceberg/tableMetadata.ts";
import type { TableMetadata } from "../iceberg/types.ts";
import type { CatalogDeps } from "./deps.ts";
import { etagOf, loadBody, loadedOf } from "./loadAnswers.ts";
import type { Cached, Variant } from "./metadataCache.ts";
import { TABLE } from "./metadataKinds.ts";
import {
	DELETES_OLD_METADATA,
	deniesDeletion,
	GC_ENABLED,
	mayDeleteOldMetadata,
} from "./refs/sharing.ts";
import type { LoadedTable } from "./results.ts";

/** Which representation of a table is served. */
export function variantOf(
	snapshots: "all" | "refs",
	isGuarded: boolean,
): Variant | "all" {
	if (!isGuarded) return snapshots;
	return snapshots === "all" ? "guarded" : "guarded-refs";
}

/**
 * A table's answer in one representation; made once per file, then kept beside
 * the whole answer.
 * @param location the file's canonical one
 */
export function loadedAs(
	deps: CatalogDeps,
	location: string,
	file: Cached<TableMetadata>,
	variant: Variant | "all",
): LoadedTable {
	if (variant === "all") return loadedOf(file);
	const { metadataLocation, asset, metadata, variants } = file;
	const known = variants.get(variant);
	if (known !== undefined) return { metadataLocation, ...known };
	const shown = shownIn(variant, metadata);
	const body =
		shown === metadata
			? file.body
			: loadBody(asset, metadataLocation, tableMetadataPieces(shown)).body;
	const rendering = { body, etag: etagOf(asset, location, variant) };
	const all = new Map([...variants, [variant, rendering] as const]);
	deps.metadata.put(location, TABLE.cacheable({ ...file, variants: all }));
	return { metadataLocation, ...rendering };
}

function shownIn(variant: Variant, metadata: TableMetadata): TableMetadata {
	switch (variant) {
		case "refs":
			return withReferencedSnapshotsOnly(metadata);
		case "guarded":
			return withoutGc(metadata);
		case "guarded-refs":
			return withoutGc(withReferencedSnapshotsOnly(metadata));
	}
}

/** With the properties that keep engines from deleting files; the file does not have them. */
function withoutGc(metadata: TableMetadata): TableMetadata {
	const { properties } = metadata;
	const deletesOld = mayDeleteOldMetadata(properties);
	if (deniesDeletion(properties) && !deletesOld) return metadata;
	// PyIceberg deletes old metadata files by the latter alone, whatever the former says.
	const kept = deletesOld ? { [DELETES_OLD_METADATA]: "false" } : {};
	return {
		...metadata,
		properties: { ...properties, [GC_ENABLED]: "false", ...kept },
	};
}
