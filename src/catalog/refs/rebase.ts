import { PangolinError } from "../../model/errors.ts";
import { brandId, type CommitId, type LineId } from "../../model/ids.ts";
import type { RecordChange } from "../../store/changes.ts";
import { keyText, shownKeys } from "../../store/entryKeys.ts";
import type { Line, Ref, Versioned } from "../../store/records.ts";
import type { MergeConflict } from "../../versioning/mergeTypes.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { requireWritable, type Scope } from "../scope.ts";
import {
	type Announce,
	applyPlan,
	entriesOf,
	untilApplied,
} from "./applyPlan.ts";
import type { Compared, Rows } from "./comparing.ts";
import { requireKept } from "./history.ts";
import { isoNow } from "./merge.ts";
import { conflictResult, plannedChange } from "./mergeConflicts.ts";
import { expectedDecisions } from "./mergeDecisions.ts";
import { openBranch } from "./mergeGround.ts";
import { findAncestry, planStates } from "./mergePlanning.ts";
import type { MergeCaller, RebaseRequest } from "./mergeRequests.ts";
import type {
	ConflictedResult,
	ConflictResult,
	PlannedChange,
} from "./mergeResults.ts";
import { planClaims } from "./planClaims.ts";
import { commitOf, refMissing, requireState, type State } from "./states.ts";
import {
	applyRefChange,
	type CatalogVersions,
	collection,
	keyOf,
	requireRef,
	versionsOf,
} from "./writing.ts";

export type RebaseOutcome =
	| { readonly outcome: "rebased"; readonly rebased: RebaseResult }
	| {
			readonly outcome: "conflicted";
			readonly conflicted: RebaseConflicted;
	  };

export interface RebaseResult {
	readonly status: "rebased" | "up-to-date" | "planned";
	readonly name: string;
	readonly onto: string;
	/** Null before the catalog's first commit, and of a plan. */
	readonly head_commit_id: string | null;
	/** Of a plan: what the branch would have that `onto` has not. */
	readonly changes?: readonly PlannedChange[];
}

/** A rebase is not kept: the request is made again, with what it decides. */
export interface RebaseConflicted extends ConflictedResult {
	readonly details: readonly ConflictResult[];
}

/**
 * Makes a branch what it would be had it been made of `onto` now: what it
 * changed since it left is one commit on a fresh line, to which the branch then
 * points.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request`
 *   (`main`), `forbidden` (protected, a tag), and what `applyPlan` throws
 */
export async function rebaseBranch(
	deps: CatalogDeps,
	caller: MergeCaller,
	catalog: string,
	request: RebaseRequest,
): Promise<RebaseOutcome> {
	const { name, onto = MAIN_BRANCH } = request;
	if (name === MAIN_BRANCH || name === onto) {
		throw new PangolinError(
			"bad-request",
			name === MAIN_BRANCH
				? `Branch ${MAIN_BRANCH} cannot be rebased: others are based on it`
				: `Branch ${name} cannot be rebased on itself`,
		);
	}
	const outcome = await untilApplied(deps, name, (announce) =>
		attempt(deps, caller, catalog, { ...request, onto }, announce),
	);
	deps.kickJobs();
	return outcome;
}

/** What a rebase is planned on. */
interface Ground {
	readonly versions: CatalogVersions;
	readonly scope: Scope;
	readonly ref: Versioned<Ref>;
	readonly oldLine: Line;
	/** What the branch shows. */
	readonly theirs: State;
	/** What it is to be based on. */
	readonly ours: State;
}

async function openRebase(
	deps: CatalogDeps,
	caller: MergeCaller,
	catalog: string,
	{ name, onto, message }: RebaseRequest & { readonly onto: string },
): Promise<Ground> {
	const { tenant } = caller.principal;
	const versions = await versionsOf(deps, tenant, catalog);
	const from = { ...caller, message: message ?? caller.message };
	const scope = await openBranch(deps, from, catalog, name);
	requireWritable(scope);
	const ref = await requireRef(deps, versions.catalog.value, name, "branch");
	const oldLine = await deps.store.refs.line(tenant, ref.value.line);
	if (oldLine === undefined) throw refMissing(catalog, name);
	const theirs = { line: oldLine.id, number: oldLine.head };
	const ours = await requireState(deps, tenant, catalog, onto);
	return { versions, scope, ref, oldLine, theirs, ours };
}

