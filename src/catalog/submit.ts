import { PangolinError } from "../model/errors.ts";
import {
	brandId,
	type CommitId,
	type JobId,
	type TenantId,
} from "../model/ids.ts";
import type {
	ApplyResult,
	Change,
	ClaimChange,
	EntryChange,
	Guard,
	RecordChange,
	Refusal,
} from "../store/changes.ts";
import { StoreUnavailable } from "../store/contract.ts";
import type { MergedParent } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { IdempotencyRace, type RecordedAnswer } from "./idempotencySlot.ts";
import type { JobKind, JobPayloads } from "./jobs.ts";
import type { Scope } from "./scope.ts";

/** One commit of a line with all that must happen together with it. */
export interface Mutation {
	/** Id of the commit, where the caller must know it before. */
	readonly id?: CommitId | undefined;
	/** False: the commit is on a line that the branch is about to get. */
	readonly isOfBranch?: boolean | undefined;
	/** What the commit takes in beside the line's previous number. */
	readonly mergedParents?: readonly MergedParent[] | undefined;
	readonly entries: readonly EntryChange[];
	readonly claims?: readonly ClaimChange[] | undefined;
	readonly jobs?: readonly RecordChange[] | undefined;
	/** Checks of what the mutation was decided by, beside its entries. */
	readonly guards?: readonly Guard[] | undefined;
	/** Rows that change together with the commit. */
	readonly records?: readonly RecordChange[] | undefined;
	/** Message of the commit unless the caller gave one. */
	readonly message: string;
	/** What the idempotency record keeps of the answer. */
	readonly answer: RecordedAnswer;
}

/** `unknown` is no outcome here: it is found out, or thrown. */
export type Submission = { readonly outcome: "applied" } | Refused;

export interface Refused {
	readonly outcome: "refused";
	readonly reason: Refusal;
	readonly change: Change;
	/** Which entry of an `advance` refused; undefined: none of them. */
	readonly entry: EntryChange | undefined;
}

/** How many commits are searched for one whose reply was lost. */
const SEARCHED_COMMITS = 500;

/**
 * Applies a mutation as one change set. `refused` is proof that nothing
 * happened. When the reply is lost, the line's own history tells: our commit in
 * it means applied; its absence proves nothing, because the write may still be
 * on its way.
 * @throws PangolinError `commit-state-unknown`; StoreUnavailable (`not-applied`)
 *   when it is proved that nothing happened; IdempotencyRace
 */
export async function submit(
	deps: CatalogDeps,
	scope: Scope,
	mutation: Mutation,
): Promise<Submission> {
	const id: CommitId = mutation.id ?? brandId(deps.newUuid());
	const changes = changesOf(deps, scope, mutation, id);
	const result = await applyOrFind(deps, scope, changes, id);
	if (result.outcome === "refused") {
		const change = changes[result.at.change];
		if (change === undefined) throw new Error("a refusal at no change");
		if (isIdempotencyRecord(change)) throw new IdempotencyRace();
		const entry =
			change.op === "advance"
				? change.entries[result.at.entry ?? -1]
				: undefined;
		return { outcome: "refused", reason: result.reason, change, entry };
	}
	scope.slot?.applied();
	if (mutation.jobs !== undefined && mutation.jobs.length > 0) deps.kickJobs();
	return { outcome: "applied" };
}

/** The idempotency record comes first: a repetition must be refused as one. */
function changesOf(
	deps: CatalogDeps,
	scope: Scope,
	mutation: Mutation,
	id: CommitId,
): Change[] {
	const { principal, located } = scope;
	return [
		...(scope.slot?.record(mutation.answer) ?? []),
		...(mutation.guards ?? []),
		{
			op: "advance",
			tenant: principal.tenant,
			catalog: located.catalog.id,
			line: located.ref.line,
			...(mutation.isOfBranch === false ? {} : { branch: located.ref.name }),
			commit: {
				id,
				mergedParents: mutation.mergedParents ?? [],
				author: principal.id,
				authorName: principal.name,
				message: scope.message ?? mutation.message,
			},
			nowMicros: deps.clock() * 1000,
			entries: mutation.entries,
		},
		...(mutation.claims ?? []),
		...(mutation.records ?? []),
		...(mutation.jobs ?? []),
	];
}

