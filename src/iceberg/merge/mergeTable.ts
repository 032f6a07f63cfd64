import type { ContentMerge } from "../../model/mergeConflict.ts";
import { threeWayByKey } from "../../model/threeWay.ts";
import { sameJson } from "../sameJson.ts";
import type { TableMetadata } from "../types.ts";
import { mergeLayout, schemaChange, unreadableBy } from "./mergeLayout.ts";
import { addedSnapshots, mergeSnapshots } from "./mergeSnapshots.ts";
import {
	type Conflicting,
	inConflict,
	type PartialMerge,
	type TableVersions,
} from "./tableMerge.ts";

/** What each branch has for itself, and what is merged as a part of more. */
const APART: ReadonlySet<string> = new Set([
	"metadata-log",
	"last-updated-ms",
	"properties",
	"schemas",
	"current-schema-id",
	"last-column-id",
	"partition-specs",
	"default-spec-id",
	"last-partition-id",
	"sort-orders",
	"default-sort-order-id",
	"snapshots",
	"refs",
	"current-snapshot-id",
	"snapshot-log",
	"last-sequence-number",
	"next-row-id",
	"statistics",
	"partition-statistics",
]);

/**
 * Merges two versions of one table that were changed since a third, where they
 * changed different things. The log of metadata files is that of ours; adding to
 * it is for the caller, who writes the file.
 * @throws PangolinError `validation-failed` for metadata that is broken already
 */
export function mergeTableMetadata(
	base: TableMetadata,
	ours: TableMetadata,
	theirs: TableMetadata,
): ContentMerge<TableMetadata> {
	const versions: TableVersions = { base, ours, theirs };
	if (ours["table-uuid"] !== theirs["table-uuid"])
		return refused(inConflict("table-uuid"));
	const parts = [
		mergeLayout(versions),
		mergeSnapshots(versions),
		mergeProperties(versions),
		mergeOthers(versions),
	];
	let merged: TableMetadata = {
		...ours,
		"last-updated-ms": Math.max(
			ours["last-updated-ms"],
			theirs["last-updated-ms"],
		),
	};
	for (const part of parts) {
		if ("conflict" in part) return refused(part);
		merged = { ...merged, ...part.members };
	}
	const unreadable = unreadableData(versions, merged);
	if (unreadable !== undefined) return refused(unreadable);
	if (sameTable(merged, ours)) return { outcome: "ours" };
	if (sameTable(merged, theirs)) return { outcome: "theirs" };
	return { outcome: "merged", content: merged };
}

function refused({ conflict }: Conflicting): ContentMerge<never> {
	return { outcome: "conflict", conflict };
}

function mergeProperties({ base, ours, theirs }: TableVersions): PartialMerge {
	const { merged, both } = threeWayByKey(
		new Map(Object.entries(base.properties)),
		new Map(Object.entries(ours.properties)),
		new Map(Object.entries(theirs.properties)),
		Object.is,
	);
	return both.length > 0
		? inConflict(...both)
		: { members: { properties: Object.fromEntries(merged) } };
}

/** Location, format and whatever else the metadata says, known or not. */
function mergeOthers({ base, ours, theirs }: TableVersions): PartialMerge {
	const { merged, both } = threeWayByKey(
		othersOf(base),
		othersOf(ours),
		othersOf(theirs),
		sameJson,
	);
	if (both.length > 0) return inConflict(...both);
	const removed = [...othersOf(ours).keys()]
		.filter((key) => !merged.has(key))
		.map((key) => [key, undefined] as const);
	return { members: Object.fromEntries([...merged, ...removed]) };
}

function othersOf(metadata: TableMetadata): Map<string, unknown> {
	return new Map(Object.entries(metadata).filter(([key]) => !APART.has(key)));
}

/** What one side wrote must be readable with what the other side changed. */
function unreadableData(
	versions: TableVersions,
	merged: TableMetadata,
): Conflicting | undefined {
	for (const side of [versions.ours, versions.theirs]) {
		const added = addedSnapshots(versions.base, side);
		if (added.length === 0) continue;
		const cause = unreadableBy(merged, side, added);
		if (cause === "schemas") return schemaChange(versions);
		if (cause !== undefined) return inConflict(cause);
	}
	return undefined;
}

/** Snapshots never change, so that their ids are enough. */
function sameTable(merged: TableMetadata, side: TableMetadata): boolean {
	return sameJson(comparable(merged), comparable(side));
}

function comparable(metadata: TableMetadata): object {
	const ids = metadata.snapshots.map((snapshot) => snapshot["snapshot-id"]);
	return {
		...metadata,
		snapshots: ids.sort((a, b) => (a < b ? -1 : 1)),
		"metadata-log": [],
		"last-updated-ms": 0,
	};
}
