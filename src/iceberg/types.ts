/**
 * The wire form of Iceberg's table and view metadata: kebab-case keys as in the
 * files. Keys that are not listed here survive, because updates copy objects
 * with spreads. All of it is immutable and shared between versions.
 *
 * Ids of snapshots, sequence numbers and row ids are always `bigint`; ids of
 * fields, schemas, specs and orders, and times, are always `number`.
 */
import type { Properties } from "../model/registry.ts";
import type { JsonValue } from "./json.ts";

export type StructType = {
	readonly type: "struct";
	readonly fields: readonly StructField[];
};

export type StructField = {
	readonly id: number;
	readonly name: string;
	readonly required: boolean;
	readonly type: FieldType;
	readonly doc?: string | undefined;
	readonly "initial-default"?: JsonValue | undefined;
	readonly "write-default"?: JsonValue | undefined;
};

export type ListType = {
	readonly type: "list";
	readonly "element-id": number;
	readonly element: FieldType;
	readonly "element-required": boolean;
};

export type MapType = {
	readonly type: "map";
	readonly "key-id": number;
	readonly key: FieldType;
	readonly "value-id": number;
	readonly value: FieldType;
	readonly "value-required": boolean;
};

/** A primitive (or variant) type is its name, with parameters: `decimal(9,2)`. */
export type FieldType = string | StructType | ListType | MapType;

export type Schema = StructType & {
	readonly "schema-id": number;
	readonly "identifier-field-ids"?: readonly number[] | undefined;
};

/** One source in `source-id`; several in `source-ids` (format 3). */
export type PartitionField = {
	readonly "source-id"?: number | undefined;
	readonly "source-ids"?: readonly number[] | undefined;
	readonly "field-id": number;
	readonly name: string;
	readonly transform: string;
};

export type PartitionSpec = {
	readonly "spec-id": number;
	readonly fields: readonly PartitionField[];
};

/** As clients may send it: ids are then assigned by the server. */
export type UnboundPartitionField = Omit<PartitionField, "field-id"> & {
	readonly "field-id"?: number | undefined;
};

export type UnboundPartitionSpec = {
	readonly "spec-id"?: number | undefined;
	readonly fields: readonly UnboundPartitionField[];
};

export type SortField = {
	readonly "source-id"?: number | undefined;
	readonly "source-ids"?: readonly number[] | undefined;
	readonly transform: string;
	readonly direction: "asc" | "desc";
	readonly "null-order": "nulls-first" | "nulls-last";
};

export type SortOrder = {
	readonly "order-id": number;
	readonly fields: readonly SortField[];
};

export type Snapshot = {
	readonly "snapshot-id": bigint;
	readonly "parent-snapshot-id"?: bigint | undefined;
	/** Absent in format 1, where it counts as 0. */
	readonly "sequence-number"?: bigint | undefined;
	readonly "timestamp-ms": number;
	readonly summary?: Properties | undefined;
	readonly "manifest-list"?: string | undefined;
	/** Format 1 only, instead of a manifest list. */
	readonly manifests?: readonly string[] | undefined;
	readonly "schema-id"?: number | undefined;
	readonly "first-row-id"?: bigint | undefined;
	readonly "added-rows"?: bigint | undefined;
	readonly "key-id"?: string | undefined;
};

export type SnapshotRef = {
	readonly "snapshot-id": bigint;
	readonly type: "branch" | "tag";
	readonly "min-snapshots-to-keep"?: number | undefined;
	readonly "max-snapshot-age-ms"?: bigint | undefined;
	readonly "max-ref-age-ms"?: bigint | undefined;
};

export type SnapshotLogEntry = {
	readonly "timestamp-ms": number;
	readonly "snapshot-id": bigint;
};

export type MetadataLogEntry = {
	readonly "timestamp-ms": number;
	readonly "metadata-file": string;
};

/** Sizes and blob metadata are carried as they came. */
export type StatisticsFile = {
	readonly "snapshot-id": bigint;
	readonly "statistics-path": string;
};

export type PartitionStatisticsFile = {
	readonly "snapshot-id": bigint;
	readonly "statistics-path": string;
};

export type EncryptedKey = {
	readonly "key-id": string;
	readonly "encrypted-key-metadata": string;
	readonly "encrypted-by-id"?: string | undefined;
	readonly properties?: Properties | undefined;
};

export type FormatVersion = 1 | 2 | 3;

/**
 * Metadata of formats 1 to 3, normalised while reading: `schemas`,
 * `partition-specs`, `sort-orders` and `refs` are always there, and what only
 * format 1 has (`schema`, `partition-spec`) is written again when it is
 * serialised.
 */
export type TableMetadata = {
	readonly "format-version": FormatVersion;
	readonly "table-uuid": string;
	/** Without a trailing slash. */
	readonly location: string;
	/** 0 in format 1. */
	readonly "last-sequence-number": bigint;
	readonly "last-updated-ms": number;
	readonly "last-column-id": number;
	readonly "current-schema-id": number;
	readonly schemas: readonly Schema[];
	readonly "default-spec-id": number;
	readonly "partition-specs": readonly PartitionSpec[];
	readonly "last-partition-id": number;
	readonly "default-sort-order-id": number;
	readonly "sort-orders": readonly SortOrder[];
	readonly properties: Properties;
	/** `null` when there is none; written as -1 in formats 1 and 2. */
	readonly "current-snapshot-id": bigint | null;
	/** From format 3 on. */
	readonly "next-row-id"?: bigint | undefined;
	readonly "encryption-keys"?: readonly EncryptedKey[] | undefined;
	readonly refs: Readonly<Record<string, SnapshotRef>>;
	readonly snapshots: readonly Snapshot[];
	readonly statistics: readonly StatisticsFile[];
	readonly "partition-statistics": readonly PartitionStatisticsFile[];
	readonly "snapshot-log": readonly SnapshotLogEntry[];
	readonly "metadata-log": readonly MetadataLogEntry[];
};

