import { checkTableMetadata } from "../checkTable.ts";
import { withOnly } from "../elementTexts.ts";
import { invalid } from "../fields.ts";
import { checkSpecFits } from "../partitionSpec.ts";
import { currentSchema } from "../schema.ts";
import { checkSortOrderFits } from "../sortOrder.ts";
import type { SnapshotLogEntry, TableMetadata } from "../types.ts";
import type { Draft } from "./draft.ts";

/**
 * What can only be done when all updates of a commit were applied.
 * @throws PangolinError `validation-failed`
 */
export function finished(draft: Draft, start: TableMetadata): TableMetadata {
	const { metadata } = draft;
	if (draft.isNew) checkComplete(metadata);
	if (!sameLayout(metadata, start)) checkLayout(metadata);
	checkRemovedSchemas(draft);
	return {
		...metadata,
		"last-updated-ms": draft.updatedMs,
		"snapshot-log": correctedLog(draft),
	};
}

function checkComplete(metadata: TableMetadata): void {
	if (metadata.location === "")
		throw invalid(
			`Table location is required in format v${metadata["format-version"]}`,
		);
	if (metadata.schemas.length === 0)
		throw invalid("Cannot create a table without a schema");
	if (metadata["partition-specs"].length === 0)
		throw invalid("Partition specs cannot be null or empty");
	if (metadata["sort-orders"].length === 0)
		throw invalid("Sort orders cannot be null or empty");
	checkTableMetadata(metadata);
}

function sameLayout(a: TableMetadata, b: TableMetadata): boolean {
	return (
		a["current-schema-id"] === b["current-schema-id"] &&
		a["default-spec-id"] === b["default-spec-id"] &&
		a["default-sort-order-id"] === b["default-sort-order-id"]
	);
}

/** The default spec and order must still be possible with the current schema. */
function checkLayout(metadata: TableMetadata): void {
	const schema = currentSchema(metadata);
	for (const spec of metadata["partition-specs"]) {
		if (spec["spec-id"] === metadata["default-spec-id"])
			checkSpecFits(spec, schema);
	}
	for (const order of metadata["sort-orders"]) {
		if (order["order-id"] === metadata["default-sort-order-id"])
			checkSortOrderFits(order, schema);
	}
}

function checkRemovedSchemas({ metadata, removedSchemaIds }: Draft): void {
	if (removedSchemaIds.size === 0) return;
	for (const snapshot of metadata.snapshots) {
		const id = snapshot["schema-id"];
		if (id !== undefined && removedSchemaIds.has(id))
			throw invalid(
				`Cannot remove schema ${id}: snapshot ${snapshot["snapshot-id"]} uses it`,
			);
	}
}

/**
 * The log without snapshots that were current only between two updates of this
 * commit. When snapshots were removed it begins after the newest entry that
 * lost its snapshot: with a gap, time travel would give wrong answers.
 */
function correctedLog(draft: Draft): readonly SnapshotLogEntry[] {
	const { metadata, addedToMain } = draft;
	const log = metadata["snapshot-log"];
	const current = metadata["current-snapshot-id"];
	const intermediate = new Set(addedToMain);
	if (current !== null) intermediate.delete(current);
	const corrected =
		intermediate.size === 0
			? log
			: withOnly(log, (entry) => !intermediate.has(entry["snapshot-id"]));
	return draft.removedSnapshots ? afterLastGap(metadata, corrected) : corrected;
}

function afterLastGap(
	metadata: TableMetadata,
	log: readonly SnapshotLogEntry[],
): readonly SnapshotLogEntry[] {
	const ids = new Set(
		metadata.snapshots.map((snapshot) => snapshot["snapshot-id"]),
	);
	const gap = log.findLastIndex((entry) => !ids.has(entry["snapshot-id"]));
	if (gap < 0) return log;
	let position = 0;
	return withOnly(log, () => position++ > gap);
}
