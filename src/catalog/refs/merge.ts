import { PangolinError } from "../../model/errors.ts";
import {
	brandId,
	type CommitId,
	type MergeOperationId,
} from "../../model/ids.ts";
import type { Guard, RecordChange } from "../../store/changes.ts";
import type { MergeOperation } from "../../store/records.ts";
import { diffKeys } from "../../versioning/diffKeys.ts";
import type { MergeConflict } from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import type { RecordedAnswer } from "../idempotencySlot.ts";
import { observed } from "../observed.ts";
import type { Scope } from "../scope.ts";
import {
	type Announce,
	applyPlan,
	type Mergeable,
	untilApplied,
} from "./applyPlan.ts";
import { conflictResult, plannedChange } from "./mergeConflicts.ts";
import { expectedDecisions } from "./mergeDecisions.ts";
import {
	type MergeGround,
	openMerge,
	refuseExperimental,
} from "./mergeGround.ts";
import { type PlannedStates, planStates } from "./mergePlanning.ts";
import {
	insertConflict,
	insertOperation,
	type MergeDetail,
	mergeResult,
} from "./mergeRecords.ts";
import type { MergeCaller, MergeRequest } from "./mergeRequests.ts";
import type {
	ConflictedResult,
	MergeOutcome,
	MergePreview,
} from "./mergeResults.ts";
import type { State } from "./states.ts";
import { applyRefChange } from "./writing.ts";

/**
 * Merges what a ref shows into a branch, as one commit with two parents. What
 * must be decided first is kept as an operation with conflicts.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request` (an
 *   experimental source), `forbidden` (a target that is no branch), `commit-conflict` (no
 *   fast-forward), and what `applyPlan` throws
 */
export async function mergeBranches(
	deps: CatalogDeps,
	caller: MergeCaller,
	catalog: string,
	request: MergeRequest,
): Promise<MergeOutcome> {
	const { source, target } = request;
	if (source === target) {
		throw new PangolinError(
			"bad-request",
			`Cannot merge ${source} into itself: name another source or target`,
		);
	}
	await refuseExperimental(deps, caller, catalog, source);
	return observed(deps, "mergeBranches", async (retried) => {
		const result = await untilApplied(deps, target, (announce, retries) => {
			retried(retries);
			return attempt(deps, caller, catalog, request, announce);
		});
		const isUnchanged =
			result.outcome !== "completed" ||
			result.operation.result_commit_id === null;
		return { result, isUnchanged };
	});
}

async function attempt(
	deps: CatalogDeps,
	caller: MergeCaller,
	catalog: string,
	request: MergeRequest,
	announce: Announce,
): Promise<MergeOutcome | undefined> {
	const { source, target, message, strategy = "AutoMerge" } = request;
	const sides = { catalog, source, target, message };
	const ground = await openMerge(deps, caller, sides);
	const decisions = expectedDecisions(strategy, request.resolutions);
	const { ours, theirs, base, scope } = ground;
	const states = { base, ours, theirs };
	const planned = await planStates(deps, scope, states, decisions);
	if (request.dryRun === true)
		return {
			outcome: "planned",
			preview: previewOf(deps, request, ground, planned),
		};
	const detail = detailOf(deps, caller, catalog, request, ground);
	const { plan } = planned;
	if (plan.outcome === "conflicted")
		return keepConflicts(deps, ground, detail, plan.conflicts);
	if (
		request.fastForward === "only" &&
		!ground.isFastForward &&
		plan.changes.length > 0
	)
		throw notForward(request);
	announce(plan);
	return complete(deps, ground, { ...planned, plan }, detail);
}

function detailOf(
	deps: CatalogDeps,
	{ principal }: MergeCaller,
	catalog: string,
	request: MergeRequest,
	{ theirs, baseCommit }: MergeGround,
): MergeDetail {
	return {
		catalog,
		source: request.source,
		sourceState: theirs,
		target: request.target,
		strategy: request.strategy ?? "AutoMerge",
		squash: request.squash ?? false,
		fastForward: request.fastForward ?? null,
		message: request.message ?? null,
		baseCommit,
		initiatedBy: principal.id,
		initiatedAt: isoNow(deps),
		completedAt: null,
		resultCommit: null,
		conflicts: 0,
	};
}

export function isoNow(deps: Pick<CatalogDeps, "clock">): string {
	return new Date(deps.clock()).toISOString();
}

function notForward({ source, target }: MergeRequest): PangolinError {
	return new PangolinError(
		"commit-conflict",
		`Cannot fast-forward: ${target} was changed since ${source} left it; rebase ${source}, or merge without fast_forward`,
	);
}

