import { PangolinError } from "../model/errors.ts";
import type { Properties } from "../model/registry.ts";
import {
	JsonBytes,
	type JsonObject,
	JsonText,
	type JsonValue,
	stringifyJson,
} from "./json.ts";

/** A freshly parsed object whose members may still be normalised in place. */
export type JsonRecord = { [key: string]: JsonValue | undefined };

const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);
const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

/** The value is not what its place in the JSON asks for. */
export function malformed(message: string): PangolinError {
	return new PangolinError("bad-request", message);
}

/** Well-formed, but against a rule of Iceberg's specification. */
export function invalid(message: string): PangolinError {
	return new PangolinError("validation-failed", message);
}

/** A value as it is shown in messages. */
export function shown(value: JsonValue | undefined): string {
	const text = value === undefined ? "nothing" : stringifyJson(value);
	return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
	return (
		typeof value === "object" &&
		value !== null &&
		!Array.isArray(value) &&
		!(value instanceof JsonText) &&
		!(value instanceof JsonBytes)
	);
}

export function isArray(
	value: JsonValue | undefined,
): value is readonly JsonValue[] {
	return Array.isArray(value);
}

/** @throws PangolinError `bad-request` */
export function asObject(
	value: JsonValue | undefined,
	what: string,
): JsonObject {
	if (isObject(value)) return value;
	throw malformed(`Cannot parse ${what} from a non-object: ${shown(value)}`);
}

/**
 * The object itself, for one that was just parsed and is nobody else's.
 * @throws PangolinError `bad-request`
 */
export function asRecord(
	value: JsonValue | undefined,
	what: string,
): JsonRecord {
	if (isRecord(value)) return value;
	throw malformed(`Cannot parse ${what} from a non-object: ${shown(value)}`);
}

function isRecord(value: JsonValue | undefined): value is JsonRecord {
	return isObject(value);
}

/** A copy that may be normalised. @throws PangolinError `bad-request` */
export function copyOfObject(
	value: JsonValue | undefined,
	what: string,
): JsonRecord {
	return { ...asObject(value, what) };
}

/** @throws PangolinError `bad-request` */
export function asArray(
	value: JsonValue | undefined,
	what: string,
): readonly JsonValue[] {
	if (isArray(value)) return value;
	throw malformed(`Cannot parse ${what} from non-array: ${shown(value)}`);
}

/** @throws PangolinError `bad-request` */
export function readString(object: JsonObject, key: string): string {
	const value = object[key];
	if (typeof value === "string") return value;
	throw value === undefined
		? malformed(`Cannot parse missing string: ${key}`)
		: malformed(`Cannot parse to a string value: ${key}: ${shown(value)}`);
}

/** Absent and null are the same. @throws PangolinError `bad-request` */
export function readOptionalString(
	object: JsonObject,
	key: string,
): string | undefined {
	return isAbsent(object, key) ? undefined : readString(object, key);
}

/** A 32-bit integer. @throws PangolinError `bad-request` */
export function readInt(object: JsonObject, key: string): number {
	const value = object[key];
	if (isInt(value)) return value === 0 ? 0 : value;
	throw value === undefined
		? malformed(`Cannot parse missing int: ${key}`)
		: malformed(`Cannot parse to an integer value: ${key}: ${shown(value)}`);
}

export function isInt(value: JsonValue | undefined): value is number {
	return (
		typeof value === "number" &&
		Number.isInteger(value) &&
		value >= INT_MIN &&
		value <= INT_MAX
	);
}

export function readOptionalInt(
	object: JsonObject,
	key: string,
): number | undefined {
	return isAbsent(object, key) ? undefined : readInt(object, key);
}

/** Milliseconds since the epoch. @throws PangolinError `bad-request` */
export function readMillis(object: JsonObject, key: string): number {
	const value = object[key];
	if (typeof value === "number" && Number.isSafeInteger(value)) return value;
	throw value === undefined
		? malformed(`Cannot parse missing long: ${key}`)
		: malformed(
				`Cannot parse to a time in milliseconds: ${key}: ${shown(value)}`,
			);
}

/** A 64-bit integer. @throws PangolinError `bad-request` */
export function readLong(object: JsonObject, key: string): bigint {
	const value = object[key];
	if (value === undefined) throw malformed(`Cannot parse missing long: ${key}`);
	return asLong(value, key);
}

/** @throws PangolinError `bad-request` */
export function asLong(value: JsonValue, what: string): bigint {
	if (typeof value === "number" && Number.isSafeInteger(value))
		return BigInt(value);
	if (typeof value === "bigint" && value >= LONG_MIN && value <= LONG_MAX)
		return value;
	throw malformed(`Cannot parse to a long value: ${what}: ${shown(value)}`);
}

/** Makes the member a `bigint`, in place. @throws PangolinError `bad-request` */
export function normaliseLong(object: JsonRecord, key: string): void {
	const value = object[key];
	if (value === undefined || typeof value !== "bigint" || outOfLong(value))
		object[key] = readLong(object, key);
}

export function outOfLong(value: bigint): boolean {
	return value < LONG_MIN || value > LONG_MAX;
}

/** As `normaliseLong`; a member that is null is removed. */
export function normaliseOptionalLong(object: JsonRecord, key: string): void {
	const value = object[key];
	if (value === undefined) return;
	if (value === null) delete object[key];
	else normaliseLong(object, key);
}

/** A member that is null is removed. @throws PangolinError `bad-request` */
export function normaliseOptionalInt(object: JsonRecord, key: string): void {
	const value = object[key];
	if (value === null) delete object[key];
	else if (value !== undefined) readInt(object, key);
}

/** A member that is null is removed. @throws PangolinError `bad-request` */
export function normaliseOptionalString(object: JsonRecord, key: string): void {
	const value = object[key];
	if (value === null) delete object[key];
	else if (value !== undefined) readString(object, key);
}

/** @throws PangolinError `bad-request` */
export function asStringMap(
	value: JsonValue | undefined,
	what: string,
): Properties {
	const object = asObject(value, what);
	checkStringMap(object, what);
	return object;
}

function checkStringMap(
	object: JsonObject,
	what: string,
): asserts object is JsonObject & Properties {
	for (const [key, value] of Object.entries(object)) {
		if (typeof value !== "string")
			throw malformed(
				`Cannot parse to a string value in ${what}: ${key}: ${shown(value)}`,
			);
	}
}

/** @throws PangolinError `bad-request` */
export function asStrings(
	value: JsonValue | undefined,
	what: string,
): string[] {
	return asArray(value, what).map((item) => {
		if (typeof item === "string") return item;
		throw malformed(`Cannot parse string from ${what}: ${shown(item)}`);
	});
}

/** 32-bit integers. @throws PangolinError `bad-request` */
export function asInts(value: JsonValue | undefined, what: string): number[] {
	return asArray(value, what).map((item) => {
		if (isInt(item)) return item;
		throw malformed(`Cannot parse int from ${what}: ${shown(item)}`);
	});
}

function isAbsent(object: JsonObject, key: string): boolean {
	return object[key] === undefined || object[key] === null;
}

/** A member of a map with foreign keys; never one that the prototype has. */
export function own<Value>(
	map: Readonly<Record<string, Value>>,
	key: string,
): Value | undefined {
	return Object.hasOwn(map, key) ? map[key] : undefined;
}
