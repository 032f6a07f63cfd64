import { JsonText, stringifyJson } from "./json.ts";
import type { FieldType, Schema, StructField } from "./types.ts";

/**
 * A schema's JSON. Default values of float and double columns are written with
 * a fraction (`1.0`), because other readers take `1` for an integer and refuse it.
 */
export function schemaText(schema: Schema): string {
	return stringifyJson({ ...schema, fields: schema.fields.map(wireField) });
}

function wireField(field: StructField): unknown {
	if (typeof field.type !== "string") {
		return { ...field, type: wireType(field.type) };
	}
	if (field.type !== "float" && field.type !== "double") return field;
	return Object.fromEntries(
		Object.entries(field).map(([key, value]) => [
			key,
			isDefault(key) && typeof value === "number" ? floatText(value) : value,
		]),
	);
}

function wireType(type: FieldType): unknown {
	if (typeof type === "string") return type;
	switch (type.type) {
		case "struct":
			return { ...type, fields: type.fields.map(wireField) };
		case "list":
			return { ...type, element: wireType(type.element) };
		case "map":
			return { ...type, key: wireType(type.key), value: wireType(type.value) };
	}
}

function isDefault(key: string): boolean {
	return key === "initial-default" || key === "write-default";
}

function floatText(value: number): JsonText {
	const text = Object.is(value, -0) ? "-0" : String(value);
	return new JsonText(/[.e]/.test(text) ? text : `${text}.0`);
}
