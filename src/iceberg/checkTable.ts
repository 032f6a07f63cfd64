import { invalid, own } from "./fields.ts";
import type { TableMetadata } from "./types.ts";

/**
 * What must hold in all metadata that is read or made: what is named exists,
 * and ids are unique.
 * @throws PangolinError `validation-failed`
 */
export function checkTableMetadata(metadata: TableMetadata): void {
	checkLayout(metadata);
	checkRefs(metadata, checkSnapshots(metadata));
}

/**
 * As `checkTableMetadata`, for all but snapshots and what points to them.
 * @throws PangolinError `validation-failed`
 */
export function checkLayout(metadata: TableMetadata): void {
	checkIds(
		"schema",
		metadata.schemas.map((schema) => schema["schema-id"]),
		metadata["current-schema-id"],
	);
	checkIds(
		"partition spec",
		metadata["partition-specs"].map((spec) => spec["spec-id"]),
		metadata["default-spec-id"],
	);
	checkIds(
		"sort order",
		metadata["sort-orders"].map((order) => order["order-id"]),
		metadata["default-sort-order-id"],
	);
}

function checkIds(what: string, ids: readonly number[], current: number): void {
	const unique = new Set(ids);
	if (unique.size !== ids.length)
		throw invalid(`Invalid table metadata: ids of ${what}s are not unique`);
	if (!unique.has(current))
		throw invalid(
			`Invalid table metadata: Cannot find the ${what} with id ${current}`,
		);
}

function checkSnapshots(metadata: TableMetadata): Set<bigint> {
	const last = metadata["last-sequence-number"];
	const ids = new Set<bigint>();
	for (const snapshot of metadata.snapshots) {
		const sequenceNumber = snapshot["sequence-number"];
		if (
			sequenceNumber !== undefined &&
			sequenceNumber > last &&
			metadata["format-version"] > 1
		)
			throw invalid(
				`Invalid snapshot with sequence number ${sequenceNumber} greater than last sequence number ${last}`,
			);
		ids.add(snapshot["snapshot-id"]);
	}
	if (ids.size !== metadata.snapshots.length)
		throw invalid("Invalid table metadata: snapshot ids are not unique");
	return ids;
}

function checkRefs(metadata: TableMetadata, snapshotIds: Set<bigint>): void {
	const current = metadata["current-snapshot-id"];
	if (current !== null && !snapshotIds.has(current))
		throw invalid("Invalid table metadata: Cannot find current version");
	for (const [name, ref] of Object.entries(metadata.refs)) {
		if (!snapshotIds.has(ref["snapshot-id"]))
			throw invalid(
				`Snapshot for reference ${name} does not exist in the existing snapshots list`,
			);
	}
	const main = own(metadata.refs, "main");
	if (main === undefined) return;
	if (main.type !== "branch")
		throw invalid("Cannot set main to a tag, it must be a branch");
	if (main["snapshot-id"] !== current)
		throw invalid(
			`Current snapshot ID does not match main branch (${current ?? "none"} != ${main["snapshot-id"]})`,
		);
}
