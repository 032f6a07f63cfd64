import { mergeTableMetadata } from "../../iceberg/merge/mergeTable.ts";
import { sameJson } from "../../iceberg/sameJson.ts";
import type { TableMetadata } from "../../iceberg/types.ts";
import { assert } from "../../model/errors.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import type { ContentMerge } from "../../model/mergeConflict.ts";
import type { Store } from "../../store/contract.ts";
import type {
	EntryRow,
	IcebergEntry,
	Merge,
	MergedParent,
} from "../../store/records.ts";
import {
	canonicalPosition,
	findMergeBase,
	type LoadStretch,
} from "../../versioning/mergeBase.ts";
import type {
	MergeInput,
	MergePlan,
	Resolution,
} from "../../versioning/mergeTypes.ts";
import { planMerge } from "../../versioning/planMerge.ts";
import type { CatalogDeps } from "../deps.ts";
import type { Cached } from "../metadataCache.ts";
import { readMetadata } from "../metadataFiles.ts";
import { type Metadata, TABLE, VIEW } from "../metadataKinds.ts";
import type { Scope } from "../scope.ts";
import {
	type Compared,
	compareStates,
	type Rows,
	type ThreeStates,
} from "./comparing.ts";
import type { Decisions } from "./mergeDecisions.ts";
import { requireNamed } from "./namedAssets.ts";
import type { State } from "./states.ts";

export interface PlannedStates {
	readonly compared: Compared;
	readonly plan: MergePlan<TableMetadata>;
}

/** Two states of one catalog on the graph of its commits. */
export interface Ancestry {
	/** Where they parted. */
	readonly base: State;
	/** `ours` is where they parted: only `theirs` has gone on. */
	readonly isFastForward: boolean;
}

export async function findAncestry(
	{ store }: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	ours: State,
	theirs: State,
): Promise<Ancestry> {
	const load: LoadStretch = async ({ line, number }) => ({
		merge: await keptMerge(store, tenant, line, number),
		fork: (await store.refs.line(tenant, line))?.parent ?? null,
	});
	const base = await findMergeBase(load, ours, theirs);
	assert(base !== undefined, "the states of one catalog have a beginning");
	const { line, number } = await canonicalPosition(load, ours);
	return { base, isFastForward: base.line === line && base.number === number };
}

/** With what can still be read of what it took in: nothing can be based on the rest. */
async function keptMerge(
	{ commits, history }: Pick<Store, "commits" | "history">,
	tenant: TenantId,
	line: LineId,
	atOrBelow: number,
): Promise<Merge | null> {
	const merge = await commits.newestMerge(tenant, line, atOrBelow);
	if (merge === undefined) return null;
	const mergedParents: MergedParent[] = [];
	for (const parent of merge.mergedParents)
		if (await history.isKept(tenant, parent.line, parent.number))
			mergedParents.push(parent);
	return { ...merge, mergedParents };
}

/**
 * Plans the merge of `theirs` into `ours`. Reads what was changed on either
 * side since the base, and the metadata of what both sides changed.
 * @param scope any of the catalog
 * @param see what of the three states counts; default: all
 * @throws PangolinError `file-not-found`; `bad-request` for a decision on what neither side has
 */
export async function planStates(
	deps: CatalogDeps,
	scope: Scope,
	states: ThreeStates,
	decisions: Decisions,
	see: (compared: Compared) => Compared = (compared) => compared,
): Promise<PlannedStates> {
	const { tenant } = scope.principal;
	const compared = see(await compareStates(deps, tenant, states));
	await requireNamed(deps, scope, states, compared, decisions.named);
	const files = await changedOnBothSides(deps, scope, compared);
	const input = {
		...compared,
		mergeContent: (
			base: IcebergEntry | undefined,
			ours: IcebergEntry,
			theirs: IcebergEntry,
		) => mergeContent(files, base, ours, theirs),
	};
	return { compared, plan: planDecided(input, decisions) };
}

