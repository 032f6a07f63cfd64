import type { TableMetadata } from "./types.ts";

export function withReferencedSnapshotsOnly(
	_metadata: TableMetadata,
): TableMetadata {
	throw new Error("to come");
}
