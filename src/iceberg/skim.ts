/** What one pass over the bytes of a JSON object finds without parsing all of it. */
export interface Skim {
	/** The object's text with `[]` in place of the arrays that were passed over. */
	readonly rest: string;
	/** Where the elements of each array that was passed over lie. */
	readonly arrays: ReadonlyMap<string, Range>;
}

/** From the start of an array's first element to the end of its last one; no bytes for an empty array. */
export interface Range {
	readonly start: number;
	readonly end: number;
	/** Start and end of each element, in turn, when they had to be looked for. */
	readonly offsets?: readonly number[];
}

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The bit by which a bracket differs from the brace of the same direction. */
const BRACE_BIT = 0x20;
const LOWER_A = 0x61;
const LOWER_Z = 0x7a;

/**
 * Passes over arrays of objects at the top level of a JSON object (UTF-8) and
 * tells where their elements lie: parsing what a commit does not look at is most
 * of its cost. The elements themselves are not validated; `rest` holds all else.
 * @param keys of those arrays
 * @returns undefined for what is not of this form: it must be parsed as a whole
 */
export function skimObject(
	bytes: Buffer,
	keys: ReadonlySet<string>,
): Skim | undefined {
	const arrays = new Map<string, Range>();
	let rest = "";
	let kept = 0;
	let at = afterSpace(bytes, 0);
	if (bytes[at++] !== OPEN_OBJECT) return undefined;
	for (;;) {
		at = afterSpace(bytes, at);
		if (bytes[at] === CLOSE_OBJECT) break;
		if (bytes[at] === COMMA) {
			at++;
			continue;
		}
		if (bytes[at] !== QUOTE) return undefined;
		const keyStart = at + 1;
		const keyEnd = endOfString(bytes, keyStart);
		at = afterSpace(bytes, keyEnd + 1);
		if (bytes[at] !== COLON) return undefined;
		at = afterSpace(bytes, at + 1);
		const key = bytes.toString("latin1", keyStart, keyEnd);
		if (!keys.has(key) || bytes[at] !== OPEN_ARRAY) {
			at = endOfValue(bytes, at);
			continue;
		}
		const range =
			rangeOfFlatObjects(bytes, at + 1) ?? rangeOfObjects(bytes, at + 1);
		if (range === undefined || arrays.has(key)) return undefined;
		arrays.set(key, range);
		rest += `${bytes.toString("utf8", kept, at)}[]`;
		kept = at = afterSpace(bytes, range.end) + 1;
	}
	return { rest: rest + bytes.toString("utf8", kept, bytes.length), arrays };
}

/**
 * Where each element lies: start and end, in turn.
 * @returns undefined when there is anything but objects with commas between them
 */
export function elementsIn(
	bytes: Buffer,
	{ start, end, offsets: known }: Range,
): readonly number[] | undefined {
	if (known !== undefined) return known;
	const offsets: number[] = [];
	for (let at = start; at < end; ) {
		if (bytes[at] !== OPEN_OBJECT) return undefined;
		const elementEnd = endOfContainer(bytes, at);
		offsets.push(at, elementEnd);
		if (elementEnd === end) return offsets;
		at = afterSpace(bytes, elementEnd);
		if (bytes[at] !== COMMA) return undefined;
		at = afterSpace(bytes, at + 1);
	}
	return start === end ? offsets : undefined;
}

function afterSpace(bytes: Buffer, start: number): number {
	let i = start;
	while (i < bytes.length && (bytes[i] ?? 0) <= SPACE) i++;
	return i;
}

/** Where the closing quote is. */
function endOfString(bytes: Buffer, start: number): number {
	let i = start;
	while (i < bytes.length && bytes[i] !== QUOTE)
		i += bytes[i] === BACKSLASH ? 2 : 1;
	return i;
}

function endOfValue(bytes: Buffer, start: number): number {
	const first = bytes[start];
	if (first === QUOTE) return endOfString(bytes, start + 1) + 1;
	if (first === OPEN_OBJECT || first === OPEN_ARRAY)
		return endOfContainer(bytes, start);
	let i = start;
	while (
		i < bytes.length &&
		bytes[i] !== COMMA &&
		bytes[i] !== CLOSE_OBJECT &&
		bytes[i] !== CLOSE_ARRAY
	)
		i++;
	return i;
}

/**
 * Where the elements of an array lie that begins at `start`, if it holds objects
 * without arrays in them, in the form in which programs write it. Found by the
 * runtime's own search, which takes a tenth of a look at every byte.
 *
 * In valid JSON nothing else looks like it: no bracket lies between the array's
 * own and the one found, so that one closes the array unless it stands in a
 * string. In a string the quote that follows would end it, and neither a letter nor
 * the end of the file comes after a string.
 */
function rangeOfFlatObjects(bytes: Buffer, start: number): Range | undefined {
	const end = bytes.indexOf(CLOSE_ARRAY, start);
	if (bytes[start] !== OPEN_OBJECT || bytes[end - 1] !== CLOSE_OBJECT)
		return undefined;
	const nested = bytes.indexOf(OPEN_ARRAY, start);
	if (nested >= 0 && nested < end) return undefined;
	const isLast = bytes[end + 1] === CLOSE_OBJECT && end + 2 === bytes.length;
	return isLast || beginsKey(bytes, end + 1) ? { start, end } : undefined;
}

/** Whether a comma and a key that begins with a letter follow. */
function beginsKey(bytes: Buffer, at: number): boolean {
	const first = bytes[at + 2] ?? 0;
	return (
		bytes[at] === COMMA &&
		bytes[at + 1] === QUOTE &&
		first >= LOWER_A &&
		first <= LOWER_Z
	);
}

/** The same for any array; undefined when it holds anything but objects. */
function rangeOfObjects(bytes: Buffer, start: number): Range | undefined {
	const first = afterSpace(bytes, start);
	const offsets: number[] = [];
	if (bytes[first] === CLOSE_ARRAY) return { start: first, end: first };
	for (let at = first; ; ) {
		if (bytes[at] !== OPEN_OBJECT) return undefined;
		const end = endOfContainer(bytes, at);
		offsets.push(at, end);
		at = afterSpace(bytes, end);
		if (bytes[at] === CLOSE_ARRAY) return { start: first, end, offsets };
		if (bytes[at] !== COMMA) return undefined;
		at = afterSpace(bytes, at + 1);
	}
}

/** After the bracket or brace that closes the one at `start`. Nearly all of a large file passes here. */
function endOfContainer(bytes: Buffer, start: number): number {
	const { length } = bytes;
	let depth = 0;
	for (let i = start; i < length; i++) {
		const c = bytes[i] ?? 0;
		if (c === QUOTE) {
			for (i++; i < length; i++) {
				const d = bytes[i];
				if (d === QUOTE) break;
				if (d === BACKSLASH) i++;
			}
		} else if ((c | BRACE_BIT) === OPEN_OBJECT) depth++;
		else if ((c | BRACE_BIT) === CLOSE_OBJECT && --depth === 0) return i + 1;
	}
	return length;
}
