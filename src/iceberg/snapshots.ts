import type { Properties } from "../model/registry.ts";
import { withOnly } from "./elementTexts.ts";
import { asStringMap } from "./fields.ts";
import { JsonText, parseJson } from "./json.ts";
import type { Snapshot, TableMetadata } from "./types.ts";

/** What a snapshot says of itself. @throws PangolinError `bad-request` */
export function summaryOf({ summary }: Snapshot): Properties {
	if (summary === undefined) return {};
	return summary instanceof JsonText
		? asStringMap(parseJson(summary.text), "summary")
		: summary;
}

/**
 * The metadata with only those snapshots that a branch or a tag points to, for
 * `snapshots=refs`. The log of snapshots stays whole: clients fetch the rest
 * when they need it.
 */
export function withReferencedSnapshotsOnly(
	metadata: TableMetadata,
): TableMetadata {
	const referenced = new Set(
		Object.values(metadata.refs).map((ref) => ref["snapshot-id"]),
	);
	const snapshots = withOnly(metadata.snapshots, (snapshot) =>
		referenced.has(snapshot["snapshot-id"]),
	);
	return snapshots === metadata.snapshots
		? metadata
		: { ...metadata, snapshots };
}
