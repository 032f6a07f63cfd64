import { PangolinError } from "../../model/errors.ts";
import { withAppended } from "../elementTexts.ts";
import { invalid } from "../fields.ts";
import { stringifyJson } from "../json.ts";
import type { Snapshot, TableMetadata } from "../types.ts";
import { type Apply, changed } from "./draft.ts";

/**
 * Adds a snapshot, which no ref points to yet. What a retry on the newest
 * metadata mends (a sequence number or row id that others have taken
 * meanwhile) is a conflict, all else is invalid.
 */
export const addSnapshot: Apply<"add-snapshot"> = (draft, { snapshot }) => {
	const { metadata } = draft;
	checkReady(metadata);
	const id = snapshot["snapshot-id"];
	if (metadata.snapshots.some((known) => known["snapshot-id"] === id))
		throw invalid(`Snapshot already exists for id: ${id}`);
	const sequenceNumber = checkedSequenceNumber(metadata, snapshot);
	const last = metadata["last-sequence-number"];
	const next = changed(draft, {
		snapshots: withAppended(
			metadata.snapshots,
			snapshot,
			stringifyJson(snapshot),
		),
		"last-sequence-number": sequenceNumber > last ? sequenceNumber : last,
		...rowIds(metadata, snapshot),
	});
	return {
		...next,
		addedSnapshotIds: new Set([...draft.addedSnapshotIds, id]),
	};
};

function checkReady(metadata: TableMetadata): void {
	const needed = [
		["schema", metadata.schemas],
		["partition spec", metadata["partition-specs"]],
		["sort order", metadata["sort-orders"]],
	] as const;
	for (const [what, added] of needed) {
		if (added.length === 0)
			throw invalid(`Attempting to add a snapshot before a ${what} is added`);
	}
}

function checkedSequenceNumber(
	metadata: TableMetadata,
	snapshot: Snapshot,
): bigint {
	const sequenceNumber = snapshot["sequence-number"] ?? 0n;
	if (metadata["format-version"] === 1) {
		if (sequenceNumber !== 0n)
			throw invalid(`Sequence number must be 0 in v1: ${sequenceNumber}`);
		return sequenceNumber;
	}
	if (snapshot["manifest-list"] === undefined)
		throw invalid("Cannot add a snapshot: manifest-list is missing");
	if (sequenceNumber < 0n)
		throw invalid(`Invalid sequence number: ${sequenceNumber}`);
	const last = metadata["last-sequence-number"];
	if (sequenceNumber <= last && snapshot["parent-snapshot-id"] !== undefined)
		throw conflict(
			`Cannot add snapshot with sequence number ${sequenceNumber} older than last sequence number ${last}`,
		);
	return sequenceNumber;
}

/** Row ids that were given out once are never given out again. */
function rowIds(
	metadata: TableMetadata,
	snapshot: Snapshot,
): Partial<TableMetadata> {
	if (metadata["format-version"] < 3) return {};
	const first = snapshot["first-row-id"];
	const added = snapshot["added-rows"];
	if (first === undefined)
		throw invalid("Cannot add a snapshot: first-row-id is null");
	if (added === undefined)
		throw invalid("Cannot add a snapshot: added-rows is null");
	if (added < 0n) throw invalid(`Invalid added-rows: ${added}`);
	const next = metadata["next-row-id"] ?? 0n;
	if (first < next)
		throw conflict(
			`Cannot add a snapshot, first-row-id is behind table next-row-id: ${first} < ${next}`,
		);
	if (first + added > LONG_MAX)
		throw invalid(`Cannot add a snapshot: row ids exceed ${LONG_MAX}`);
	return { "next-row-id": first + added };
}

const LONG_MAX = 2n ** 63n - 1n;

function conflict(message: string): PangolinError {
	return new PangolinError("commit-conflict", message);
}