async function attempt(
	deps: CatalogDeps,
	caller: MergeCaller,
	catalog: string,
	request: RebaseRequest & { readonly onto: string },
	announce: Announce,
): Promise<RebaseOutcome | undefined> {
	const { tenant } = caller.principal;
	const ground = await openRebase(deps, caller, catalog, request);
	const { ours, theirs, scope } = ground;
	const ancestry = await findAncestry(deps, tenant, ours, theirs);
	const { base } = ancestry;
	await requireKept(deps, ground.versions.catalog.value, base, request.name);
	if (ancestry.isFastForward)
		return rebased(deps, request, "up-to-date", ground.theirs, scope);
	const { strategy = "AutoMerge", resolutions } = request;
	const decisions = expectedDecisions(strategy, resolutions);
	const states = { base, ours, theirs };
	const { plan, compared } = await planStates(
		deps,
		scope,
		states,
		decisions,
		(all) => seenBy(ground.oldLine, all),
	);
	if (plan.outcome === "conflicted")
		return conflicted(deps, request, plan.conflicts);
	if (request.dryRun === true)
		return planned(request, plan.changes.map(plannedChange));
	announce(plan);
	const fresh = freshLine(deps, ground);
	const hasChanges = plan.changes.length > 0;
	const id: CommitId = brandId(deps.newUuid());
	const outcome: RebaseOutcome = hasChanges
		? resultOf(request, "rebased", id)
		: await rebased(deps, request, "rebased", ours, scope);
	const collecting = await collection(deps, ground.ref.value);
	const moved = { outcome, fresh, ground, collecting };
	const isApplied = hasChanges
		? await applyPlan(deps, onLine(scope, fresh), {
				plan,
				versions: ground.versions,
				at: ours,
				target: compared.ours,
				shownBefore: compared.theirs,
				id,
				mergedParents: [],
				isOfBranch: false,
				message: `rebase ${request.name} onto ${request.onto}`,
				...moveOf(moved),
			})
		: await applyMove(deps, moved, compared);
	return isApplied ? outcome : undefined;
}

/** What the fresh line of a partial branch hides is nothing to it, on any side. */
function seenBy({ id, filter }: Line, compared: Compared): Compared {
	if (filter === null) return compared;
	const shown = new Set([...shownKeys(filter)].map(keyText));
	const rowsOf = (rows: Rows): Rows =>
		new Map(
			[...rows].filter(
				([key, { version }]) => shown.has(key) || version.line === id,
			),
		);
	const { base, ours, theirs } = compared;
	return { base: rowsOf(base), ours: rowsOf(ours), theirs: rowsOf(theirs) };
}

/** The commit of a scope goes to its ref's line. */
function onLine(scope: Scope, line: Line): Scope {
	const { located } = scope;
	return {
		...scope,
		located: { ...located, ref: { ...located.ref, line: line.id } },
	};
}

function freshLine(deps: CatalogDeps, { oldLine, ours }: Ground): Line {
	const { tenant, catalog, filter } = oldLine;
	const id: LineId = brandId(deps.newUuid());
	const head = { head: 0, headTimeMicros: 0 };
	return { id, tenant, catalog, parent: ours, filter, ...head };
}

interface Move {
	readonly outcome: RebaseOutcome;
	readonly fresh: Line;
	readonly ground: Ground;
	/** Removes the old line, which the branch does not need any more. */
	readonly collecting: RecordChange;
}

/** The fresh line, and the branch that points to it if nobody has committed to the old one. */
function moveOf({
	outcome,
	fresh,
	ground: { ref, oldLine },
	collecting,
}: Move) {
	const { tenant, id: line, head } = oldLine;
	const guards = [
		{ op: "requireHead", tenant, line, head } as const,
		{ op: "insert", collection: "line", value: fresh } as const,
	];
	const records: RecordChange[] = [
		{
			op: "update",
			collection: "ref",
			key: keyOf(ref.value),
			value: { ...ref.value, line: fresh.id },
			ifVersion: ref.version,
		},
		collecting,
	];
	const body = JSON.stringify(
		outcome.outcome === "rebased" ? outcome.rebased : outcome.conflicted,
	);
	return { guards, records, answer: { kind: "json", body } as const };
}

/** Without a commit: the branch has nothing that `onto` has not. */
async function applyMove(
	deps: CatalogDeps,
	move: Move,
	{ ours, theirs }: Compared,
): Promise<boolean> {
	const { scope, versions } = move.ground;
	const claims = await planClaims(deps, scope, versions, {
		before: entriesOf(theirs),
		after: entriesOf(ours),
	});
	const { guards, records, answer } = moveOf(move);
	return applyRefChange(deps, scope, {
		changes: [...claims.guards, ...guards, ...records, ...claims.claims],
		answer,
		result: undefined,
	});
}

async function rebased(
	deps: CatalogDeps,
	request: RebaseRequest & { readonly onto: string },
	status: RebaseResult["status"],
	state: State,
	{ principal }: Scope,
): Promise<RebaseOutcome> {
	const head = await commitOf(deps, principal.tenant, state);
	return resultOf(request, status, head?.id ?? null);
}

function resultOf(
	{ name, onto }: RebaseRequest & { readonly onto: string },
	status: RebaseResult["status"],
	head: CommitId | null,
): RebaseOutcome {
	const rebased = { status, name, onto, head_commit_id: head };
	return { outcome: "rebased", rebased };
}

function planned(
	{ name, onto }: RebaseRequest & { readonly onto: string },
	changes: readonly PlannedChange[],
): RebaseOutcome {
	const plan = { status: "planned", name, onto, head_commit_id: null } as const;
	return { outcome: "rebased", rebased: { ...plan, changes } };
}

function conflicted(
	deps: CatalogDeps,
	{ name, onto }: RebaseRequest & { readonly onto: string },
	conflicts: readonly MergeConflict[],
): RebaseOutcome {
	const now = isoNow(deps);
	const details = conflicts.map((each) => conflictResult(null, each, now));
	const names = details.map(({ description }) => description).join("; ");
	return {
		outcome: "conflicted",
		conflicted: {
			status: "conflicted",
			operation_id: null,
			conflicts: conflicts.length,
			message: `The rebase of ${name} onto ${onto} has conflicts (${names}): rebase again with a strategy or resolutions`,
			details,
		},
	};
}
