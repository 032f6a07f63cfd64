import { LIMITS } from "../limits.ts";

/** A JSON Schema (draft 7, as Ajv 8 reads it). Unknown members are allowed. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export const TEXT: JsonSchema = { type: "string" };
export const OPTIONAL_TEXT: JsonSchema = { type: "string", nullable: true };
export const OPTIONAL_BOOLEAN: JsonSchema = { type: "boolean", nullable: true };
export const INT32: JsonSchema = {
	type: "integer",
	minimum: -(2 ** 31),
	maximum: 2 ** 31 - 1,
};
export const INT64: JsonSchema = { int64: true };

/** Milliseconds since the epoch: exact in a double. */
export const MILLIS: JsonSchema = { type: "integer" };

export const STRING_MAP: JsonSchema = {
	type: "object",
	maxProperties: LIMITS.properties,
	additionalProperties: { type: "string" },
};

export const OPTIONAL_STRING_MAP: JsonSchema = {
	...STRING_MAP,
	nullable: true,
};

export const STRINGS: JsonSchema = {
	type: "array",
	maxItems: LIMITS.properties,
	items: TEXT,
};

export const NAMESPACE: JsonSchema = {
	type: "array",
	maxItems: LIMITS.namespaceLevels,
	items: TEXT,
};

export const IDENTIFIER: JsonSchema = objectWith(
	{ namespace: NAMESPACE, name: TEXT },
	["namespace", "name"],
);

/** Nested types are checked when they are decoded, as is the number of all fields. */
export const SCHEMA: JsonSchema = objectWith(
	{
		type: { const: "struct" },
		fields: {
			type: "array",
			maxItems: LIMITS.schemaFields,
			items: { type: "object" },
		},
	},
	["type", "fields"],
);

export const PARTITION_SPEC: JsonSchema = objectWith(
	{ fields: layoutFields(["name", "transform"]) },
	["fields"],
);

export const SORT_ORDER: JsonSchema = objectWith(
	{
		"order-id": INT32,
		fields: layoutFields(["transform", "direction", "null-order"]),
	},
	["order-id", "fields"],
);

function layoutFields(required: readonly string[]): JsonSchema {
	return {
		type: "array",
		maxItems: LIMITS.layoutFields,
		items: { type: "object", required },
	};
}

export function objectWith(
	properties: Readonly<Record<string, JsonSchema>>,
	required: readonly string[],
): JsonSchema {
	return { type: "object", required, properties };
}

/**
 * One of several objects that a member tells apart: errors are then those of
 * the one that was meant. Ajv needs its option `discriminator`.
 */
export function oneOfBy(
	member: string,
	variants: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>,
	optional: readonly string[] = [],
): JsonSchema {
	return {
		type: "object",
		required: [member],
		discriminator: { propertyName: member },
		oneOf: Object.entries(variants).map(([value, properties]) => ({
			properties: { [member]: { const: value }, ...properties },
			required: Object.keys(properties).filter(
				(key) => !optional.includes(key),
			),
		})),
	};
}
