import { brandId, type CommitId } from "../../model/ids.ts";
import { displayKey } from "../../versioning/entries.ts";
import type { MergeChange } from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import type { Scope } from "../scope.ts";
import { applyPlan, type Mergeable, type PlannedMerge } from "./applyPlan.ts";
import { requireRestorable } from "./kept.ts";
import { plannedChange } from "./mergeConflicts.ts";
import type { UndoResult } from "./undoResults.ts";

const CHECKED_AT_ONCE = 64;

/** A plan that brings older versions back. */
export interface PlannedUndo
	extends Pick<PlannedMerge, "versions" | "at" | "target" | "message"> {
	readonly plan: Pick<Mergeable, "changes" | "requires">;
	readonly dryRun: boolean | undefined;
}

/**
 * Makes an undo true as one commit. That the files of everything that it brings
 * back are there is known before anything is written.
 * @returns undefined when somebody else was faster
 * @throws PangolinError `file-not-found`, and what `applyPlan` throws
 */
export async function applyUndo(
	deps: CatalogDeps,
	scope: Scope,
	{ dryRun = false, ...planned }: PlannedUndo,
): Promise<UndoResult | undefined> {
	const { changes } = planned.plan;
	await requireFiles(deps, scope, changes);
	const id: CommitId = brandId(deps.newUuid());
	const isCommit = !dryRun && changes.length > 0;
	const result: UndoResult = {
		status: dryRun ? "planned" : "completed",
		branch: scope.located.ref.name,
		commit_id: isCommit ? id : null,
		changes: changes.map(plannedChange),
	};
	const answer = { kind: "json", body: JSON.stringify(result) } as const;
	if (!isCommit) {
		scope.slot?.record(answer);
		return result;
	}
	const commit = { ...planned, id, mergedParents: [], answer };
	return (await applyPlan(deps, scope, commit)) ? result : undefined;
}

async function requireFiles(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly MergeChange<unknown>[],
): Promise<void> {
	const written = changes.filter(({ op }) => op !== "drop");
	for (let i = 0; i < written.length; i += CHECKED_AT_ONCE)
		await Promise.all(
			written
				.slice(i, i + CHECKED_AT_ONCE)
				.map(({ key, entry }) =>
					entry.kind === "table" || entry.kind === "view"
						? requireRestorable(deps, scope, entry, displayKey(key))
						: undefined,
				),
		);
}
