import type { TableMetadata } from "../../iceberg/types.ts";
import type { AssetId, CommitId } from "../../model/ids.ts";
import { levelsOf } from "../../model/names.ts";
import type { EntryChange, Guard, RecordChange } from "../../store/changes.ts";
import { enclosingNamespace, keyText } from "../../store/entryKeys.ts";
import type {
	Entry,
	EntryKey,
	EntryRow,
	MergedParent,
} from "../../store/records.ts";
import type { MergeChange, MergePlan } from "../../versioning/mergeTypes.ts";
import { removalJobs } from "../applyPlans.ts";
import { clearTheWay } from "../claims.ts";
import type { CatalogDeps } from "../deps.ts";
import { namespaceMissing } from "../entries.ts";
import type { RecordedAnswer } from "../idempotencySlot.ts";
import {
	discardStaged,
	readMetadata,
	stageMetadata,
} from "../metadataFiles.ts";
import { TABLE } from "../metadataKinds.ts";
import type { StoredFile } from "../plans.ts";
import type { Scope } from "../scope.ts";
import {
	isOutrun,
	provesNoEffect,
	type Refused,
	refuseUnexpected,
	submit,
	untilDecided,
} from "../submit.ts";
import { asNextFile } from "../tablePlans.ts";
import type { Rows } from "./comparing.ts";
import { type ClaimPlan, planClaims } from "./planClaims.ts";
import type { State } from "./states.ts";
import type { CatalogVersions } from "./writing.ts";

export type Mergeable = Extract<
	MergePlan<TableMetadata>,
	{ outcome: "merged" }
>;

/** A plan, what it was made by, and what is to happen together with it. */
export interface PlannedMerge {
	readonly plan: Pick<Mergeable, "changes" | "requires">;
	/** Read before all states. */
	readonly versions: CatalogVersions;
	/** What the plan is for: `target` is what it shows under the plan's keys. */
	readonly at: State;
	readonly target: Rows;
	/** What the branch shows under these keys until now; absent: `target`. */
	readonly shownBefore?: Rows | undefined;
	readonly id: CommitId;
	readonly mergedParents: readonly MergedParent[];
	/** Message of the commit unless the caller gave one. */
	readonly message: string;
	readonly answer: RecordedAnswer;
	/** Come before the commit. */
	readonly guards?: readonly Guard[] | undefined;
	/** False: the commit is on a line that the branch gets by `records`. */
	readonly isOfBranch?: boolean | undefined;
	/** Come after the commit. */
	readonly records?: readonly RecordChange[] | undefined;
}

/** Said by an attempt when it has planned, before it applies the plan. */
export type Announce = (plan: Pick<Mergeable, "changes">) => void;

/**
 * As `untilDecided`, for plans: from the second attempt on, commits of this
 * server to what the last plan changes wait, so that they do not outrun it for ever.
 */
export function untilApplied<Result>(
	deps: CatalogDeps,
	what: string,
	attempt: (announce: Announce, retries: number) => Promise<Result | undefined>,
): Promise<Result> {
	let contended: readonly AssetId[] = [];
	const announce: Announce = ({ changes }) => {
		contended = changes.map(({ entry }) => entry.id);
	};
	return untilDecided(deps, what, (retries) =>
		deps.queue.run(contended, () => attempt(announce, retries)),
	);
}

/** A change of the plan with what the store needs of it. */
interface Step {
	readonly change: EntryChange;
	readonly staged: StoredFile<TableMetadata> | undefined;
	readonly jobs: readonly RecordChange[];
}

/**
 * Makes a plan true as one commit of the scope's line, whether the branch is
 * protected or not. It holds as long as nobody has changed a key that it writes
 * or relies upon; other commits are in nobody's way. Files that it writes are
 * deleted again only when it is proved that nothing points to them.
 * @returns whether it was applied; false: something of it was changed meanwhile
 * @throws PangolinError `commit-state-unknown`, `already-exists` and
 *   `location-busy` (folders of what is shown again), `file-not-found` (it was
 *   purged), `namespace-not-found` (a partial branch hides it),
 *   `ref-not-found`; IdempotencyRace
 */
export async function applyPlan(
	deps: CatalogDeps,
	scope: Scope,
	planned: PlannedMerge,
): Promise<boolean> {
	const { plan, target, shownBefore = target } = planned;
	const claims = await planClaims(deps, scope, planned.versions, {
		before: entriesOf(shownBefore),
		after: resultOf(target, plan.changes),
	});
	const steps = await prepareAll(deps, scope, planned);
	const relied = plan.requires.map((key) => requirement(target, key));
	try {
		const submission = await submit(deps, scope, {
			id: planned.id,
			isOfBranch: planned.isOfBranch,
			mergedParents: planned.mergedParents,
			entries: [...relied, ...steps.map(({ change }) => change)],
			guards: [...claims.guards, ...(planned.guards ?? [])],
			claims: claims.claims,
			records: planned.records,
			jobs: steps.flatMap(({ jobs }) => jobs),
			message: planned.message,
			answer: planned.answer,
		});
		if (submission.outcome === "refused") {
			await discard(deps, scope, steps);
			await explain(deps, scope, planned, claims, submission);
			return false;
		}
	} catch (error) {
		if (provesNoEffect(error)) await discard(deps, scope, steps);
		throw error;
	}
	for (const { staged } of steps)
		if (staged !== undefined)
			deps.metadata.put(staged.location, TABLE.cacheable(staged.file));
	return true;
}

