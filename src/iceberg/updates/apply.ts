import type { TableMetadata, TableUpdate } from "../types.ts";
import { applyUpdate } from "./applyOne.ts";
import type { ChangeContext } from "./context.ts";
import { type Draft, draftOf } from "./draft.ts";
import { emptyMetadata } from "./emptyMetadata.ts";
import { finished } from "./finish.ts";
import { withMergedRemovals } from "./removals.ts";

/**
 * Applies the updates of one commit, in their order.
 * @param base undefined: the updates build a table from nothing, as the commit
 * of a staged create does
 * @returns the base itself when nothing changed
 * @throws PangolinError `validation-failed`; `commit-conflict` when a retry on
 * newer metadata can succeed
 */
export function applyTableUpdates(
	base: TableMetadata | undefined,
	updates: readonly TableUpdate[],
	context: ChangeContext,
): TableMetadata {
	const start = base ?? emptyMetadata(updates, context);
	const isNew = base === undefined;
	const draft = withMergedRemovals(updates).reduce<Draft>(
		applyUpdate,
		draftOf(start, isNew, context.nowMillis),
	);
	return draft.metadata === base ? base : finished(draft, start);
}
