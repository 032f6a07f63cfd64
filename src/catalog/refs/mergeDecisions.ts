import type { TableMetadata } from "../../iceberg/types.ts";
import { PangolinError } from "../../model/errors.ts";
import { checkName, checkNamespace, pathKey } from "../../model/names.ts";
import {
	displayKey,
	type EntryKey,
	type Item,
} from "../../versioning/entries.ts";
import type {
	MergeConflict,
	Placed,
	Resolution,
	ResolutionStrategy,
} from "../../versioning/mergeTypes.ts";
import type {
	ConflictDecision,
	ExpectedResolution,
	KeptAsset,
} from "./mergeRequests.ts";
import type { ConflictDetails } from "./mergeResults.ts";

/** How conflicts of one merge are decided. */
export interface Decisions {
	readonly strategy: ResolutionStrategy;
	/** What they are on, where a request names it; see `requireNamed`. */
	readonly named: readonly string[];
	/** Undefined: nothing was decided on it. */
	on(conflict: MergeConflict): Resolution<TableMetadata> | undefined;
}

/** What a request says about the conflicts that it expects. */
export function expectedDecisions(
	strategy: ResolutionStrategy,
	expected: readonly ExpectedResolution[] = [],
): Decisions {
	return {
		strategy,
		named: expected.map(({ asset }) => asset),
		on(conflict) {
			const items = [...conflict.source, ...conflict.target];
			const found = expected.find(({ asset }) =>
				items.some(
					({ key, entry }) => entry.id === asset || displayKey(key) === asset,
				),
			);
			return found && resolutionOf(conflict, found);
		},
	};
}

/** @throws PangolinError `bad-request` when the value does not fit the conflict */
export function resolutionOf(
	conflict: Pick<MergeConflict, "source" | "target">,
	decision: ConflictDecision,
): Resolution<TableMetadata> {
	const kept = keptBy(conflict, ({ entry }) => entry.id, decision);
	if (decision.strategy !== "Manual") return { strategy: decision.strategy };
	return {
		strategy: "Manual",
		items: kept.map(([item, { as }]) => placedAs(item, as ?? undefined)),
	};
}

/**
 * As `resolutionOf`, for a conflict as callers see it.
 * @throws PangolinError `bad-request`
 */
export function checkDecision(
	details: ConflictDetails,
	decision: ConflictDecision,
): void {
	const kept = keptBy(details, ({ asset_id }) => asset_id, decision);
	for (const [{ kind }, { as }] of kept)
		if (as) objectKeyAt(as, kind === "namespace");
}

/** Each asset that a decision keeps by name, and how. */
function keptBy<Asset>(
	sides: Readonly<Record<KeptAsset["side"], readonly Asset[]>>,
	idOf: (asset: Asset) => string,
	{ strategy, value }: ConflictDecision,
): (readonly [Asset, KeptAsset])[] {
	if (strategy !== "Manual") {
		if (value === undefined) return [];
		throw invalid("it goes with the strategy Manual only");
	}
	if (value === undefined)
		throw invalid('the strategy Manual needs it: {"keep": [...]}');
	const kept = value.keep.map((each) => {
		const asset = assetOf(sides[each.side], idOf, each);
		return [asset, each] as const;
	});
	if (new Set(kept.map(([asset]) => idOf(asset))).size < kept.length)
		throw invalid("it keeps one asset twice");
	return kept;
}

function assetOf<Asset>(
	side: readonly Asset[],
	idOf: (asset: Asset) => string,
	{ side: name, asset_id }: KeptAsset,
): Asset {
	const [first, ...others] = side;
	if (asset_id === undefined || asset_id === null) {
		if (first !== undefined && others.length === 0) return first;
		throw invalid(
			`name the asset_id: the ${name} has ${side.length} assets in this conflict`,
		);
	}
	const asset = side.find((each) => idOf(each) === asset_id);
	if (asset !== undefined) return asset;
	throw invalid(`the ${name} has no asset ${asset_id} in this conflict`);
}

function placedAs(
	{ key, entry }: Item,
	as: readonly string[] | undefined,
): Placed<TableMetadata> {
	if (as === undefined) return { key, entry };
	return { key: objectKeyAt(as, key.space === "namespace"), entry };
}

function objectKeyAt(path: readonly string[], isNamespace: boolean): EntryKey {
	const [name, ...namespace] = path.toReversed();
	if (isNamespace) throw invalid("a namespace keeps its name");
	if (name === undefined || namespace.length === 0)
		throw invalid("`as` names the namespace, then the asset");
	checkName("asset", name);
	checkNamespace(namespace);
	return { space: "object", parent: pathKey(namespace.reverse()), name };
}

function invalid(why: string): PangolinError {
	return new PangolinError("bad-request", `Invalid resolved_value: ${why}`);
}
