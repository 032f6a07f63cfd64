import type { FuncKeywordDefinition } from "ajv";

const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

/**
 * The Ajv keyword `int64: true`: a 64-bit integer, which lossless parsing gives
 * as a `number` or, with 16 or more digits, as a `bigint`. Ajv's own `integer`
 * knows no `bigint`.
 */
export const int64Keyword: FuncKeywordDefinition = {
	keyword: "int64",
	schemaType: "boolean",
	errors: false,
	validate: (wanted: boolean, value: unknown) => !wanted || isInt64(value),
};

function isInt64(value: unknown): boolean {
	if (typeof value === "bigint") return value >= LONG_MIN && value <= LONG_MAX;
	return typeof value === "number" && Number.isSafeInteger(value);
}