/** What was decided on a single conflict goes before the strategy of the merge. */
function planDecided(
	input: Omit<MergeInput<TableMetadata>, "strategy" | "resolutions">,
	{ strategy, on }: Decisions,
): MergePlan<TableMetadata> {
	const resolutions = new Map<string, Resolution<TableMetadata>>();
	const finding = strategy === "Manual" ? strategy : "AutoMerge";
	for (;;) {
		const plan = planMerge({ ...input, strategy: finding, resolutions });
		if (plan.outcome === "merged") return plan;
		const decided = plan.conflicts
			.filter(({ id }) => !resolutions.has(id))
			.flatMap((conflict) => {
				const resolution = on(conflict);
				return resolution ? [[conflict.id, resolution] as const] : [];
			});
		for (const [id, resolution] of decided) resolutions.set(id, resolution);
		if (decided.length === 0)
			return finding === strategy
				? plan
				: planMerge({ ...input, strategy, resolutions });
	}
}

/** Metadata files by location. */
type Files = ReadonlyMap<string, Cached<Metadata>>;

async function changedOnBothSides(
	deps: CatalogDeps,
	scope: Scope,
	{ base, ours, theirs }: Compared,
): Promise<Files> {
	const [before, other] = [icebergById(base), icebergById(theirs)];
	const needed = new Map<string, IcebergEntry>();
	for (const [id, entry] of icebergById(ours)) {
		const [old, its] = [before.get(id), other.get(id)];
		if (its === undefined) continue;
		const located = old === undefined ? [entry, its] : [old, entry, its];
		const locations = located.map(({ metadataLocation }) => metadataLocation);
		if (new Set(locations).size !== located.length) continue;
		for (const version of located)
			needed.set(version.metadataLocation, version);
	}
	const files = await Promise.all(
		[...needed].map(
			async ([location, entry]) =>
				[location, await fileOf(deps, scope, entry)] as const,
		),
	);
	return new Map(files);
}

function icebergById(rows: Rows): Map<string, IcebergEntry> {
	return new Map(
		[...rows.values()].flatMap(({ entry }: EntryRow) =>
			entry.kind === "table" || entry.kind === "view"
				? [[entry.id, entry] as const]
				: [],
		),
	);
}

function fileOf(
	deps: CatalogDeps,
	scope: Scope,
	entry: IcebergEntry,
): Promise<Cached<Metadata>> {
	return entry.kind === "table"
		? readMetadata(deps, scope, TABLE, entry)
		: readMetadata(deps, scope, VIEW, entry);
}

function mergeContent(
	files: Files,
	base: IcebergEntry | undefined,
	ours: IcebergEntry,
	theirs: IcebergEntry,
): ContentMerge<TableMetadata> {
	const read = (entry: IcebergEntry | undefined) =>
		entry && files.get(entry.metadataLocation);
	const [old, our, their] = [read(base), read(ours), read(theirs)];
	if (our === undefined || their === undefined) return notCombined([]);
	const [mine, other] = [our.metadata, their.metadata];
	if (old === undefined) {
		if (cameFrom(other, our)) return { outcome: "theirs" };
		if (cameFrom(mine, their)) return { outcome: "ours" };
	} else if (isTable(old.metadata) && isTable(mine) && isTable(other))
		return mergeTableMetadata(old.metadata, mine, other);
	return notCombined(differingMembers(mine, other));
}

/**
 * Both sides brought a table back that their base does not show: where one of
 * them has gone on from the file of the other, it alone has changed the table.
 */
function cameFrom(
	metadata: Metadata,
	{ metadataLocation }: Cached<Metadata>,
): boolean {
	return (
		isTable(metadata) &&
		metadata["metadata-log"].some(
			(entry) => entry["metadata-file"] === metadataLocation,
		)
	);
}

function isTable(metadata: Metadata): metadata is TableMetadata {
	return "table-uuid" in metadata;
}

function notCombined(conflictingProperties: string[]): ContentMerge<never> {
	const conflict = { type: "MetadataConflict" as const, conflictingProperties };
	return { outcome: "conflict", conflict };
}

/** Versions of views are not combined; it is said where they differ. */
function differingMembers(a: Metadata, b: Metadata): string[] {
	const [one, other] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
	return [...new Set([...one.keys(), ...other.keys()])]
		.filter((name) => !sameJson(one.get(name), other.get(name)))
		.sort();
}
