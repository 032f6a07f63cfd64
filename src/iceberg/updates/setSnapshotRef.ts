import { withAppended } from "../elementTexts.ts";
import { invalid, own } from "../fields.ts";
import { stringifyJson } from "../json.ts";
import { sameJson } from "../sameJson.ts";
import type {
	Snapshot,
	SnapshotLogEntry,
	SnapshotRef,
	TableMetadata,
} from "../types.ts";
import { type Apply, changed, type Draft } from "./draft.ts";

/** Clocks of clients and server may differ by this much. */
const CLOCK_TOLERANCE_MS = 60_000;

/** Creates or moves a branch or a tag; `main` decides the current snapshot. */
export const setSnapshotRef: Apply<"set-snapshot-ref"> = (draft, update) => {
	const { action: _, "ref-name": name, ...ref } = update;
	const { metadata } = draft;
	const known = own(metadata.refs, name);
	if (known !== undefined && sameJson(known, ref)) return draft;
	const id = ref["snapshot-id"];
	const snapshot = metadata.snapshots.find(
		(candidate) => candidate["snapshot-id"] === id,
	);
	if (snapshot === undefined)
		throw invalid(`Cannot set ${name} to unknown snapshot: ${id}`);
	const next = changed(draft, { refs: { ...metadata.refs, [name]: ref } });
	return name === "main" ? withMain(next, ref, snapshot) : next;
};

function withMain(draft: Draft, ref: SnapshotRef, snapshot: Snapshot): Draft {
	if (ref.type !== "branch")
		throw invalid("Cannot set main to a tag, it must be a branch");
	const { metadata } = draft;
	const id = ref["snapshot-id"];
	if (metadata["current-snapshot-id"] === id) return draft;
	const entry: SnapshotLogEntry = {
		"timestamp-ms": timeOfChange(draft, snapshot),
		"snapshot-id": id,
	};
	const next = changed(draft, {
		"current-snapshot-id": id,
		"snapshot-log": withAppended(
			metadata["snapshot-log"],
			entry,
			stringifyJson(entry),
		),
	});
	return draft.addedSnapshotIds.has(id)
		? { ...next, addedToMain: new Set([...draft.addedToMain, id]) }
		: next;
}

/**
 * An added snapshot counts from its own time, a roll-back from now. Readers
 * refuse a log that goes back in time by more than a minute, or metadata that
 * is older than the log's end.
 */
function timeOfChange(draft: Draft, snapshot: Snapshot): number {
	if (!draft.addedSnapshotIds.has(snapshot["snapshot-id"]))
		return Math.max(draft.updatedMs, lastLogged(draft.metadata));
	const time = snapshot["timestamp-ms"];
	if (time > draft.updatedMs + CLOCK_TOLERANCE_MS)
		throw invalid(
			`Invalid update timestamp ${draft.updatedMs}: before last snapshot log entry at ${time}`,
		);
	const last = lastLogged(draft.metadata);
	return time < last - CLOCK_TOLERANCE_MS ? last : time;
}

function lastLogged(metadata: TableMetadata): number {
	return metadata["snapshot-log"].at(-1)?.["timestamp-ms"] ?? 0;
}
