import type { SnapshotRef } from "../types.ts";
import { type Apply, changed, type Draft } from "./draft.ts";

/** Without `main` there is no current snapshot. */
export const removeSnapshotRef: Apply<"remove-snapshot-ref"> = (
	draft,
	update,
) => withRefsOnly(draft, (name) => name !== update["ref-name"]);

/** The draft without the refs that are not to be kept. */
export function withRefsOnly(
	draft: Draft,
	keep: (name: string, ref: SnapshotRef) => boolean,
): Draft {
	const entries = Object.entries(draft.metadata.refs);
	const kept = entries.filter(([name, ref]) => keep(name, ref));
	if (kept.length === entries.length) return draft;
	const refs = Object.fromEntries(kept);
	return changed(
		draft,
		Object.hasOwn(refs, "main")
			? { refs }
			: { refs, "current-snapshot-id": null },
	);
}
