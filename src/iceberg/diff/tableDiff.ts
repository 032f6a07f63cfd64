import { currentSchema } from "../schema.ts";
import type {
	PartitionField,
	SnapshotRef,
	SortField,
	TableMetadata,
} from "../types.ts";
import { diffSchemas, type SchemaDiff } from "./schemaDiff.ts";
import { type Named, propertySides, type Sides, sidesOf } from "./sides.ts";
import {
	diffNativeRefs,
	diffSnapshots,
	diffTotals,
	type SnapshotsDiff,
	type TotalsDiff,
} from "./snapshotsDiff.ts";

/** Null (or an empty list): alike on both sides. */
export interface TableDiff {
	readonly table_uuid: Sides<string> | null;
	readonly format_version: Sides<number> | null;
	readonly location: Sides<string> | null;
	readonly schema: SchemaDiff | null;
	/** Fields of the default spec. */
	readonly partition_spec: Sides<readonly PartitionField[]> | null;
	/** Fields of the default order. */
	readonly sort_order: Sides<readonly SortField[]> | null;
	readonly properties: readonly Named<string>[];
	readonly snapshots: SnapshotsDiff | null;
	readonly refs: readonly Named<SnapshotRef>[];
	readonly totals: TotalsDiff | null;
}

/** @param from undefined: the table was added; `to` undefined: it was removed */
export function diffTables(
	from: TableMetadata | undefined,
	to: TableMetadata | undefined,
): TableDiff {
	return {
		table_uuid: sidesOf(from?.["table-uuid"], to?.["table-uuid"]),
		format_version: sidesOf(from?.["format-version"], to?.["format-version"]),
		location: sidesOf(from?.location, to?.location),
		schema: diffSchemas(from && currentSchema(from), to && currentSchema(to)),
		partition_spec: sidesOf(defaultSpec(from), defaultSpec(to)),
		sort_order: sidesOf(defaultOrder(from), defaultOrder(to)),
		properties: propertySides(from?.properties, to?.properties),
		snapshots: diffSnapshots(from, to),
		refs: diffNativeRefs(from, to),
		totals: diffTotals(from, to),
	};
}

function defaultSpec(
	metadata: TableMetadata | undefined,
): readonly PartitionField[] | undefined {
	const id = metadata?.["default-spec-id"];
	return metadata?.["partition-specs"].find((spec) => spec["spec-id"] === id)
		?.fields;
}

function defaultOrder(
	metadata: TableMetadata | undefined,
): readonly SortField[] | undefined {
	const id = metadata?.["default-sort-order-id"];
	return metadata?.["sort-orders"].find((order) => order["order-id"] === id)
		?.fields;
}
