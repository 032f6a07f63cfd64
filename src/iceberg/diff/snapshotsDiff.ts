import type { Properties } from "../../model/registry.ts";
import type { JsonText } from "../json.ts";
import type { Snapshot, SnapshotRef, TableMetadata } from "../types.ts";
import { type Named, namedSides, type Sides, sidesOf } from "./sides.ts";

export interface SnapshotsDiff {
	readonly current_snapshot_id: Sides<bigint> | null;
	readonly added_count: number;
	/** The newest first, at most 100. */
	readonly added: readonly SnapshotFacts[];
	readonly removed_count: number;
	readonly removed: readonly SnapshotFacts[];
}

export interface SnapshotFacts {
	readonly snapshot_id: bigint;
	readonly parent_snapshot_id: bigint | null;
	readonly sequence_number: bigint | null;
	readonly timestamp_ms: number;
	/** With the `operation` and what it added and deleted, as the engine wrote it. */
	readonly summary: Properties | JsonText;
}

const MAX_LISTED = 100;

/** Null when both have the same snapshots and the same current one. */
export function diffSnapshots(
	from: TableMetadata | undefined,
	to: TableMetadata | undefined,
): SnapshotsDiff | null {
	const added = beyond(to, from);
	const removed = beyond(from, to);
	const current = sidesOf(
		from?.["current-snapshot-id"],
		to?.["current-snapshot-id"],
	);
	if (added.length + removed.length === 0 && current === null) return null;
	return {
		current_snapshot_id: current,
		added_count: added.length,
		added: newest(added),
		removed_count: removed.length,
		removed: newest(removed),
	};
}

/** Snapshots of a side that the other has not. */
function beyond(
	side: TableMetadata | undefined,
	other: TableMetadata | undefined,
): Snapshot[] {
	const known = new Set(other?.snapshots.map((each) => each["snapshot-id"]));
	return (side?.snapshots ?? []).filter(
		(snapshot) => !known.has(snapshot["snapshot-id"]),
	);
}

/** Metadata lists the oldest first. */
function newest(snapshots: readonly Snapshot[]): SnapshotFacts[] {
	return snapshots.slice(-MAX_LISTED).reverse().map(factsOf);
}

function factsOf(snapshot: Snapshot): SnapshotFacts {
	return {
		snapshot_id: snapshot["snapshot-id"],
		parent_snapshot_id: snapshot["parent-snapshot-id"] ?? null,
		sequence_number: snapshot["sequence-number"] ?? null,
		timestamp_ms: snapshot["timestamp-ms"],
		summary: snapshot.summary ?? {},
	};
}

/** Iceberg's own branches and tags of the table. */
export function diffNativeRefs(
	from: TableMetadata | undefined,
	to: TableMetadata | undefined,
): Named<SnapshotRef>[] {
	return namedSides(
		new Map(Object.entries(from?.refs ?? {})),
		new Map(Object.entries(to?.refs ?? {})),
	);
}

/** What the current snapshots say of the whole table; null where they do not. */
export interface TotalsDiff {
	readonly records: Total;
	readonly data_files: Total;
	readonly delete_files: Total;
	readonly size_bytes: Total;
}

export type Total = Sides<bigint> & { readonly change: bigint | null };

const TOTALS = {
	records: "total-records",
	data_files: "total-data-files",
	delete_files: "total-delete-files",
	size_bytes: "total-files-size",
} as const;

/** Null when all totals are alike. */
export function diffTotals(
	from: TableMetadata | undefined,
	to: TableMetadata | undefined,
): TotalsDiff | null {
	const [before, after] = [totalsOf(from), totalsOf(to)];
	const total = (name: keyof typeof TOTALS): Total => {
		const [old, now] = [before(TOTALS[name]), after(TOTALS[name])];
		const change = old === null || now === null ? null : now - old;
		return { from: old, to: now, change };
	};
	const totals = {
		records: total("records"),
		data_files: total("data_files"),
		delete_files: total("delete_files"),
		size_bytes: total("size_bytes"),
	};
	const isAlike = Object.values(totals).every((each) => each.from === each.to);
	return isAlike ? null : totals;
}

/** A table without a snapshot holds nothing; one that is not there is not known to. */
function totalsOf(
	metadata: TableMetadata | undefined,
): (name: string) => bigint | null {
	if (metadata === undefined) return () => null;
	const id = metadata["current-snapshot-id"];
	if (id === null) return () => 0n;
	const current = metadata.snapshots.find((each) => each["snapshot-id"] === id);
	const summary = new Map(Object.entries(current?.summary ?? {}));
	return (name) => {
		const text = summary.get(name) ?? "";
		return /^\d{1,19}$/.test(text) ? BigInt(text) : null;
	};
}