export type SqlRepresentation = {
	readonly type: "sql";
	readonly sql: string;
	readonly dialect: string;
};

/** Representations of other types are carried as they came. */
export type ViewRepresentation =
	| SqlRepresentation
	| { readonly type: string; readonly dialect?: undefined };

export type ViewVersion = {
	readonly "version-id": number;
	readonly "schema-id": number;
	readonly "timestamp-ms": number;
	readonly summary: Properties;
	readonly representations: readonly ViewRepresentation[];
	readonly "default-catalog"?: string | null | undefined;
	readonly "default-namespace": readonly string[];
};

export type ViewHistoryEntry = {
	readonly "version-id": number;
	readonly "timestamp-ms": number;
};

export type ViewMetadata = {
	readonly "view-uuid": string;
	readonly "format-version": 1;
	readonly location: string;
	readonly schemas: readonly Schema[];
	readonly "current-version-id": number;
	readonly versions: readonly ViewVersion[];
	readonly "version-log": readonly ViewHistoryEntry[];
	readonly properties: Properties;
};

/*
 * What a client asks of a table or a view in one commit: requirements that
 * must hold, and updates that are applied in their order. Closed unions: an
 * unknown one is refused while decoding, never ignored.
 */

type Requirement<Type extends string, Fields = unknown> = Fields & {
	readonly type: Type;
};

export type TableRequirement =
	| Requirement<"assert-create">
	| Requirement<"assert-table-uuid", { readonly uuid: string }>
	| Requirement<
			"assert-ref-snapshot-id",
			{ readonly ref: string; readonly "snapshot-id": bigint | null }
	  >
	| Requirement<
			"assert-last-assigned-field-id",
			{ readonly "last-assigned-field-id": number }
	  >
	| Requirement<
			"assert-current-schema-id",
			{ readonly "current-schema-id": number }
	  >
	| Requirement<
			"assert-last-assigned-partition-id",
			{ readonly "last-assigned-partition-id": number }
	  >
	| Requirement<
			"assert-default-spec-id",
			{ readonly "default-spec-id": number }
	  >
	| Requirement<
			"assert-default-sort-order-id",
			{ readonly "default-sort-order-id": number }
	  >;

export type ViewRequirement = Requirement<
	"assert-view-uuid",
	{ readonly uuid: string }
>;

type Update<Action extends string, Fields> = Fields & {
	readonly action: Action;
};

/** Updates that tables and views share. */
export type CommonUpdate =
	| Update<"assign-uuid", { readonly uuid: string }>
	| Update<"upgrade-format-version", { readonly "format-version": number }>
	| Update<"add-schema", { readonly schema: Schema }>
	| Update<"set-location", { readonly location: string }>
	| Update<"set-properties", { readonly updates: Properties }>
	| Update<"remove-properties", { readonly removals: readonly string[] }>;

export type TableUpdate =
	| CommonUpdate
	| Update<"set-current-schema", { readonly "schema-id": number }>
	| Update<"add-spec", { readonly spec: UnboundPartitionSpec }>
	| Update<"set-default-spec", { readonly "spec-id": number }>
	| Update<"add-sort-order", { readonly "sort-order": SortOrder }>
	| Update<"set-default-sort-order", { readonly "sort-order-id": number }>
	| Update<"add-snapshot", { readonly snapshot: Snapshot }>
	| Update<"set-snapshot-ref", SnapshotRef & { readonly "ref-name": string }>
	| Update<"remove-snapshots", { readonly "snapshot-ids": readonly bigint[] }>
	| Update<"remove-snapshot-ref", { readonly "ref-name": string }>
	| Update<"set-statistics", { readonly statistics: StatisticsFile }>
	| Update<"remove-statistics", { readonly "snapshot-id": bigint }>
	| Update<
			"set-partition-statistics",
			{ readonly "partition-statistics": PartitionStatisticsFile }
	  >
	| Update<"remove-partition-statistics", { readonly "snapshot-id": bigint }>
	| Update<"remove-partition-specs", { readonly "spec-ids": readonly number[] }>
	| Update<"remove-schemas", { readonly "schema-ids": readonly number[] }>
	| Update<"add-encryption-key", { readonly "encryption-key": EncryptedKey }>
	| Update<"remove-encryption-key", { readonly "key-id": string }>;

export type ViewUpdate =
	| CommonUpdate
	| Update<"add-view-version", { readonly "view-version": ViewVersion }>
	| Update<"set-current-view-version", { readonly "view-version-id": number }>;

/** The member of the union with this action. */
export type TableUpdateOf<Action extends TableUpdate["action"]> = Extract<
	TableUpdate,
	{ readonly action: Action }
>;