export function* entriesOf(rows: Rows): Generator<Entry> {
	for (const { entry } of rows.values()) yield entry;
}

function resultOf(
	target: Rows,
	changes: readonly MergeChange<unknown>[],
): Iterable<Entry> {
	const result = new Map<string, Entry>();
	for (const { key, entry } of target.values()) result.set(keyText(key), entry);
	for (const { op, key, entry } of changes) {
		if (op === "drop") result.delete(keyText(key));
		else result.set(keyText(key), entry);
	}
	return result.values();
}

function rowOf(target: Rows, key: EntryKey): EntryRow {
	const row = target.get(keyText(key));
	if (row === undefined) throw new Error("a plan for what the target lacks");
	return row;
}

function requirement(target: Rows, key: EntryKey): EntryChange {
	return { op: "require", key, ifVersion: rowOf(target, key).version };
}

/** When one file cannot be written, those that could be are deleted again. */
async function prepareAll(
	deps: CatalogDeps,
	scope: Scope,
	{ plan, target }: PlannedMerge,
): Promise<Step[]> {
	const results = await Promise.allSettled(
		plan.changes.map((change) => prepare(deps, scope, target, change)),
	);
	const steps = results.flatMap((result) =>
		result.status === "fulfilled" ? [result.value] : [],
	);
	const failure = results.find((result) => result.status === "rejected");
	if (failure === undefined) return steps;
	await discard(deps, scope, steps);
	throw failure.reason;
}

async function prepare(
	deps: CatalogDeps,
	scope: Scope,
	target: Rows,
	change: MergeChange<TableMetadata>,
): Promise<Step> {
	const { op, key } = change;
	if (op === "drop") {
		const ifVersion = rowOf(target, key).version;
		return { change: { op, key, ifVersion }, staged: undefined, jobs: [] };
	}
	const { entry, staged, jobs } = await stageMerged(deps, scope, change);
	return {
		change:
			op === "create"
				? { op, key, entry }
				: { op, key, entry, ifVersion: rowOf(target, key).version },
		staged,
		jobs,
	};
}

/** Writes the metadata that both sides made; it follows the target's file. */
async function stageMerged(
	deps: CatalogDeps,
	scope: Scope,
	{ entry, content }: Exclude<MergeChange<TableMetadata>, { op: "drop" }>,
): Promise<Pick<Step, "staged" | "jobs"> & { readonly entry: Entry }> {
	if (content === undefined || entry.kind !== "table")
		return { entry, staged: undefined, jobs: [] };
	const previous = await readMetadata(deps, scope, TABLE, entry);
	const nowMillis = Math.max(deps.clock(), content["last-updated-ms"]);
	const { metadata, removedFiles } = asNextFile(
		{ ...content, "last-updated-ms": nowMillis },
		previous,
	);
	const staged = await stageMetadata(deps, scope, TABLE, {
		asset: entry.id,
		metadata,
		previousLocation: previous.metadataLocation,
	});
	return {
		entry: { ...entry, metadataLocation: staged.location },
		staged,
		jobs: removalJobs(deps, scope, entry.id, removedFiles),
	};
}

async function discard(
	deps: CatalogDeps,
	scope: Scope,
	steps: readonly Step[],
): Promise<void> {
	const staged = steps.flatMap((step) => step.staged ?? []);
	if (staged.length > 0) await discardStaged(deps, scope, staged);
}

/** Throws what another plan would not cure. */
async function explain(
	deps: CatalogDeps,
	scope: Scope,
	{ at }: PlannedMerge,
	{ wanted }: ClaimPlan,
	refused: Refused,
): Promise<void> {
	const { change, entry, reason } = refused;
	if (change.op === "claim") {
		for (const folders of wanted) await clearTheWay(deps, scope, folders);
		return;
	}
	if (!isOutrun(refused)) return refuseUnexpected(scope, refused);
	if (entry?.op !== "create" || reason !== "missing") return;
	const namespace = enclosingNamespace(entry.key);
	if (namespace === undefined) return;
	const { tenant } = scope.principal;
	const row = await deps.store.entries.get({ tenant, ...at }, namespace);
	if (row === undefined) throw namespaceMissing(levelsOf(entry.key.parent));
}
