import { PangolinError } from "../model/errors.ts";

/**
 * Where long integers lie in a document: a tree of keys, with one node for all
 * elements of an array.
 */
export interface PathNode {
	isLongInteger: boolean;
	items: PathNode | undefined;
	readonly members: Map<string, PathNode>;
	/** Where keys of members were seen before: comparing is faster than slicing. */
	readonly seenKeys: { start: number; end: number; node: PathNode }[];
}

/** What one linear pass over a JSON text finds, without validating it. */
export interface Scan {
	/** Start and end offsets of integers of 16 or more digits, in turn. */
	readonly longIntegers: readonly number[];
	/** Where these integers are; undefined when there are none. */
	readonly paths: PathNode | undefined;
	/** Colons outside of strings: in valid JSON the number of members. */
	readonly memberCount: number;
	/** Per watched top-level key: start and end offsets of its elements, if all are objects. */
	readonly elements: ReadonlyMap<string, readonly number[]>;
}

interface ScanOptions {
	readonly maxDepth: number;
	/** Top-level keys whose arrays' elements are to be located. */
	readonly watchedArrays: ReadonlySet<string>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_ARRAY = 0x5d;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const UPPER_E = 0x45;
const LOWER_E = 0x65;
const ZERO = 0x30;
const NINE = 0x39;

/** Integers of fewer digits are below 2^53. */
const LONG_INTEGER_DIGITS = 16;
/** Far above any 64-bit number; bounds the cost of converting one. */
const MAX_NUMBER_LENGTH = 128;
/** Objects of our formats have few keys with long integers; others are sliced. */
const MAX_SEEN_KEYS = 8;

type Units = Uint8Array | Uint16Array;

/** The open container at each depth; index 0 stands for the document. */
interface Frames {
	readonly text: string;
	readonly units: Units;
	readonly isArray: Uint8Array;
	readonly keyStart: Int32Array;
	readonly keyEnd: Int32Array;
	readonly node: (PathNode | undefined)[];
}

export function newPathNode(): PathNode {
	return {
		isLongInteger: false,
		items: undefined,
		members: new Map(),
		seenKeys: [],
	};
}

/**
 * Bounds the depth before anything is parsed, and finds the integers that a
 * double may not hold exactly.
 * @throws PangolinError `bad-request` for a text that is nested too deeply or
 * has a number out of range
 */
export function scanJson(text: string, options: ScanOptions): Scan {
	const units = unitsOf(text);
	const frames: Frames = {
		text,
		units,
		isArray: new Uint8Array(options.maxDepth + 1),
		keyStart: new Int32Array(options.maxDepth + 1),
		keyEnd: new Int32Array(options.maxDepth + 1),
		node: [],
	};
	const { isArray, keyStart, keyEnd, node } = frames;
	const longIntegers: number[] = [];
	const elements = new Map<string, number[]>();
	let watched: number[] | undefined;
	let root: PathNode | undefined;
	let memberCount = 0;
	let depth = 0;
	let stringStart = 0;
	let stringEnd = 0;
	const length = units.length;
	for (let i = 0; i < length; i++) {
		const c = units[i] ?? 0;
		if (c === QUOTE) {
			stringStart = ++i;
			for (; i < length; i++) {
				const d = units[i];
				if (d === QUOTE) break;
				if (d === BACKSLASH) i++;
			}
			stringEnd = i;
		} else if (c === COLON) {
			memberCount++;
			keyStart[depth] = stringStart;
			keyEnd[depth] = stringEnd;
		} else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
			if (depth === 2) watched?.push(i);
			if (depth === 1 && c === OPEN_ARRAY && isArray[1] === 0) {
				watched = watch(frames, options.watchedArrays, elements);
			}
			depth++;
			if (depth > options.maxDepth) throw tooDeep(options.maxDepth);
			isArray[depth] = c === OPEN_ARRAY ? 1 : 0;
			node[depth] = undefined;
		} else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
			if (depth > 0) depth--;
			if (depth === 2) watched?.push(i + 1);
			if (depth === 1) watched = undefined;
		} else if (c === MINUS || (c >= ZERO && c <= NINE)) {
			const end = endOfNumber(units, i + 1);
			if (end - i >= LONG_INTEGER_DIGITS && isLongInteger(units, i, end)) {
				refuseAsKey(text, end);
				longIntegers.push(i, end);
				root ??= newPathNode();
				markPath(frames, depth, root);
			} else if (end - i > 3) {
				refuseOutOfRange(frames, i, end);
			}
			i = end - 1;
		}
	}
	return { longIntegers, paths: root, memberCount, elements };
}

function tooDeep(maxDepth: number): PangolinError {
	return new PangolinError(
		"bad-request",
		`The JSON is nested more than ${maxDepth} levels deep`,
	);
}

/**
 * The text as code units with the same offsets: reading a typed array is twice
 * as fast as asking a string for its characters.
 */
