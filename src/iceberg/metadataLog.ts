import { withAppended, withoutFirst } from "./elementTexts.ts";
import { stringifyJson } from "./json.ts";
import { integerProperty } from "./properties.ts";
import type { MetadataLogEntry, TableMetadata } from "./types.ts";

const DEFAULT_PREVIOUS_VERSIONS_MAX = 100;

/**
 * Adds the metadata file that the new metadata replaces to its log, which is
 * bounded by the property `write.metadata.previous-versions-max`.
 * @returns also the files that fell out of the log; whether they may be
 * deleted is for the caller to decide
 */
export function withPreviousMetadata(
	next: TableMetadata,
	previous: {
		readonly previousLocation: string;
		readonly previousUpdatedMs: number;
	},
): { metadata: TableMetadata; removedMetadataFiles: string[] } {
	const entry: MetadataLogEntry = {
		"timestamp-ms": previous.previousUpdatedMs,
		"metadata-file": previous.previousLocation,
	};
	const log = withAppended(next["metadata-log"], entry, stringifyJson(entry));
	const surplus = Math.max(0, log.length - previousVersionsMax(next));
	return {
		metadata: {
			...next,
			"metadata-log": withoutFirst(log, surplus),
		},
		removedMetadataFiles: log
			.slice(0, surplus)
			.map((removed) => removed["metadata-file"]),
	};
}

function previousVersionsMax(metadata: TableMetadata): number {
	return Math.max(
		1,
		integerProperty(
			metadata.properties,
			"write.metadata.previous-versions-max",
			DEFAULT_PREVIOUS_VERSIONS_MAX,
		),
	);
}
