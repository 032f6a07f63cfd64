import { LIMITS } from "../limits.ts";
import {
	INT32,
	INT64,
	type JsonSchema,
	MILLIS,
	NAMESPACE,
	OPTIONAL_TEXT,
	objectWith,
	oneOfBy,
	PARTITION_SPEC,
	SCHEMA,
	SORT_ORDER,
	STRING_MAP,
	STRINGS,
	TEXT,
} from "./parts.ts";

type Variant = Readonly<Record<string, JsonSchema>>;

/** Members that need not be there: deprecated spellings, and options. */
const OPTIONAL = [
	"updates",
	"updated",
	"removals",
	"removed",
	"min-snapshots-to-keep",
	"max-snapshot-age-ms",
	"max-ref-age-ms",
];

const SNAPSHOT = objectWith(
	{ "snapshot-id": INT64, "timestamp-ms": MILLIS, summary: STRING_MAP },
	["snapshot-id", "timestamp-ms"],
);

const STATISTICS_FILE = objectWith(
	{
		"snapshot-id": INT64,
		"statistics-path": TEXT,
		"file-size-in-bytes": INT64,
	},
	["snapshot-id", "statistics-path"],
);

export const VIEW_VERSION = objectWith(
	{
		"version-id": INT32,
		"schema-id": INT32,
		"timestamp-ms": MILLIS,
		summary: STRING_MAP,
		"default-catalog": OPTIONAL_TEXT,
		"default-namespace": NAMESPACE,
		representations: {
			type: "array",
			maxItems: LIMITS.representations,
			items: objectWith({ type: TEXT }, ["type"]),
		},
	},
	[
		"version-id",
		"schema-id",
		"timestamp-ms",
		"summary",
		"representations",
		"default-namespace",
	],
);

const COMMON: Record<string, Variant> = {
	"assign-uuid": { uuid: TEXT },
	"upgrade-format-version": { "format-version": INT32 },
	"add-schema": { schema: SCHEMA },
	"set-location": { location: TEXT },
	"set-properties": { updates: STRING_MAP, updated: STRING_MAP },
	"remove-properties": { removals: STRINGS, removed: STRINGS },
};

const TABLE_ONLY: Record<string, Variant> = {
	"set-current-schema": { "schema-id": INT32 },
	"remove-schemas": { "schema-ids": ids(INT32) },
	"add-spec": { spec: PARTITION_SPEC },
	"set-default-spec": { "spec-id": INT32 },
	"remove-partition-specs": { "spec-ids": ids(INT32) },
	"add-sort-order": { "sort-order": SORT_ORDER },
	"set-default-sort-order": { "sort-order-id": INT32 },
	"add-snapshot": { snapshot: SNAPSHOT },
	"set-snapshot-ref": {
		"ref-name": TEXT,
		type: TEXT,
		"snapshot-id": INT64,
		"min-snapshots-to-keep": { ...INT32, nullable: true },
		"max-snapshot-age-ms": optionalInt64(),
		"max-ref-age-ms": optionalInt64(),
	},
	"remove-snapshots": { "snapshot-ids": ids(INT64) },
	"remove-snapshot-ref": { "ref-name": TEXT },
	"set-statistics": { statistics: STATISTICS_FILE },
	"remove-statistics": { "snapshot-id": INT64 },
	"set-partition-statistics": { "partition-statistics": STATISTICS_FILE },
	"remove-partition-statistics": { "snapshot-id": INT64 },
	"add-encryption-key": {
		"encryption-key": objectWith(
			{ "key-id": TEXT, "encrypted-key-metadata": TEXT },
			["key-id", "encrypted-key-metadata"],
		),
	},
	"remove-encryption-key": { "key-id": TEXT },
};

const VIEW_ONLY: Record<string, Variant> = {
	"add-view-version": { "view-version": VIEW_VERSION },
	"set-current-view-version": { "view-version-id": INT32 },
};

export const TABLE_UPDATES: JsonSchema = {
	type: "array",
	maxItems: LIMITS.updatesWithRemovals,
	items: oneOfBy("action", { ...COMMON, ...TABLE_ONLY }, OPTIONAL),
};

export const VIEW_UPDATES: JsonSchema = {
	type: "array",
	maxItems: LIMITS.updates,
	items: oneOfBy("action", { ...COMMON, ...VIEW_ONLY }, OPTIONAL),
};

export const TABLE_REQUIREMENTS: JsonSchema = {
	type: "array",
	maxItems: LIMITS.requirements,
	items: oneOfBy(
		"type",
		{
			"assert-create": {},
			"assert-table-uuid": { uuid: TEXT },
			"assert-ref-snapshot-id": { ref: TEXT, "snapshot-id": optionalInt64() },
			"assert-last-assigned-field-id": { "last-assigned-field-id": INT32 },
			"assert-current-schema-id": { "current-schema-id": INT32 },
			"assert-last-assigned-partition-id": {
				"last-assigned-partition-id": INT32,
			},
			"assert-default-spec-id": { "default-spec-id": INT32 },
			"assert-default-sort-order-id": { "default-sort-order-id": INT32 },
		},
		["snapshot-id"],
	),
};

export const VIEW_REQUIREMENTS: JsonSchema = {
	type: "array",
	maxItems: LIMITS.requirements,
	items: oneOfBy("type", { "assert-view-uuid": { uuid: TEXT } }),
};

function ids(items: JsonSchema): JsonSchema {
	return { type: "array", maxItems: LIMITS.removedIds, items };
}

function optionalInt64(): JsonSchema {
	return { anyOf: [{ type: "null" }, INT64] };
}
