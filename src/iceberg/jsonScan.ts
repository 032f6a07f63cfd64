import { PangolinError } from "../model/errors.ts";

/**
 * Where long integers lie in a document: a tree of keys, with one node for all
 * elements of an array.
 */
export interface PathNode {
	isLongInteger: boolean;
	items: PathNode | undefined;
	readonly members: Map<string, PathNode>;
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

/** The open container at each depth; index 0 stands for the document. */
interface Frames {
	readonly isArray: boolean[];
	readonly keyStart: number[];
	readonly keyEnd: number[];
	readonly node: (PathNode | undefined)[];
}

export function newPathNode(): PathNode {
	return { isLongInteger: false, items: undefined, members: new Map() };
}

/**
 * Bounds the depth before anything is parsed, and finds the integers that a
 * double may not hold exactly.
 * @throws PangolinError `bad-request` for a text that is nested too deeply or
 * has a number out of range
 */
export function scanJson(text: string, options: ScanOptions): Scan {
	const frames: Frames = {
		isArray: [true],
		keyStart: [0],
		keyEnd: [0],
		node: [undefined],
	};
	const longIntegers: number[] = [];
	const elements = new Map<string, number[]>();
	let watched: number[] | undefined;
	let root: PathNode | undefined;
	let memberCount = 0;
	let depth = 0;
	let stringStart = 0;
	let stringEnd = 0;
	const length = text.length;
	for (let i = 0; i < length; i++) {
		const c = text.charCodeAt(i);
		if (c === QUOTE) {
			stringStart = i + 1;
			i = endOfString(text, stringStart);
			stringEnd = i;
		} else if (c === COLON) {
			memberCount++;
			frames.keyStart[depth] = stringStart;
			frames.keyEnd[depth] = stringEnd;
		} else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
			if (depth === 2) watched?.push(i);
			if (depth === 1 && c === OPEN_ARRAY && frames.isArray[1] === false) {
				watched = watch(text, frames, options.watchedArrays, elements);
			}
			depth++;
			if (depth > options.maxDepth) throw tooDeep(options.maxDepth);
			frames.isArray[depth] = c === OPEN_ARRAY;
			frames.node[depth] = undefined;
		} else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
			if (depth > 0) depth--;
			if (depth === 2) watched?.push(i + 1);
			if (depth === 1) watched = undefined;
		} else if (c === MINUS || (c >= ZERO && c <= NINE)) {
			const end = endOfNumber(text, i + 1);
			if (end - i >= LONG_INTEGER_DIGITS && isLongInteger(text, i, end)) {
				refuseAsKey(text, end);
				longIntegers.push(i, end);
				root ??= newPathNode();
				markPath(text, frames, depth, root);
			} else if (end - i > 3) {
				refuseInfinite(text, i, end);
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
 * The offset of the closing quote, or the end of a text that has none. The
 * native search is faster than a loop; a quote is escaped when an odd number of
 * backslashes stands before it.
 */
function endOfString(text: string, start: number): number {
	let end = text.indexOf('"', start);
	while (end > start && text.charCodeAt(end - 1) === BACKSLASH) {
		let k = end - 2;
		while (k >= start && text.charCodeAt(k) === BACKSLASH) k--;
		if ((end - k) % 2 === 1) return end;
		end = text.indexOf('"', end + 1);
	}
	return end < 0 ? text.length : end;
}

function endOfNumber(text: string, start: number): number {
	const length = text.length;
	let i = start;
	for (; i < length; i++) {
		const c = text.charCodeAt(i);
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
function isLongInteger(text: string, start: number, end: number): boolean {
	const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
	if (end - first < LONG_INTEGER_DIGITS) return false;
	if (text.charCodeAt(first) === ZERO) return false;
	for (let i = first; i < end; i++) {
		const c = text.charCodeAt(i);
		if (c < ZERO || c > NINE) return false;
	}
	if (end - first > MAX_NUMBER_LENGTH) throw outOfRange(text, start, end);
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

function refuseInfinite(text: string, start: number, end: number): void {
	const number = Number(text.slice(start, end));
	if (number === Infinity || number === -Infinity)
		throw outOfRange(text, start, end);
}

function outOfRange(text: string, start: number, end: number): PangolinError {
	const shown = text.slice(start, Math.min(end, start + 24));
	return new PangolinError("bad-request", `Number out of range: ${shown}`);
}

function keyAt(text: string, frames: Frames, depth: number): string {
	const raw = text.slice(frames.keyStart[depth], frames.keyEnd[depth]);
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

function markPath(
	text: string,
	frames: Frames,
	depth: number,
	root: PathNode,
): void {
	if (depth === 0) root.isLongInteger = true;
	else
		childOf(
			nodeAt(text, frames, depth, root),
			text,
			frames,
			depth,
		).isLongInteger = true;
}

/** The node of the container that is open at this depth. */
function nodeAt(
	text: string,
	frames: Frames,
	depth: number,
	root: PathNode,
): PathNode {
	if (depth === 1) return root;
	const known = frames.node[depth];
	if (known !== undefined) return known;
	const parent = nodeAt(text, frames, depth - 1, root);
	const node = childOf(parent, text, frames, depth - 1);
	frames.node[depth] = node;
	return node;
}

/** The node of the value that is being read in the container at this depth. */
function childOf(
	parent: PathNode,
	text: string,
	frames: Frames,
	depth: number,
): PathNode {
	if (frames.isArray[depth]) {
		parent.items ??= newPathNode();
		return parent.items;
	}
	const key = keyAt(text, frames, depth);
	let node = parent.members.get(key);
	if (node === undefined) {
		node = newPathNode();
		parent.members.set(key, node);
	}
	return node;
}

/** Starts locating the elements of the array that opens below the top level. */
function watch(
	text: string,
	frames: Frames,
	watchedArrays: ReadonlySet<string>,
	elements: Map<string, number[]>,
): number[] | undefined {
	const key = keyAt(text, frames, 1);
	if (!watchedArrays.has(key)) return undefined;
	const offsets: number[] = [];
	elements.set(key, offsets);
	return offsets;
}
