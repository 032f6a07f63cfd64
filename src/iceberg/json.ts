import { PangolinError } from "../model/errors.ts";
import { type PathNode, type Scan, scanJson } from "./jsonScan.ts";

/**
 * JSON whose integers are never rounded: an integer of 16 or more digits is a
 * `bigint`, every other number a `number`.
 */
export type JsonValue =
	| null
	| boolean
	| number
	| bigint
	| string
	| readonly JsonValue[]
	| JsonText
	| JsonBytes
	| JsonObject;

export type JsonObject = { readonly [key: string]: JsonValue | undefined };

export interface ParseOptions {
	/** Levels of arrays and objects that are allowed; 64 unless given. */
	readonly maxDepth?: number | undefined;
	/** For request bodies: the same key twice in one object is refused. */
	readonly rejectDuplicateKeys?: boolean | undefined;
}

export interface DocumentOptions extends ParseOptions {
	/** Top-level keys of arrays whose elements' texts are wanted. */
	readonly watchedArrays: ReadonlySet<string>;
}

/** A parsed document, with where it came from. */
export interface ParsedDocument {
	readonly value: JsonValue;
	/** Per watched array that is there: start and end of each element, in turn. */
	readonly elements: ReadonlyMap<string, readonly number[]>;
}

const DEFAULT_MAX_DEPTH = 64;
const NO_WATCHED_ARRAYS: ReadonlySet<string> = new Set();

/**
 * Starts the strings that stand for long integers while the runtime's parser
 * works: the digits follow. Hardly any text has it; one that does takes the slow
 * way.
 */
const MARKER = "\u007f";
const MARKER_ESCAPES = ["\\u007f", "\\u007F"];

/**
 * Parses without losing digits: one linear scan bounds the depth and finds the
 * long integers, the runtime's parser does the rest.
 * @throws PangolinError `bad-request`
 */
export function parseJson(text: string, options: ParseOptions = {}): JsonValue {
	return parseDocument(text, { ...options, watchedArrays: NO_WATCHED_ARRAYS })
		.value;
}

/**
 * As `parseJson`, and tells where the elements of top-level arrays stand in the
 * text, so that they need not be serialised again.
 * @throws PangolinError `bad-request`
 */
export function parseDocument(
	text: string,
	options: DocumentOptions,
): ParsedDocument {
	const scan = scanJson(text, {
		maxDepth: options.maxDepth ?? DEFAULT_MAX_DEPTH,
		watchedArrays: options.watchedArrays,
	});
	const value = parseScanned(text, scan);
	if (options.rejectDuplicateKeys && countMembers(value) !== scan.memberCount) {
		throw new PangolinError(
			"bad-request",
			"Invalid JSON: an object has the same key twice",
		);
	}
	return { value, elements: scan.elements };
}

function parseScanned(text: string, scan: Scan): JsonValue {
	if (scan.paths === undefined) return parseNative(text, text);
	if ([MARKER, ...MARKER_ESCAPES].some((marker) => text.includes(marker)))
		return parseSlowly(text);
	const marked = parseNative(withMarkers(text, scan.replaced), text);
	return withReplaced(marked, scan.paths);
}

function parseNative(text: string, original: string): JsonValue {
	try {
		return JSON.parse(text);
	} catch (error) {
		if (error instanceof SyntaxError) throw invalidJson(original);
		throw error;
	}
}

/** The parser's own complaint about the text as it was sent. */
function invalidJson(text: string): PangolinError {
	try {
		JSON.parse(text);
	} catch (error) {
		if (error instanceof SyntaxError)
			return new PangolinError("bad-request", `Invalid JSON: ${error.message}`);
	}
	return new PangolinError("bad-request", "Invalid JSON");
}

/** For texts in which our marker occurs: several times slower, and exact. */
function parseSlowly(text: string): JsonValue {
	try {
		return JSON.parse(text, (_key, value, context?: { source?: string }) => {
			const source = context?.source;
			return typeof value === "number" &&
				source !== undefined &&
				/^-?[1-9][0-9]{15,}$/.test(source)
				? BigInt(source)
				: value;
		});
	} catch (error) {
		if (error instanceof SyntaxError) throw invalidJson(text);
		throw error;
	}
}

