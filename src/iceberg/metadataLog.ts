import type { TableMetadata } from "./types.ts";

export function withPreviousMetadata(
	_next: TableMetadata,
	_previous: {
		readonly previousLocation: string;
		readonly previousUpdatedMs: number;
	},
): { metadata: TableMetadata; removedMetadataFiles: string[] } {
	throw new Error("to come");
}
