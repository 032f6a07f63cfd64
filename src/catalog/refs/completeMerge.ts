import { PangolinError } from "../../model/errors.ts";
import type { RecordChange } from "../../store/changes.ts";
import type { MergeConflict } from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import { type Announce, untilApplied } from "./applyPlan.ts";
import {
	commitFor,
	conclude,
	conflictedResult,
	isoNow,
	type MergedStates,
} from "./merge.ts";
import { conflictUuid } from "./mergeConflicts.ts";
import { type Decisions, resolutionOf } from "./mergeDecisions.ts";
import { type MergeGround, openMerge } from "./mergeGround.ts";
import { planStates } from "./mergePlanning.ts";
import {
	conflictsOf,
	decideConflict,
	forgetConflict,
	insertConflict,
	type KeptConflict,
	type Operation,
	requireOperation,
	updateOperation,
} from "./mergeRecords.ts";
import type { MergeCaller } from "./mergeRequests.ts";
import type { ConflictedResult } from "./mergeResults.ts";
import { applyRefChange } from "./writing.ts";

export type CompletionOutcome =
	| { readonly outcome: "completed"; readonly completed: CompletedResult }
	| { readonly outcome: "conflicted"; readonly conflicted: ConflictedResult };

export interface CompletedResult {
	readonly status: "completed";
	readonly operation_id: string;
	/** Null when nothing was left to merge. */
	readonly commit_id: string | null;
}

/**
 * Completes a merge whose conflicts are all decided. It is planned anew on what
 * the target shows now; conflicts that came up or changed meanwhile must be
 * decided first. Completing a completed merge gives the same answer again.
 * @throws PangolinError `merge-not-found`, `ref-not-found`, `bad-request` while
 *   conflicts are open and after an abort, and what `applyPlan` throws
 */
export async function completeMerge(
	deps: CatalogDeps,
	caller: MergeCaller,
	id: string,
): Promise<CompletionOutcome> {
	const { tenant } = caller.principal;
	return untilApplied(deps, `merge ${id}`, async (announce) => {
		const operation = await requireOperation(deps, tenant, id);
		if (operation.record.status === "Completed")
			return completed(operation, operation.detail.resultCommit);
		requireReady(operation);
		return attempt(deps, caller, operation, announce);
	});
}

function completed(
	{ record }: Operation,
	commit: string | null,
): CompletionOutcome {
	return {
		outcome: "completed",
		completed: {
			status: "completed",
			operation_id: record.id,
			commit_id: commit,
		},
	};
}

function requireReady({ record: { id, status } }: Operation): void {
	if (status === "Ready" || status === "Pending") return;
	throw new PangolinError(
		"bad-request",
		status === "Aborted"
			? `Merge ${id} was aborted: start another one`
			: `Merge ${id} has conflicts that are not resolved: resolve each, then complete it`,
	);
}

async function attempt(
	deps: CatalogDeps,
	caller: MergeCaller,
	operation: Operation,
	announce: Announce,
): Promise<CompletionOutcome | undefined> {
	const { detail } = operation;
	const conflicts = await conflictsOf(deps, operation.record);
	const ground = await openMerge(deps, caller, {
		catalog: detail.catalog,
		target: detail.target,
		source: detail.sourceState,
		message: detail.message ?? undefined,
	});
	const { base, ours, theirs, scope } = ground;
	const states = { base, ours, theirs };
	const { decisions, used } = keptDecisions(operation, conflicts);
	const planned = await planStates(deps, scope, states, decisions);
	const { plan } = planned;
	if (plan.outcome === "conflicted")
		return conflictAnew(deps, ground, operation, plan.conflicts, {
			before: conflicts,
			used,
		});
	requireForward(operation, ground, plan.changes.length);
	announce(plan);
	return finish(deps, ground, operation, { ...planned, plan });
}

/** What was decided on conflicts that are still as they were then. */
function keptDecisions(
	{ record, detail }: Operation,
	conflicts: readonly KeptConflict[],
): { readonly decisions: Decisions; readonly used: ReadonlySet<string> } {
	const byId = new Map(conflicts.map(({ result }) => [result.id, result]));
	const used = new Set<string>();
	const decisions: Decisions = {
		named: [],
		strategy: detail.strategy,
		on(conflict) {
			const id = conflictUuid(record.id, conflict);
			const kept = byId.get(id)?.resolution;
			if (kept === undefined || kept === null) return undefined;
			used.add(id);
			const { strategy, resolved_value } = kept;
			const value = resolved_value ?? undefined;
			return resolutionOf(conflict, { strategy, value });
		},
	};
	return { decisions, used };
}

function requireForward(
	{ detail: { fastForward, source, target } }: Operation,
	{ isFastForward }: MergeGround,
	changes: number,
): void {
	if (fastForward === null || isFastForward || changes === 0) return;
	throw new PangolinError(
		"commit-conflict",
		`Cannot fast-forward: ${target} was changed since ${source} left it`,
	);
}

async function finish(
	deps: CatalogDeps,
	ground: MergeGround,
	operation: Operation,
	planned: MergedStates,
): Promise<CompletionOutcome | undefined> {
	const { detail } = operation;
	const id = commitFor(deps, planned, detail);
	const outcome = completed(operation, id);
	const isApplied = await conclude(deps, ground, planned, {
		...detail,
		id,
		answer: answerOf(outcome),
		records: [
			updateOperation(operation, "Completed", {
				baseCommit: ground.baseCommit,
				completedAt: isoNow(deps),
				resultCommit: id,
			}),
		],
	});
	return isApplied ? outcome : undefined;
}

function answerOf(outcome: CompletionOutcome) {
	return outcome.outcome === "completed"
		? { kind: "json" as const, body: JSON.stringify(outcome.completed) }
		: {
				kind: "json" as const,
				status: 409,
				body: JSON.stringify(outcome.conflicted),
			};
}

/** What is open now replaces what was open before; decisions that still count stay. */
async function conflictAnew(
	deps: CatalogDeps,
	{ scope, baseCommit }: MergeGround,
	operation: Operation,
	open: readonly MergeConflict[],
	kept: {
		readonly before: readonly KeptConflict[];
		/** Ids of those of which the decisions still count. */
		readonly used: ReadonlySet<string>;
	},
): Promise<CompletionOutcome | undefined> {
	const { tenant, id } = operation.record;
	const now = isoNow(deps);
	const openIds = new Set(open.map((each) => conflictUuid(id, each)));
	const known = new Map(kept.before.map((each) => [each.result.id, each]));
	const changes = [
		...open.map((conflict): RecordChange => {
			const before = known.get(conflictUuid(id, conflict));
			return before === undefined
				? insertConflict(tenant, id, conflict, now)
				: decideConflict(before, null);
		}),
		...kept.before
			.filter(({ result }) => !openIds.has(result.id))
			.filter(({ result }) => !kept.used.has(result.id))
			.map(forgetConflict),
	];
	const conflicted = conflictedResult(operation.detail, id, open.length);
	const outcome: CompletionOutcome = { outcome: "conflicted", conflicted };
	const isApplied = await applyRefChange(deps, scope, {
		changes: [
			...changes,
			updateOperation(operation, "Conflicted", {
				baseCommit,
				conflicts: openIds.union(kept.used).size,
			}),
		],
		answer: answerOf(outcome),
		result: undefined,
	});
	return isApplied ? outcome : undefined;
}
