import { LIMITS } from "../limits.ts";
import {
	IDENTIFIER,
	INT64,
	type JsonSchema,
	NAMESPACE,
	OPTIONAL_BOOLEAN,
	OPTIONAL_STRING_MAP,
	OPTIONAL_TEXT,
	objectWith,
	PARTITION_SPEC,
	SCHEMA,
	SORT_ORDER,
	STRINGS,
	TEXT,
} from "./parts.ts";
import {
	TABLE_REQUIREMENTS,
	TABLE_UPDATES,
	VIEW_REQUIREMENTS,
	VIEW_UPDATES,
	VIEW_VERSION,
} from "./updates.ts";

/*
 * The bodies of the REST specification's requests. Ajv needs the options
 * `discriminator` and `keywords: [int64Keyword]`, and neither coercion nor the
 * removal of unknown members.
 */

export const createTableRequest: JsonSchema = objectWith(
	{
		name: TEXT,
		location: OPTIONAL_TEXT,
		schema: SCHEMA,
		"partition-spec": { ...PARTITION_SPEC, nullable: true },
		"write-order": { ...SORT_ORDER, nullable: true },
		"stage-create": OPTIONAL_BOOLEAN,
		properties: OPTIONAL_STRING_MAP,
	},
	["name", "schema"],
);

const TABLE_CHANGE = {
	identifier: IDENTIFIER,
	requirements: TABLE_REQUIREMENTS,
	updates: TABLE_UPDATES,
};

export const commitTableRequest: JsonSchema = objectWith(
	{ ...TABLE_CHANGE, identifier: { ...IDENTIFIER, nullable: true } },
	["updates"],
);

export const commitTransactionRequest: JsonSchema = objectWith(
	{
		"table-changes": {
			type: "array",
			maxItems: LIMITS.tablesPerTransaction,
			items: objectWith(TABLE_CHANGE, ["identifier", "updates"]),
		},
	},
	["table-changes"],
);

export const createViewRequest: JsonSchema = objectWith(
	{
		name: TEXT,
		location: OPTIONAL_TEXT,
		schema: SCHEMA,
		"view-version": VIEW_VERSION,
		properties: OPTIONAL_STRING_MAP,
	},
	["name", "schema", "view-version"],
);

export const commitViewRequest: JsonSchema = objectWith(
	{
		identifier: { ...IDENTIFIER, nullable: true },
		requirements: VIEW_REQUIREMENTS,
		updates: VIEW_UPDATES,
	},
	["updates"],
);

export const registerTableRequest: JsonSchema = objectWith(
	{
		name: TEXT,
		"metadata-location": TEXT,
		overwrite: OPTIONAL_BOOLEAN,
	},
	["name", "metadata-location"],
);

export const registerViewRequest: JsonSchema = objectWith(
	{ name: TEXT, "metadata-location": TEXT },
	["name", "metadata-location"],
);

export const renameRequest: JsonSchema = objectWith(
	{ source: IDENTIFIER, destination: IDENTIFIER },
	["source", "destination"],
);

export const createNamespaceRequest: JsonSchema = objectWith(
	{ namespace: NAMESPACE, properties: OPTIONAL_STRING_MAP },
	["namespace"],
);

export const updateNamespacePropertiesRequest: JsonSchema = objectWith(
	{
		removals: { ...STRINGS, nullable: true },
		updates: OPTIONAL_STRING_MAP,
	},
	[],
);

/** Reports are kept as they come; only what tells them apart is asked for. */
export const reportMetricsRequest: JsonSchema = objectWith(
	{
		"report-type": { type: "string", maxLength: 100 },
		"table-name": OPTIONAL_TEXT,
		"snapshot-id": { anyOf: [{ type: "null" }, INT64] },
	},
	["report-type"],
);
