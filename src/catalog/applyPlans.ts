import { compressIfNamed } from "../iceberg/metadataFile.ts";
import { bytesOf } from "../model/bytes.ts";
import { PangolinError } from "../model/errors.ts";
import type { AssetId } from "../model/ids.ts";
import { levelsOf } from "../model/names.ts";
import type {
	ClaimChange,
	EntryChange,
	RecordChange,
} from "../store/changes.ts";
import type { EntryKey } from "../store/records.ts";
import {
	claimChanges,
	clearTheWay,
	requireForeignFolderFree,
	type WantedFolders,
} from "./claims.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findObject,
	namespaceMissing,
	nameTaken,
	objectKey,
} from "./entries.ts";
import type { RecordedAnswer } from "./idempotencySlot.ts";
import { refuseLinks } from "./locationRules.ts";
import type { Cached } from "./metadataCache.ts";
import { discardStaged, requireFile, stageMetadata } from "./metadataFiles.ts";
import type { Metadata, MetadataKind } from "./metadataKinds.ts";
import type { Changed, Plan, StoredFile } from "./plans.ts";
import type { Scope } from "./scope.ts";
import {
	isOutrun,
	newJob,
	provesNoEffect,
	type Refused,
	refuseUnexpected,
	submit,
} from "./submit.ts";

export interface PlannedCommit<M extends Metadata> {
	readonly kind: MetadataKind<M>;
	readonly plans: readonly Plan<M>[];
	readonly message: string;
	/** What the idempotency record keeps, given the files in the plans' order. */
	answerOf(files: readonly Cached<M>[]): RecordedAnswer;
}

/** A plan with everything that its change set needs. */
interface Step<M extends Metadata> {
	readonly plan: Plan<M>;
	readonly file: Cached<M>;
	readonly entries: readonly EntryChange[];
	readonly claims: readonly ClaimChange[];
	readonly jobs: readonly RecordChange[];
	/** Written for this attempt; undefined: nothing was. */
	readonly staged: StoredFile<M> | undefined;
	readonly location: string;
}

/**
 * Makes plans true, all or none: writes the metadata files, then applies one
 * change set. Staged files are deleted again only when it is proved that
 * nothing points to them.
 * @returns the files in the order of the plans; undefined when somebody else
 *   was faster and the plans must be made anew
 */
export async function applyPlans<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	commit: PlannedCommit<M>,
): Promise<Cached<M>[] | undefined> {
	const steps = await prepareAll(deps, scope, commit);
	const files = steps.map(({ file }) => file);
	const answer = commit.answerOf(files);
	if (!commit.plans.some(({ changes }) => changes)) {
		scope.slot?.record(answer);
		return files;
	}
	try {
		const submission = await submit(deps, scope, {
			entries: steps.flatMap(({ entries }) => entries),
			claims: steps.flatMap(({ claims }) => claims),
			guards: commit.plans.flatMap(guardsOf),
			jobs: steps.flatMap(({ jobs }) => jobs),
			message: commit.message,
			answer,
		});
		if (submission.outcome === "refused") {
			await discardSteps(deps, scope, steps);
			await explain(deps, scope, commit, submission);
			return undefined;
		}
	} catch (error) {
		if (provesNoEffect(error)) await discardSteps(deps, scope, steps);
		throw error;
	}
	for (const step of steps) await settle(deps, scope, commit.kind, step);
	return files;
}

/** When one file cannot be written, those that could be are deleted again. */
async function prepareAll<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	{ kind, plans }: PlannedCommit<M>,
): Promise<Step<M>[]> {
	const wanted: WantedFolders[] = [];
	for (const plan of plans)
		wanted.push(await foldersOf(deps, scope, kind, plan));
	const results = await Promise.allSettled(
		plans.map((plan, i) => prepare(deps, scope, kind, plan, wanted[i])),
	);
	const steps = results.flatMap((result) =>
		result.status === "fulfilled" ? [result.value] : [],
	);
	const failure = results.find((result) => result.status === "rejected");
	if (failure === undefined) return steps;
	await discardSteps(deps, scope, steps);
	throw failure.reason;
}

/**
 * Before anything is written: a purge of the same folder would take it away. A
 * file that was read before such a purge ended may be gone with it.
 */
async function foldersOf<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	plan: Plan<M>,
): Promise<WantedFolders> {
	const wanted = wantedBy(kind, plan);
	if (!plan.changes || !plan.isLocationChosen || wanted.folders.length === 0)
		return wanted;
	await refuseLinks(scope.storage, wanted.folders);
	const yielding = await clearTheWay(deps, scope, wanted);
	if (plan.existing !== undefined) {
		const { location } = plan.existing;
		const own = plan.before ? [plan.asset, plan.before.asset] : [plan.asset];
		await requireForeignFolderFree(deps, location, own);
		await requireFile(scope.storage, location);
	}
	return { ...wanted, yielding };
}