function withMarkers(text: string, replaced: readonly number[]): string {
	let marked = "";
	let position = 0;
	for (let k = 0; k + 1 < replaced.length; k += 2) {
		const start = replaced[k] ?? 0;
		const end = replaced[k + 1] ?? 0;
		const digits = text.slice(start, end);
		marked += `${text.slice(position, start)}"${MARKER}${digits}"`;
		position = end;
	}
	return marked + text.slice(position);
}

/** Puts the values that the scan replaced in place of their markers. */
function withReplaced(value: JsonValue, paths: PathNode): JsonValue {
	if (typeof value === "string") {
		return paths.isReplaced && value.startsWith(MARKER)
			? BigInt(value.slice(1))
			: value;
	}
	if (value === null || typeof value !== "object") return value;
	if (isArray(value)) {
		if (paths.items !== undefined) replaceItems(value, paths.items);
	} else if (isOpenObject(value)) {
		for (const [key, node] of paths.members) replaceMember(value, key, node);
	}
	return value;
}

/** Not yet given out, so that its members may be replaced. */
function isOpenObject(
	value: object,
): value is { [key: string]: JsonValue | undefined } {
	return !Array.isArray(value);
}

function isArray(value: object): value is JsonValue[] {
	return Array.isArray(value);
}

function replaceItems(items: JsonValue[], node: PathNode): void {
	for (let i = 0; i < items.length; i++) {
		const item = items[i] ?? null;
		const replaced = withReplaced(item, node);
		if (replaced !== item) items[i] = replaced;
	}
}

/** Assigns only to a member that is there: `__proto__` is then one's own, too. */
function replaceMember(
	object: { [key: string]: JsonValue | undefined },
	key: string,
	node: PathNode,
): void {
	if (!Object.hasOwn(object, key)) return;
	const member = object[key] ?? null;
	const replaced = withReplaced(member, node);
	if (replaced !== member) object[key] = replaced;
}

function countMembers(value: JsonValue | undefined): number {
	if (value === null || typeof value !== "object") return 0;
	const members = Object.values(value);
	let count = Array.isArray(value) ? 0 : members.length;
	for (const member of members) count += countMembers(member);
	return count;
}

/**
 * Writes a `bigint` as an integer. Members that are `undefined` are left out;
 * other values that JSON does not know are a fault of the caller.
 */
export function stringifyJson(value: unknown): string {
	switch (typeof value) {
		case "string":
			return JSON.stringify(value);
		case "number":
			return numberText(value);
		case "bigint":
			return value.toString();
		case "boolean":
			return value ? "true" : "false";
		case "object":
			return value === null ? "null" : containerText(value);
		default:
			throw new TypeError(`Not a JSON value: ${typeof value}`);
	}
}

function numberText(value: number): string {
	if (!Number.isFinite(value)) throw new TypeError("Not a JSON number");
	return Object.is(value, -0) ? "-0" : String(value);
}

function containerText(value: object): string {
	if (value instanceof JsonText || value instanceof JsonBytes)
		return value.text;
	if (Array.isArray(value)) return `[${value.map(stringifyJson).join(",")}]`;
	let text = "";
	for (const [key, member] of Object.entries(value)) {
		if (member === undefined) continue;
		if (text !== "") text += ",";
		text += `${JSON.stringify(key)}:${stringifyJson(member)}`;
	}
	return `{${text}}`;
}

/** JSON that is written as it is given: `1.0`. */
export class JsonText {
	readonly text: string;

	constructor(text: string) {
		this.text = text;
	}
}

/** An object as it lies in a file (UTF-8), unread and unchecked; the bytes are shared and never written to. */
export class JsonBytes {
	readonly bytes: Buffer;
	readonly start: number;
	readonly end: number;

	constructor(bytes: Buffer, start: number, end: number) {
		this.bytes = bytes;
		this.start = start;
		this.end = end;
	}

	get text(): string {
		return this.bytes.toString("utf8", this.start, this.end);
	}

	/** A fresh value at every call. @throws PangolinError `bad-request` */
	parsed(): JsonValue {
		return parseJson(this.text);
	}
}
