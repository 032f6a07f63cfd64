import { type NamedType, parseNamedType } from "./fieldTypes.ts";
import type { JsonValue } from "./json.ts";
import type { FieldType } from "./types.ts";

const INT_LIMIT = 2n ** 31n;
const LONG_LIMIT = 2n ** 63n;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^([0-9a-f]{2})*$/i;
const DATE = /^[+-]?\d{4,6}-\d{2}-\d{2}$/;
const TIME = /^\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/;
const TIMESTAMP = /^[+-]?\d{4,6}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/;
const UTC = /(\+00:00|Z)$/;
const DECIMAL = /^-?\d+(\.(\d+))?$/;

/**
 * Whether a default value has the form that the specification's JSON
 * single-value serialisation gives to its type.
 * @returns what is wrong with it, or undefined
 */
export function checkDefault(
	type: FieldType,
	value: JsonValue,
	what: string,
): string | undefined {
	if (value === null) return undefined;
	return fits(type, value)
		? undefined
		: `Invalid ${what}: cannot parse default as a ${typeof type === "string" ? type : type.type} value`;
}

function fits(type: FieldType, value: JsonValue): boolean {
	if (typeof type !== "string") return isEmptyStruct(type.type, value);
	const named = parseNamedType(type);
	if (named === undefined) return false;
	switch (named.name) {
		case "boolean":
			return typeof value === "boolean";
		case "int":
			return isIntegerBelow(value, INT_LIMIT);
		case "long":
			return isIntegerBelow(value, LONG_LIMIT);
		case "float":
		case "double":
			return typeof value === "number";
		default:
			return typeof value === "string" && textFits(named, value);
	}
}

/** A default of a struct is made of those of its fields. */
function isEmptyStruct(type: string, value: JsonValue): boolean {
	return (
		type === "struct" &&
		typeof value === "object" &&
		value !== null &&
		!Array.isArray(value) &&
		Object.keys(value).length === 0
	);
}

function isIntegerBelow(value: JsonValue, limit: bigint): boolean {
	const integer =
		typeof value === "number" && Number.isInteger(value)
			? BigInt(value)
			: value;
	return typeof integer === "bigint" && integer < limit && integer >= -limit;
}

function textFits(type: NamedType, text: string): boolean {
	switch (type.name) {
		case "string":
			return true;
		case "decimal":
			return (
				(DECIMAL.exec(text)?.[2]?.length ?? 0) === type.scale &&
				DECIMAL.test(text)
			);
		case "uuid":
			return UUID.test(text);
		case "date":
			return DATE.test(text);
		case "time":
			return TIME.test(text);
		case "timestamp":
		case "timestamp_ns":
			return TIMESTAMP.test(text);
		case "timestamptz":
		case "timestamptz_ns":
			return UTC.test(text) && TIMESTAMP.test(text.replace(UTC, ""));
		case "fixed":
			return HEX.test(text) && text.length === 2 * type.length;
		case "binary":
			return HEX.test(text);
		default:
			return false;
	}
}
