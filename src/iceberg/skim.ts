/** What one pass over the bytes of a JSON object finds without parsing all of it. */
export interface Skim {
	/** The object's text with `[]` in place of the arrays that were passed over. */
	readonly rest: string;
	/** Per array that was passed over: start and end of each of its elements, in turn. */
	readonly elements: ReadonlyMap<string, readonly number[]>;
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
	const elements = new Map<string, readonly number[]>();
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
		const offsets: number[] = [];
		const end = endOfObjects(bytes, at + 1, offsets);
		if (end === undefined || elements.has(key)) return undefined;
		elements.set(key, offsets);
		rest += `${bytes.toString("utf8", kept, at)}[]`;
		kept = at = end;
	}
	return { rest: rest + bytes.toString("utf8", kept, bytes.length), elements };
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

/** The end of the array whose first element may begin at `start`; undefined when it holds anything but objects. */
function endOfObjects(
	bytes: Buffer,
	start: number,
	offsets: number[],
): number | undefined {
	let at = afterSpace(bytes, start);
	if (bytes[at] === CLOSE_ARRAY) return at + 1;
	for (;;) {
		if (bytes[at] !== OPEN_OBJECT) return undefined;
		const end = endOfContainer(bytes, at);
		offsets.push(at, end);
		at = afterSpace(bytes, end);
		if (bytes[at] === CLOSE_ARRAY) return at + 1;
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
