import { own } from "./fields.ts";
import type { TableMetadata, ViewMetadata } from "./types.ts";

/** Properties that tell clients where to write. */
const LOCATION_PROPERTIES = [
	"write.metadata.path",
	"write.data.path",
	"write.object-storage.path",
	"write.folder-storage.path",
];

/**
 * Every location that the metadata names and that must therefore lie where the
 * table may have files: a foreign one would let a client read or delete what is
 * not the table's.
 */
export function locationsIn(metadata: TableMetadata | ViewMetadata): string[] {
	const locations = [metadata.location];
	for (const key of LOCATION_PROPERTIES) {
		const path = own(metadata.properties, key);
		if (path !== undefined) locations.push(path);
	}
	const files = "snapshots" in metadata ? filesOf(metadata) : [];
	return [...new Set([...locations, ...files])];
}

function filesOf(metadata: TableMetadata): string[] {
	const files: string[] = [];
	for (const snapshot of metadata.snapshots) {
		if (snapshot["manifest-list"] !== undefined)
			files.push(snapshot["manifest-list"]);
		for (const manifest of snapshot.manifests ?? []) files.push(manifest);
	}
	for (const file of metadata.statistics) files.push(file["statistics-path"]);
	for (const file of metadata["partition-statistics"])
		files.push(file["statistics-path"]);
	for (const entry of metadata["metadata-log"])
		files.push(entry["metadata-file"]);
	return files;
}
