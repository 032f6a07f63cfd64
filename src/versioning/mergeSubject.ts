import type { ContentConflict } from "../model/mergeConflict.ts";
import type { Properties } from "../model/registry.ts";
import { threeWay, threeWayByKey } from "../model/threeWay.ts";
import {
	type AssetEntry,
	type Entry,
	type IcebergEntry,
	type Item,
	type NamespaceEntry,
	sameEntry,
	sameKey,
} from "./entries.ts";
import type { ConflictDetail, MergeContent, Placed } from "./mergeTypes.ts";
import { type Subject, sameItem } from "./subjects.ts";

export type SubjectMerge<Merged> =
	| {
			readonly outcome: "settled";
			readonly placed: Placed<Merged> | undefined;
	  }
	| { readonly outcome: "conflict"; readonly detail: ConflictDetail };

type EntryMerge<Merged> =
	| { readonly entry: Entry; readonly content?: Merged | undefined }
	| { readonly conflict: ContentConflict };

/**
 * The three-way merge of one thing, as if it were alone.
 * @param combine false: what both sides changed is a conflict even where it
 * could be combined
 */
export function mergeSubject<Merged>(
	{ base, ours, theirs }: Subject,
	mergeContent: MergeContent<Merged>,
	combine: boolean,
): SubjectMerge<Merged> {
	const side = threeWay(base, ours, theirs, sameItem);
	if (side === "ours") return { outcome: "settled", placed: ours };
	if (side === "theirs") return { outcome: "settled", placed: theirs };
	if (ours === undefined)
		return conflict({
			type: "DeletionConflict",
			deletedIn: "target",
			modifiedIn: "source",
		});
	if (theirs === undefined)
		return conflict({
			type: "DeletionConflict",
			deletedIn: "source",
			modifiedIn: "target",
		});
	const merge = mergeItems(base, ours, theirs, mergeContent);
	return merge.outcome === "conflict" || combine
		? merge
		: conflict(notCombined());
}

function conflict(detail: ConflictDetail): {
	outcome: "conflict";
	detail: ConflictDetail;
} {
	return { outcome: "conflict", detail };
}

function notCombined(...members: string[]): ContentConflict {
	return { type: "MetadataConflict", conflictingProperties: members };
}

function mergeItems<Merged>(
	base: Item | undefined,
	ours: Item,
	theirs: Item,
	mergeContent: MergeContent<Merged>,
): SubjectMerge<Merged> {
	const name = threeWay(base?.key, ours.key, theirs.key, sameOptionalKey);
	if (name === "both")
		return conflict({ type: "NamespaceConflict", reason: "renamed-twice" });
	const merge = mergeEntries(
		base?.entry,
		ours.entry,
		theirs.entry,
		mergeContent,
	);
	if ("conflict" in merge) return conflict(merge.conflict);
	const { key } = name === "ours" ? ours : theirs;
	return { outcome: "settled", placed: { key, ...merge } };
}

function sameOptionalKey(
	a: Item["key"] | undefined,
	b: Item["key"] | undefined,
): boolean {
	return a === undefined || b === undefined ? a === b : sameKey(a, b);
}

function mergeEntries<Merged>(
	base: Entry | undefined,
	ours: Entry,
	theirs: Entry,
	mergeContent: MergeContent<Merged>,
): EntryMerge<Merged> {
	const side = threeWay(base, ours, theirs, sameEntry);
	if (side === "ours") return { entry: ours };
	if (side === "theirs") return { entry: theirs };
	if (ours.kind === "namespace" && theirs.kind === "namespace")
		return mergeNamespaces(
			base?.kind === "namespace" ? base : undefined,
			ours,
			theirs,
		);
	if (ours.kind === "asset" && theirs.kind === "asset")
		return mergeAssets(base?.kind === "asset" ? base : undefined, ours, theirs);
	if (isIceberg(ours) && isIceberg(theirs) && ours.kind === theirs.kind)
		return mergeIceberg(
			base !== undefined && isIceberg(base) ? base : undefined,
			ours,
			theirs,
			mergeContent,
		);
	return { conflict: notCombined("kind") };
}

function isIceberg(entry: Entry): entry is IcebergEntry {
	return entry.kind === "table" || entry.kind === "view";
}

function mergeIceberg<Merged>(
	base: IcebergEntry | undefined,
	ours: IcebergEntry,
	theirs: IcebergEntry,
	mergeContent: MergeContent<Merged>,
): EntryMerge<Merged> {
	const merge = mergeContent(base, ours, theirs);
	switch (merge.outcome) {
		case "ours":
			return { entry: ours };
		case "theirs":
			return { entry: theirs };
		case "merged":
			return { entry: ours, content: merge.content };
		case "conflict":
			return { conflict: merge.conflict };
	}
}

/** It keeps the target's id. */
function mergeNamespaces(
	base: NamespaceEntry | undefined,
	ours: NamespaceEntry,
	theirs: NamespaceEntry,
): EntryMerge<never> {
	const merge = mergeProperties(base, ours, theirs);
	if (merge.both.length > 0) return { conflict: notCombined(...merge.both) };
	return { entry: { ...ours, properties: merge.properties } };
}

function mergeAssets(
	base: AssetEntry | undefined,
	ours: AssetEntry,
	theirs: AssetEntry,
): EntryMerge<never> {
	const { both, properties } = mergeProperties(base, ours, theirs);
	const conflicting = [...both];
	const pick = (member: "assetType" | "location"): string => {
		const side = threeWay(
			base?.[member],
			ours[member],
			theirs[member],
			Object.is,
		);
		if (side === "both") conflicting.push(member);
		return side === "theirs" ? theirs[member] : ours[member];
	};
	const entry: AssetEntry = {
		...ours,
		assetType: pick("assetType"),
		location: pick("location"),
		properties,
	};
	return conflicting.length > 0
		? { conflict: notCombined(...conflicting) }
		: { entry };
}

interface WithProperties {
	readonly properties: Properties;
}

function mergeProperties(
	base: WithProperties | undefined,
	ours: WithProperties,
	theirs: WithProperties,
): { properties: Properties; both: readonly string[] } {
	const { merged, both } = threeWayByKey(
		mapOf(base?.properties ?? {}),
		mapOf(ours.properties),
		mapOf(theirs.properties),
		Object.is,
	);
	return { properties: Object.fromEntries(merged), both: [...both].sort() };
}

function mapOf(properties: Properties): Map<string, string> {
	return new Map(Object.entries(properties));
}
