import type { AddedSnapshot } from "../../model/mergeConflict.ts";
import { threeWay, threeWayByKey } from "../../model/threeWay.ts";
import { withOnly } from "../elementTexts.ts";
import { sameJson } from "../sameJson.ts";
import type {
	Snapshot,
	SnapshotLogEntry,
	StatisticsFile,
	TableMetadata,
} from "../types.ts";
import { mergeRefs } from "./mergeRefs.ts";
import {
	inConflict,
	type PartialMerge,
	type TableVersions,
} from "./tableMerge.ts";

/** Snapshots by id that a side has and the base has not. */
export function addedSnapshots(
	base: TableMetadata,
	side: TableMetadata,
): Snapshot[] {
	const known = idsOf(base);
	return side.snapshots.filter(
		(snapshot) => !known.has(snapshot["snapshot-id"]),
	);
}

function idsOf(metadata: TableMetadata): Set<bigint> {
	return new Set(metadata.snapshots.map((snapshot) => snapshot["snapshot-id"]));
}

/**
 * The data of a table: snapshots, the refs that point to them, their log and
 * their statistics. Both sides give the same next sequence numbers and row ids
 * to what they add, so that one side must have all that the other added.
 */
export function mergeSnapshots(versions: TableVersions): PartialMerge {
	const { ours, theirs } = versions;
	const snapshots = mergedSnapshots(versions);
	if (snapshots === undefined) return dataOverlap(versions);
	const refs = mergeRefs(versions, snapshots);
	if ("overlaps" in refs) return movedApart(versions, refs.overlaps);
	if ("conflict" in refs) return refs;
	const kept = new Set(snapshots.map((snapshot) => snapshot["snapshot-id"]));
	const statistics = mergeStatistics(versions, "statistics", kept);
	const partition = mergeStatistics(versions, "partition-statistics", kept);
	if (statistics === undefined) return inConflict("statistics");
	if (partition === undefined) return inConflict("partition-statistics");
	const main = refs.refs.get("main");
	const current = main?.["snapshot-id"] ?? null;
	return {
		members: {
			snapshots,
			refs: Object.fromEntries(refs.refs),
			"current-snapshot-id": current,
			"snapshot-log": mergedLog(versions, current, kept),
			"last-sequence-number": greater(
				ours["last-sequence-number"],
				theirs["last-sequence-number"],
			),
			...mergedRowId(ours["next-row-id"], theirs["next-row-id"]),
			statistics,
			"partition-statistics": partition,
		},
	};
}

/** undefined when each side added some that the other has not. */
function mergedSnapshots({
	base,
	ours,
	theirs,
}: TableVersions): readonly Snapshot[] | undefined {
	const [mine, other] = [idsOf(ours), idsOf(theirs)];
	const hasMore = (side: TableMetadata, than: ReadonlySet<bigint>): boolean =>
		addedSnapshots(base, side).some(({ "snapshot-id": id }) => !than.has(id));
	const oursHasMore = hasMore(ours, other);
	const theirsHasMore = hasMore(theirs, mine);
	if (oursHasMore && theirsHasMore) return undefined;
	const [longer, shorter] = theirsHasMore ? [theirs, mine] : [ours, other];
	const before = idsOf(base);
	return withOnly(
		longer.snapshots,
		({ "snapshot-id": id }) => !before.has(id) || shorter.has(id),
	);
}

/** Where nobody added data, the branch itself is what differs. */
function movedApart(versions: TableVersions, branch: string): PartialMerge {
	const { base, ours, theirs } = versions;
	return [ours, theirs].some((side) => addedSnapshots(base, side).length > 0)
		? dataOverlap(versions)
		: inConflict(`refs.${branch}`);
}

function dataOverlap({ base, ours, theirs }: TableVersions): PartialMerge {
	const added = (side: TableMetadata): AddedSnapshot[] =>
		addedSnapshots(base, side).map((snapshot) => ({
			snapshotId: snapshot["snapshot-id"],
			summary: snapshot.summary ?? {},
		}));
	return {
		conflict: {
			type: "DataOverlap",
			source: added(theirs),
			target: added(ours),
		},
	};
}

/** The log tells how the current snapshot came to be so: it is that of the side which moved it there. */
function mergedLog(
	{ base, ours, theirs }: TableVersions,
	current: bigint | null,
	kept: ReadonlySet<bigint>,
): readonly SnapshotLogEntry[] {
	const side = threeWay(
		base,
		ours,
		theirs,
		(a, b) =>
			a["current-snapshot-id"] === b["current-snapshot-id"] &&
			sameJson(a["snapshot-log"], b["snapshot-log"]),
	);
	if (side !== "both")
		return afterLastGap(logOf(side === "ours" ? ours : theirs), kept);
	// What was cut off on one side stays cut off.
	const logs = [ours, theirs]
		.filter((each) => each["current-snapshot-id"] === current)
		.map(logOf)
		.sort((a, b) => a.length - b.length);
	return afterLastGap(logs[0] ?? [], kept);
}

function logOf(metadata: TableMetadata): readonly SnapshotLogEntry[] {
	return metadata["snapshot-log"];
}

/** With a gap, time travel would give wrong answers. */
function afterLastGap(
	log: readonly SnapshotLogEntry[],
	kept: ReadonlySet<bigint>,
): readonly SnapshotLogEntry[] {
	const gap = log.findLastIndex((entry) => !kept.has(entry["snapshot-id"]));
	return gap < 0 ? log : log.slice(gap + 1);
}

function greater(a: bigint, b: bigint): bigint {
	return a > b ? a : b;
}

function mergedRowId(
	ours: bigint | undefined,
	theirs: bigint | undefined,
): Pick<TableMetadata, "next-row-id"> {
	if (ours === undefined && theirs === undefined) return {};
	return { "next-row-id": greater(ours ?? 0n, theirs ?? 0n) };
}

/** One file per snapshot; undefined when both sides changed that of one snapshot. */
function mergeStatistics(
	{ base, ours, theirs }: TableVersions,
	key: "statistics" | "partition-statistics",
	kept: ReadonlySet<bigint>,
): readonly StatisticsFile[] | undefined {
	const bySnapshot = (side: TableMetadata): Map<string, StatisticsFile> =>
		new Map(
			side[key].map((file) => [String(file["snapshot-id"]), file] as const),
		);
	const { merged, both } = threeWayByKey(
		bySnapshot(base),
		bySnapshot(ours),
		bySnapshot(theirs),
		sameJson,
	);
	if (both.length > 0) return undefined;
	return [...merged.values()].filter((file) => kept.has(file["snapshot-id"]));
}