function unitsOf(text: string): Units {
	if (Buffer.byteLength(text) === text.length)
		return Buffer.from(text, "latin1");
	const bytes = Buffer.from(text, "utf16le");
	return new Uint16Array(
		bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
	);
}

function endOfNumber(units: Units, start: number): number {
	const length = units.length;
	let i = start;
	for (; i < length; i++) {
		const c = units[i] ?? 0;
		if (c >= ZERO && c <= NINE) continue;
		if (
			c !== DOT &&
			c !== LOWER_E &&
			c !== UPPER_E &&
			c !== PLUS &&
			c !== MINUS
		)
			break;
	}
	return i;
}

/** Whether the token is an integer as JSON writes it, of 16 or more digits. */
function isLongInteger(units: Units, start: number, end: number): boolean {
	const first = units[start] === MINUS ? start + 1 : start;
	return (
		end - first >= LONG_INTEGER_DIGITS &&
		end - first <= MAX_NUMBER_LENGTH &&
		units[first] !== ZERO &&
		areDigits(units, first, end)
	);
}

function areDigits(units: Units, start: number, end: number): boolean {
	for (let i = start; i < end; i++) {
		const c = units[i] ?? 0;
		if (c < ZERO || c > NINE) return false;
	}
	return true;
}

/** A long integer is parsed as a string, which must not turn it into a valid key. */
function refuseAsKey(text: string, end: number): void {
	let i = end;
	while (i < text.length && text.charCodeAt(i) <= 0x20) i++;
	if (text.charCodeAt(i) === COLON) {
		throw new PangolinError(
			"bad-request",
			`Invalid JSON: a number is used as a key at position ${i}`,
		);
	}
}

/** Longer integers than any that is in use would be costly to convert. */
function refuseOutOfRange(frames: Frames, start: number, end: number): void {
	const { text, units } = frames;
	const digits = areDigits(units, start + 1, end);
	if (digits && end - start <= MAX_NUMBER_LENGTH) return;
	if (digits || !Number.isFinite(Number(text.slice(start, end))))
		throw outOfRange(text, start, end);
}

function outOfRange(text: string, start: number, end: number): PangolinError {
	const shown = text.slice(start, Math.min(end, start + 24));
	return new PangolinError("bad-request", `Number out of range: ${shown}`);
}

function keyAt(frames: Frames, depth: number): string {
	const raw = frames.text.slice(frames.keyStart[depth], frames.keyEnd[depth]);
	return raw.includes("\\") ? unescaped(raw) : raw;
}

/** A key that is not valid JSON is left as it is: the parser will refuse it. */
function unescaped(raw: string): string {
	try {
		return String(JSON.parse(`"${raw}"`));
	} catch (error) {
		if (error instanceof SyntaxError) return raw;
		throw error;
	}
}

function markPath(frames: Frames, depth: number, root: PathNode): void {
	const node =
		depth === 0 ? root : childOf(nodeAt(frames, depth, root), frames, depth);
	node.isLongInteger = true;
}

/** The node of the container that is open at this depth. */
function nodeAt(frames: Frames, depth: number, root: PathNode): PathNode {
	if (depth === 1) return root;
	const known = frames.node[depth];
	if (known !== undefined) return known;
	const parent = nodeAt(frames, depth - 1, root);
	const node = childOf(parent, frames, depth - 1);
	frames.node[depth] = node;
	return node;
}

/** The node of the value that is being read in the container at this depth. */
function childOf(parent: PathNode, frames: Frames, depth: number): PathNode {
	if (frames.isArray[depth] === 1) {
		parent.items ??= newPathNode();
		return parent.items;
	}
	const start = frames.keyStart[depth] ?? 0;
	const end = frames.keyEnd[depth] ?? 0;
	for (const seen of parent.seenKeys) {
		if (sameUnits(frames.units, seen.start, seen.end, start, end))
			return seen.node;
	}
	const key = keyAt(frames, depth);
	const node = parent.members.get(key) ?? newPathNode();
	parent.members.set(key, node);
	if (parent.seenKeys.length < MAX_SEEN_KEYS)
		parent.seenKeys.push({ start, end, node });
	return node;
}

function sameUnits(
	units: Units,
	start: number,
	end: number,
	otherStart: number,
	otherEnd: number,
): boolean {
	if (end - start !== otherEnd - otherStart) return false;
	for (let i = start, k = otherStart; i < end; i++, k++) {
		if (units[i] !== units[k]) return false;
	}
	return true;
}

/** Starts locating the elements of the array that opens below the top level. */
function watch(
	frames: Frames,
	watchedArrays: ReadonlySet<string>,
	elements: Map<string, number[]>,
): number[] | undefined {
	const key = keyAt(frames, 1);
	if (!watchedArrays.has(key)) return undefined;
	const offsets: number[] = [];
	elements.set(key, offsets);
	return offsets;
}
