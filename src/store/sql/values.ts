import { assert } from "../../model/errors.ts";
import type { Properties } from "../../model/registry.ts";

/** What a column holds. Large integers stay below 2^53 (microseconds fit until 2255). */
export type SqlValue = string | number | null;
/** A row as a list, in the order of the columns that were asked for. */
export type SqlRow = readonly SqlValue[];

export function textAt(row: SqlRow, index: number): string {
	const value = row[index];
	assert(typeof value === "string", `column ${index} is text`);
	return value;
}

export function textOrNullAt(row: SqlRow, index: number): string | null {
	const value = row[index];
	return value === null ? null : textAt(row, index);
}

export function numberAt(row: SqlRow, index: number): number {
	const value = row[index];
	assert(typeof value === "number", `column ${index} is an integer`);
	return value;
}

export function numberOrNullAt(row: SqlRow, index: number): number | null {
	return row[index] === null ? null : numberAt(row, index);
}

/** `JSON.parse` defines keys such as `__proto__` as data. */
export function propertiesAt(row: SqlRow, index: number): Properties {
	return JSON.parse(textAt(row, index));
}

export function oneOf<Choice extends string>(
	value: string,
	choices: readonly Choice[],
): Choice {
	const found = choices.find((choice) => choice === value);
	assert(found !== undefined, `one of ${choices.join(", ")}`);
	return found;
}