function wantedBy<M extends Metadata>(
	kind: MetadataKind<M>,
	plan: Plan<M>,
): WantedFolders {
	return plan.changes
		? {
				folders: plan.folders,
				asset: plan.asset,
				uuid: kind.uuidOf(plan.metadata),
			}
		: { folders: [], asset: plan.base.file.asset, uuid: "" };
}

async function prepare<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	plan: Plan<M>,
	wanted: WantedFolders | undefined,
): Promise<Step<M>> {
	const key = objectKey(plan.identifier);
	if (!plan.changes) {
		const { row, file } = plan.base;
		return {
			plan,
			file,
			entries: [{ op: "require", key, ifVersion: row.version }],
			claims: [],
			jobs: [],
			staged: undefined,
			location: row.entry.metadataLocation,
		};
	}
	const staged =
		plan.existing === undefined
			? await stageMetadata(deps, scope, kind, {
					asset: plan.asset,
					metadata: plan.metadata,
					previousLocation: plan.base?.file.metadataLocation,
				})
			: undefined;
	const stored = plan.existing ?? staged;
	if (stored === undefined) throw new Error("a change without a file");
	return {
		plan,
		file: stored.file,
		entries: entriesOf(kind, plan, key, stored),
		claims: [
			...(plan.before?.claims ?? []),
			...(wanted === undefined ? [] : claimChanges(scope, wanted)),
		],
		jobs: removalJobs(deps, scope, plan.asset, plan.removedFiles),
		staged,
		location: stored.location,
	};
}

function entriesOf<M extends Metadata>(
	kind: MetadataKind<M>,
	plan: Changed<M>,
	key: EntryKey,
	stored: StoredFile<M>,
): EntryChange[] {
	const entry = {
		kind: kind.kind,
		id: plan.asset,
		uuid: kind.uuidOf(plan.metadata),
		metadataLocation: stored.location,
	};
	const before = plan.before === undefined ? [] : [plan.before.entry];
	return plan.base === undefined
		? [...before, { op: "create", key, entry }]
		: [
				...before,
				{ op: "replace", key, entry, ifVersion: plan.base.row.version },
			];
}

function guardsOf<M extends Metadata>(plan: Plan<M>): readonly RecordChange[] {
	if (!plan.changes) return [];
	return [...(plan.guards ?? []), ...(plan.before?.guards ?? [])];
}

/** For metadata files that fell out of an asset's log. */
export function removalJobs(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
	removedFiles: readonly string[] = [],
): RecordChange[] {
	const { warehouse } = scope.located;
	if (removedFiles.length === 0 || warehouse === null) return [];
	return [
		newJob(deps, scope.principal.tenant, "remove-metadata", {
			asset,
			warehouse: { id: warehouse.id, name: warehouse.name },
			metadataLocations: removedFiles.map((location) =>
				scope.storage.canonical(location),
			),
		}),
	];
}

async function discardSteps<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	steps: readonly Step<M>[],
): Promise<void> {
	const staged = steps.flatMap((step) => step.staged ?? []);
	if (staged.length > 0) await discardStaged(deps, scope, staged);
}

/** Throws what another attempt would not cure. */
async function explain<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	{ kind, plans }: PlannedCommit<M>,
	refused: Refused,
): Promise<void> {
	const { change, entry, reason } = refused;
	if (change.op === "claim") {
		for (const plan of plans)
			await clearTheWay(deps, scope, wantedBy(kind, plan));
		return;
	}
	if (!isOutrun(refused)) return refuseUnexpected(scope, refused);
	if (entry?.op !== "create") return;
	const identifier = {
		namespace: levelsOf(entry.key.parent),
		name: entry.key.name,
	};
	if (reason === "missing") throw namespaceMissing(identifier.namespace);
	const row = await findObject(deps, scope, identifier);
	if (row !== undefined) throw nameTaken(kind.kind, identifier, row);
}

/** After success: the new file is what the next load and commit want. */
async function settle<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	{ plan, file, staged, location }: Step<M>,
): Promise<void> {
	if (!plan.changes) return;
	deps.metadata.put(location, kind.cacheable(file));
	if (plan.base !== undefined)
		deps.metadata.forget(plan.base.row.entry.metadataLocation);
	if (staged !== undefined && plan.isLocationChosen && plan.folders.length > 0)
		await restoreIfPurged(scope, kind, plan, staged);
}

/**
 * A purge that began and ended between our look at the claims and our own claim
 * may have taken the file away. Now that the folder is ours it stays.
 */
async function restoreIfPurged<M extends Metadata>(
	scope: Scope,
	kind: MetadataKind<M>,
	plan: Changed<M>,
	staged: StoredFile<M>,
): Promise<void> {
	try {
		if (await scope.storage.exists(staged.location)) return;
		const text = bytesOf(kind.pieces(plan.metadata));
		const bytes = compressIfNamed(staged.location, text);
		await scope.storage.write(staged.location, bytes);
	} catch (cause) {
		// What passes before an effect (503, 4xx) would make clients repeat it, or delete their files.
		throw new PangolinError(
			"commit-state-unknown",
			"The change was made, but its metadata file could not be looked for",
			{ cause },
		);
	}
}
