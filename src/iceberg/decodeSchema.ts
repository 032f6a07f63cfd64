import {
	asArray,
	asInts,
	asObject,
	copyOfObject,
	isArray,
	isObject,
	type JsonRecord,
	malformed,
	readInt,
	readOptionalInt,
	readString,
	shown,
} from "./fields.ts";
import { parseNamedType } from "./fieldTypes.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type {
	FieldType,
	Schema,
	SortField,
	SortOrder,
	UnboundPartitionField,
	UnboundPartitionSpec,
} from "./types.ts";

/**
 * A schema of a request or of a metadata file; without `schema-id` it gets 0.
 * Only its form is checked here; `validateSchema` checks the rules.
 * @throws PangolinError `bad-request`
 */
export function decodeSchema(json: JsonValue | undefined): Schema {
	const object = copyOfObject(json, "schema");
	object["schema-id"] = readOptionalInt(object, "schema-id") ?? 0;
	if (object["identifier-field-ids"] === null)
		delete object["identifier-field-ids"];
	checkSchema(object);
	return object;
}

function checkSchema(
	object: JsonRecord,
): asserts object is JsonRecord & Schema {
	if (object.type !== "struct")
		throw malformed(
			`Cannot create schema, not a struct type: ${shown(object.type)}`,
		);
	if (object["identifier-field-ids"] !== undefined)
		asInts(object["identifier-field-ids"], "identifier-field-ids");
	checkType(object);
}

function checkType(json: JsonValue | undefined): asserts json is FieldType {
	if (typeof json === "string") {
		if (parseNamedType(json) !== undefined) return;
		throw malformed(`Cannot parse type string to primitive: ${json}`);
	}
	if (!isObject(json))
		throw malformed(`Cannot parse type from json: ${shown(json)}`);
	switch (json.type) {
		case "struct":
			for (const field of asArray(json.fields, "struct fields"))
				checkStructField(field);
			return;
		case "list":
			readInt(json, "element-id");
			readBoolean(json, "element-required");
			return checkType(json.element);
		case "map":
			readInt(json, "key-id");
			readInt(json, "value-id");
			readBoolean(json, "value-required");
			checkType(json.key);
			return checkType(json.value);
		default:
			throw malformed(`Cannot parse type from json: ${shown(json)}`);
	}
}

function checkStructField(json: JsonValue): void {
	const field = asObject(json, "struct field");
	readInt(field, "id");
	readString(field, "name");
	readBoolean(field, "required");
	if (field.doc !== undefined && field.doc !== null) readString(field, "doc");
	checkType(field.type);
}

function readBoolean(object: JsonObject, key: string): void {
	if (typeof object[key] !== "boolean")
		throw malformed(
			`Cannot parse to a boolean value: ${key}: ${shown(object[key])}`,
		);
}

/** @throws PangolinError `bad-request` */
export function decodePartitionSpec(
	json: JsonValue | undefined,
): UnboundPartitionSpec {
	const object = copyOfObject(json, "spec");
	if (object["spec-id"] === null) delete object["spec-id"];
	checkSpec(object);
	return object;
}

function checkSpec(
	object: JsonRecord,
): asserts object is JsonRecord & UnboundPartitionSpec {
	readOptionalInt(object, "spec-id");
	const fields = decodePartitionFields(object.fields);
	const withIds = fields.filter((field) => field["field-id"] !== undefined);
	if (withIds.length !== 0 && withIds.length !== fields.length)
		throw malformed(
			`Cannot parse spec with missing field IDs: ${fields.length - withIds.length} missing of ${fields.length} fields.`,
		);
}

/** @throws PangolinError `bad-request` */
export function decodePartitionFields(
	json: JsonValue | undefined,
): readonly UnboundPartitionField[] {
	const fields = asArray(json, "partition spec fields");
	checkEach(fields, checkPartitionField);
	return fields;
}

function checkEach<Item extends JsonValue>(
	items: readonly JsonValue[],
	check: (item: JsonValue) => asserts item is Item,
): asserts items is readonly Item[] {
	for (const item of items) check(item);
}

function checkPartitionField(
	json: JsonValue,
): asserts json is UnboundPartitionField {
	const field = asObject(json, "partition field");
	readString(field, "name");
	readString(field, "transform");
	readOptionalInt(field, "field-id");
	checkSources(field);
}

function checkSources(field: JsonObject): void {
	if (isArray(field["source-ids"])) asInts(field["source-ids"], "source-ids");
	else readInt(field, "source-id");
}

/**
 * @throws PangolinError `bad-request`
 */
export function decodeSortOrder(json: JsonValue | undefined): SortOrder {
	const object = copyOfObject(json, "sort order");
	checkSortOrder(object);
	return object;
}

function checkSortOrder(
	object: JsonRecord,
): asserts object is JsonRecord & SortOrder {
	const orderId = readInt(object, "order-id");
	const fields = asArray(object.fields, "sort order fields").map(
		decodeSortField,
	);
	object.fields = fields;
	if (fields.length === 0 && orderId !== 0)
		throw malformed("Unsorted order ID must be 0");
	if (fields.length > 0 && orderId === 0)
		throw malformed("Sort order ID 0 is reserved for unsorted order");
}

/** Direction and null order are understood in any case, and kept in lower case. */
function decodeSortField(json: JsonValue): SortField {
	const field = copyOfObject(json, "sort field");
	checkSources(field);
	readString(field, "transform");
	field.direction = readString(field, "direction").toLowerCase();
	field["null-order"] = readString(field, "null-order").toLowerCase();
	checkSortField(field);
	return field;
}

function checkSortField(
	field: JsonRecord,
): asserts field is JsonRecord & SortField {
	if (field.direction !== "asc" && field.direction !== "desc")
		throw malformed(`Invalid sort direction: ${shown(field.direction)}`);
	const nullOrder = field["null-order"];
	if (nullOrder !== "nulls-first" && nullOrder !== "nulls-last")
		throw malformed(`Unexpected null order: ${shown(nullOrder)}`);
}
