import { threeWay } from "../../model/threeWay.ts";
import { own } from "../fields.ts";
import { sameJson } from "../sameJson.ts";
import type { Snapshot, SnapshotRef } from "../types.ts";
import {
	type Conflicting,
	inConflict,
	type TableVersions,
} from "./tableMerge.ts";

export type RefsMerge =
	| { readonly refs: ReadonlyMap<string, SnapshotRef> }
	/** The branch that both sides moved, neither further than the other. */
	| { readonly overlaps: string }
	| Conflicting;

/** The table's own branches and tags, each on its own. */
export function mergeRefs(
	{ base, ours, theirs }: TableVersions,
	snapshots: readonly Snapshot[],
): RefsMerge {
	const parents = new Map(
		snapshots.map((snapshot) => [
			snapshot["snapshot-id"],
			snapshot["parent-snapshot-id"],
		]),
	);
	const refs = new Map<string, SnapshotRef>();
	const conflicting: string[] = [];
	for (const name of new Set([
		...Object.keys(ours.refs),
		...Object.keys(theirs.refs),
	])) {
		const merged = mergeRef(
			own(base.refs, name),
			own(ours.refs, name),
			own(theirs.refs, name),
			parents,
		);
		if (merged === "overlap") return { overlaps: name };
		if (merged === "conflict") conflicting.push(`refs.${name}`);
		else if (merged !== undefined && !parents.has(merged["snapshot-id"]))
			conflicting.push(`refs.${name}`);
		else if (merged !== undefined) refs.set(name, merged);
	}
	return conflicting.length > 0 ? inConflict(...conflicting) : { refs };
}

/** Of each snapshot that there is, its parent. */
type Parents = ReadonlyMap<bigint, bigint | undefined>;

function mergeRef(
	base: SnapshotRef | undefined,
	ours: SnapshotRef | undefined,
	theirs: SnapshotRef | undefined,
	parents: Parents,
): SnapshotRef | "overlap" | "conflict" | undefined {
	const side = threeWay(base, ours, theirs, sameJson);
	if (side === "ours") return ours;
	if (side === "theirs") return theirs;
	if (ours === undefined || theirs === undefined) return "conflict";
	const settings = mergeSettings(base, ours, theirs);
	if (settings === undefined) return "conflict";
	const moved = threeWay(
		base?.["snapshot-id"],
		ours["snapshot-id"],
		theirs["snapshot-id"],
		Object.is,
	);
	if (moved !== "both") {
		const { "snapshot-id": id } = moved === "ours" ? ours : theirs;
		return { ...settings, "snapshot-id": id };
	}
	if (settings.type === "tag") return "conflict";
	const id = furthest(base?.["snapshot-id"], ours, theirs, parents);
	return id === undefined ? "overlap" : { ...settings, "snapshot-id": id };
}

/** All but the snapshot; undefined when both sides changed one of them. */
function mergeSettings(
	base: SnapshotRef | undefined,
	ours: SnapshotRef,
	theirs: SnapshotRef,
): SnapshotRef | undefined {
	let settings = ours;
	for (const key of [
		"type",
		"min-snapshots-to-keep",
		"max-snapshot-age-ms",
		"max-ref-age-ms",
	] as const) {
		const side = threeWay(base?.[key], ours[key], theirs[key], Object.is);
		if (side === "both") return undefined;
		if (side === "theirs") settings = { ...settings, [key]: theirs[key] };
	}
	return settings;
}

/** Where a branch ends that both sides moved forward, one of them beyond the other. */
function furthest(
	base: bigint | undefined,
	{ "snapshot-id": ours }: SnapshotRef,
	{ "snapshot-id": theirs }: SnapshotRef,
	parents: Parents,
): bigint | undefined {
	const isForward = (id: bigint): boolean =>
		base === undefined || descends(id, base, parents);
	if (!isForward(ours) || !isForward(theirs)) return undefined;
	if (descends(theirs, ours, parents)) return theirs;
	return descends(ours, theirs, parents) ? ours : undefined;
}

function descends(id: bigint, ancestor: bigint, parents: Parents): boolean {
	const seen = new Set<bigint>();
	let at: bigint | undefined = id;
	while (at !== undefined && at !== ancestor && !seen.has(at)) {
		seen.add(at);
		at = parents.get(at);
	}
	return at === ancestor;
}