async function applyOrFind(
	deps: CatalogDeps,
	scope: Scope,
	changes: readonly Change[],
	id: CommitId,
): Promise<ApplyResult> {
	try {
		return await deps.store.apply(changes);
	} catch (error) {
		if (!(error instanceof StoreUnavailable) || error.outcome !== "unknown")
			throw error;
		if (await isInHistory(deps, scope, id, error))
			return { outcome: "applied", commits: [] };
		throw stateUnknown(error);
	}
}

async function isInHistory(
	deps: CatalogDeps,
	scope: Scope,
	id: CommitId,
	lost: StoreUnavailable,
): Promise<boolean> {
	try {
		const newest = await deps.store.commits.commits(
			scope.principal.tenant,
			scope.located.ref.line,
			{ limit: SEARCHED_COMMITS },
		);
		return newest.some((commit) => commit.id === id);
	} catch (error) {
		throw stateUnknown(new AggregateError([lost, error]));
	}
}

function stateUnknown(cause: unknown): PangolinError {
	return new PangolinError(
		"commit-state-unknown",
		"The store did not answer: the change may or may not have been made",
		{ cause },
	);
}

function isIdempotencyRecord(change: Change): boolean {
	return "collection" in change && change.collection === "idempotency";
}

/** Whether an error proves that a submitted change set had no effect. */
export function provesNoEffect(error: unknown): boolean {
	return (
		error instanceof IdempotencyRace ||
		(error instanceof StoreUnavailable && error.outcome === "not-applied")
	);
}

/**
 * Runs `attempt` until it answers; `undefined` means that somebody else was
 * faster and it must begin anew.
 * @throws PangolinError `commit-conflict` after `limits.commitAttempts`
 */
export async function untilDecided<Result>(
	deps: CatalogDeps,
	what: string,
	attempt: (retries: number) => Promise<Result | undefined>,
): Promise<Result> {
	for (let retries = 0; retries < deps.limits.commitAttempts; retries++) {
		if (retries > 1) await deps.wait(retries);
		const result = await attempt(retries);
		if (result !== undefined) return result;
	}
	throw new PangolinError(
		"commit-conflict",
		`Cannot commit: ${what} was changed by others at every attempt`,
	);
}

/** Their refusals are for the use case to explain. */
const OWN_CHANGES: ReadonlySet<Change["op"]> = new Set(["advance", "claim"]);

/** Whether a refusal means that something was changed that the mutation was decided by. */
export function isOutrun({ change, entry }: Refused): boolean {
	return entry !== undefined || !OWN_CHANGES.has(change.op);
}

/**
 * What a refusal means that no use case expects: the line is gone.
 * @throws PangolinError always
 */
export function refuseUnexpected(scope: Scope, refused: Refused): never {
	const { catalog, ref } = scope.located;
	if (refused.change.op === "advance" && refused.reason === "missing") {
		throw new PangolinError(
			"ref-not-found",
			`${catalog.name}@${ref.name} was deleted, renamed or rebased meanwhile: load it again`,
		);
	}
	throw new Error(`unexpected refusal: ${refused.reason}`);
}

export function newJob<Kind extends JobKind>(
	deps: Pick<CatalogDeps, "clock" | "newUuid">,
	tenant: TenantId,
	kind: Kind,
	payload: JobPayloads[Kind],
	runAfterMillis: number = deps.clock(),
): RecordChange {
	const id: JobId = brandId(deps.newUuid());
	return {
		op: "insert",
		collection: "job",
		value: {
			id,
			tenant,
			kind,
			payload: JSON.stringify(payload),
			runAfterMillis,
			attempts: 0,
			lastError: null,
			leaseOwner: null,
			leaseUntilMillis: 0,
		},
	};
}
