import { brandId, type CommitId } from "../../model/ids.ts";
import type { Commit } from "../../store/records.ts";
import type { MergeConflict } from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import { requireWritable, type Scope } from "../scope.ts";
import { untilDecided } from "../submit.ts";
import { requireInHistory } from "./history.ts";
import { conflictResult } from "./mergeConflicts.ts";
import { expectedDecisions } from "./mergeDecisions.ts";
import { planStates } from "./mergePlanning.ts";
import { refMissing, requireLine } from "./states.ts";
import { applyUndo } from "./undoing.ts";
import type { RevertRequest } from "./undoRequests.ts";
import type { RevertOutcome, UndoConflicted } from "./undoResults.ts";
import { versionsOf } from "./writing.ts";

/**
 * Undoes what a commit changed and keeps what came later: the three-way merge of
 * the state before the commit into the branch, with the state after it as base.
 * The revert is a commit itself, and can be reverted.
 * @throws PangolinError `ref-not-found` (unknown, or history expired),
 *   `file-not-found` (something was purged since), `already-exists`,
 *   `location-busy`, `forbidden`, `commit-conflict`, `commit-state-unknown`
 */
export async function revertCommit(
	deps: CatalogDeps,
	scope: Scope,
	request: RevertRequest,
): Promise<RevertOutcome> {
	requireWritable(scope);
	const { catalog, ref } = scope.located;
	const { strategy = "AutoMerge", resolutions, dryRun } = request;
	const decisions = expectedDecisions(strategy, resolutions);
	return untilDecided(deps, `branch ${ref.name}`, async () => {
		const versions = await versionsOf(deps, catalog.tenant, catalog.name);
		const commit = await requireCommit(deps, scope, request.commit);
		const { line, number } = commit;
		const base = { line, number };
		const theirs = { line, number: number - 1 };
		for (const state of [base, theirs])
			await requireInHistory(deps, catalog, state, request.commit);
		const own = await requireLine(deps, scope.located);
		const ours = { line: own.id, number: own.head };
		const states = { base, ours, theirs };
		const { compared, plan } = await planStates(deps, scope, states, decisions);
		if (plan.outcome === "conflicted")
			return conflictedOf(deps, scope, commit, plan.conflicts);
		const result = await applyUndo(deps, scope, {
			plan,
			versions,
			at: ours,
			target: compared.ours,
			message: `revert ${commit.id}: ${commit.message}`,
			dryRun,
		});
		return result && { outcome: "undone", result };
	});
}

async function requireCommit(
	{ store }: CatalogDeps,
	{ located: { catalog } }: Scope,
	text: string,
): Promise<Commit> {
	const id: CommitId = brandId(text.toLowerCase());
	const commit = await store.commits.byId(catalog.tenant, catalog.id, id);
	if (commit === undefined) throw refMissing(catalog.name, text);
	return commit;
}

function conflictedOf(
	deps: CatalogDeps,
	scope: Scope,
	{ id }: Commit,
	conflicts: readonly MergeConflict[],
): RevertOutcome {
	const now = new Date(deps.clock()).toISOString();
	const many =
		conflicts.length === 1 ? "1 conflict" : `${conflicts.length} conflicts`;
	const conflicted: UndoConflicted = {
		status: "conflicted",
		operation_id: null,
		conflicts: conflicts.length,
		message: `The revert of ${id} has ${many} with what came later: repeat it with the strategy TakeSource to undo in any case, or TakeTarget to keep what came later`,
		details: conflicts.map((each) => conflictResult(null, each, now)),
	};
	const body = JSON.stringify(conflicted);
	scope.slot?.record({ kind: "json", status: 409, body });
	return { outcome: "conflicted", conflicted };
}
