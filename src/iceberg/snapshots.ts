import { withOnly } from "./elementTexts.ts";
import type { TableMetadata } from "./types.ts";

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