function previewOf(
	deps: CatalogDeps,
	{ source, target }: MergeRequest,
	{ baseCommit, isFastForward }: MergeGround,
	{ plan }: PlannedStates,
): MergePreview {
	const changes = plan.outcome === "merged" ? plan.changes : [];
	const conflicts = plan.outcome === "conflicted" ? plan.conflicts : [];
	const now = isoNow(deps);
	return {
		dry_run: true,
		status: plan.outcome === "merged" ? "Ready" : "Conflicted",
		source_branch: source,
		target_branch: target,
		base_commit_id: baseCommit,
		fast_forward: isFastForward,
		changes: changes.map(plannedChange),
		conflicts: conflicts.map((each) => conflictResult(null, each, now)),
	};
}

async function keepConflicts(
	deps: CatalogDeps,
	{ scope }: MergeGround,
	detail: MergeDetail,
	conflicts: readonly MergeConflict[],
): Promise<MergeOutcome | undefined> {
	const operation = newOperation(deps, scope.located.catalog, "Conflicted");
	const { id, tenant } = operation;
	const kept = { ...detail, conflicts: conflicts.length };
	const conflicted = conflictedResult(detail, id, conflicts.length);
	const isApplied = await applyRefChange(deps, scope, {
		changes: [
			insertOperation(operation, kept),
			...conflicts.map((conflict) =>
				insertConflict(tenant, id, conflict, detail.initiatedAt),
			),
		],
		answer: { kind: "json", status: 409, body: JSON.stringify(conflicted) },
		result: undefined,
	});
	return isApplied ? { outcome: "conflicted", conflicted } : undefined;
}

export function conflictedResult(
	{ source, target }: Pick<MergeDetail, "source" | "target">,
	id: MergeOperationId,
	conflicts: number,
): ConflictedResult {
	const many = conflicts === 1 ? "1 conflict" : `${conflicts} conflicts`;
	return {
		status: "conflicted",
		operation_id: id,
		conflicts,
		message: `The merge of ${source} into ${target} has ${many}: list them at /api/v1/merge-operations/${id}/conflicts, resolve each, then complete the merge`,
	};
}

function newOperation(
	deps: CatalogDeps,
	catalog: {
		readonly tenant: MergeOperation["tenant"];
		readonly id: MergeOperation["catalog"];
	},
	status: MergeOperation["status"],
): Omit<MergeOperation, "detail"> {
	const { tenant } = catalog;
	return { id: brandId(deps.newUuid()), tenant, catalog: catalog.id, status };
}

/** A plan without conflicts, and how it came about. */
export interface MergedStates extends PlannedStates {
	readonly plan: Mergeable;
}

async function complete(
	deps: CatalogDeps,
	ground: MergeGround,
	planned: MergedStates,
	open: MergeDetail,
): Promise<MergeOutcome | undefined> {
	const { catalog } = ground.scope.located;
	const operation = newOperation(deps, catalog, "Completed");
	const id = commitFor(deps, planned, open);
	const detail = { ...open, completedAt: isoNow(deps), resultCommit: id };
	const result = mergeResult({ ...operation, detail: "" }, detail, []);
	const isApplied = await conclude(deps, ground, planned, {
		...open,
		id,
		answer: { kind: "json", body: JSON.stringify(result) },
		records: [insertOperation(operation, detail)],
	});
	return isApplied ? { outcome: "completed", operation: result } : undefined;
}

/**
 * The id of a merge's commit; null: it makes none, because the source has
 * nothing new. What it has and the target does not take (it has the same, or a
 * conflict was decided so) is worth a commit: it does not come up again.
 */
export function commitFor(
	deps: Pick<CatalogDeps, "newUuid">,
	{ plan, compared }: MergedStates,
	{ squash }: Pick<MergeDetail, "squash">,
): CommitId | null {
	const isNothing =
		plan.changes.length === 0 &&
		(squash || diffKeys(compared.base, compared.theirs).length === 0);
	return isNothing ? null : brandId(deps.newUuid());
}

export interface Conclusion
	extends Pick<MergeDetail, "source" | "target" | "squash" | "fastForward"> {
	readonly id: CommitId | null;
	/** The operation as it is afterwards. */
	readonly records: readonly RecordChange[];
	readonly answer: RecordedAnswer;
}

/** @returns whether it was applied; false: something was changed meanwhile */
export function conclude(
	deps: CatalogDeps,
	{ scope, versions, ours, theirs }: MergeGround,
	{ plan, compared }: MergedStates,
	conclusion: Conclusion,
): Promise<boolean> {
	const { id, records, answer, source, target, squash } = conclusion;
	if (id === null)
		return applyRefChange(deps, scope, {
			changes: records,
			answer,
			result: undefined,
		});
	return applyPlan(deps, scope, {
		plan,
		versions,
		at: ours,
		target: compared.ours,
		id,
		guards: conclusion.fastForward === null ? [] : [headAt(scope, ours)],
		mergedParents: squash ? [] : [theirs],
		message: `merge ${source} into ${target}`,
		answer,
		records,
	});
}

/** The branch still shows this; its line may not have begun yet. */
function headAt({ located: { ref } }: Scope, { line, number }: State): Guard {
	const head = line === ref.line ? number : 0;
	return { op: "requireHead", tenant: ref.tenant, line: ref.line, head };
}
