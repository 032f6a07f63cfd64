import { withOnly } from "../elementTexts.ts";
import { type Apply, changed } from "./draft.ts";
import { withRefsOnly } from "./removeSnapshotRef.ts";

/** With their statistics, and with the refs that point to them. */
export const removeSnapshots: Apply<"remove-snapshots"> = (draft, update) => {
	const removed = new Set(update["snapshot-ids"]);
	const isKept = (owner: { readonly "snapshot-id": bigint }) =>
		!removed.has(owner["snapshot-id"]);
	const { metadata } = draft;
	const snapshots = withOnly(metadata.snapshots, isKept);
	if (snapshots === metadata.snapshots) return draft;
	const next = changed(draft, {
		snapshots,
		statistics: withOnly(metadata.statistics, isKept),
		"partition-statistics": withOnly(metadata["partition-statistics"], isKept),
	});
	return withRefsOnly({ ...next, removedSnapshots: true }, (_, ref) =>
		isKept(ref),
	);
};
