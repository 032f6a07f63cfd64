/**
 * Texts of immutable arrays, element by element. What a file's history holds
 * never changes, so that each element is serialised at most once, and not at
 * all when it was read from a file: a commit to a table with many snapshots
 * costs what it adds. A memo of values that never change; nobody can tell
 * whether it is there, but for the time.
 */
const memo = new WeakMap<readonly object[], ArrayText>();

/** A part of a text: a string, or UTF-8 that is shared with other versions of the file. */
export type Piece = string | Buffer;

interface ArrayText {
	/** Where the first elements stand in what was parsed. */
	readonly source: Source | undefined;
	/** The texts of the elements that follow. */
	readonly added: readonly string[];
	/**
	 * The elements with commas between them, in pieces: so that one more element
	 * does not copy the text of all others.
	 */
	readonly pieces: readonly Piece[];
}

/** What was parsed, and the start and end of each element in it, in turn. */
export interface Source {
	readonly parsed: Piece;
	readonly offsets: readonly number[];
}

/** What is longer is encoded, once for all files that it will be part of. */
const PIECE_LENGTH = 32 * 1024;

/** Remembers from what the array was parsed. */
export function rememberSource(array: readonly object[], source: Source): void {
	const { parsed, offsets } = source;
	if (offsets.length !== 2 * array.length) return;
	const [start, end] = [offsets[0] ?? 0, offsets.at(-1) ?? 0];
	const all =
		typeof parsed === "string"
			? closed(parsed.slice(start, end))
			: parsed.subarray(start, end);
	memo.set(array, {
		source,
		added: [],
		pieces: array.length === 0 ? [] : [all],
	});
}

function closed(text: string): Piece {
	return text.length < PIECE_LENGTH ? text : Buffer.from(text);
}

function textsOf({ source, added }: ArrayText): string[] {
	if (source === undefined) return [...added];
	const { parsed, offsets } = source;
	const texts: string[] = [];
	for (let k = 0; k + 1 < offsets.length; k += 2)
		texts.push(
			typeof parsed === "string"
				? parsed.slice(offsets[k], offsets[k + 1])
				: parsed.toString("utf8", offsets[k], offsets[k + 1]),
		);
	return [...texts, ...added];
}

/** The array with one more element; the texts of the others stay known. */
export function withAppended<Element extends object>(
	array: readonly Element[],
	element: Element,
	text: string,
): readonly Element[] {
	const longer = [...array, element];
	const known = memo.get(array);
	if (known !== undefined)
		memo.set(longer, {
			source: known.source,
			added: [...known.added, text],
			pieces: withPiece(known.pieces, text),
		});
	return longer;
}

/** The array without some elements, or itself if it loses none. */
export function withOnly<Element extends object>(
	array: readonly Element[],
	keep: (element: Element) => boolean,
): readonly Element[] {
	const kept = array.map(keep);
	if (kept.every(Boolean)) return array;
	const shorter = array.filter((_, i) => kept[i]);
	const known = memo.get(array);
	if (known !== undefined)
		rememberTexts(
			shorter,
			textsOf(known).filter((_, i) => kept[i]),
		);
	return shorter;
}

function rememberTexts(
	array: readonly object[],
	texts: readonly string[],
): readonly Piece[] {
	const pieces: Piece[] = [];
	for (const text of texts) addPiece(pieces, text);
	memo.set(array, { source: undefined, added: texts, pieces });
	return pieces;
}

function withPiece(pieces: readonly Piece[], text: string): Piece[] {
	const more = [...pieces];
	addPiece(more, text);
	return more;
}

/** Only the last piece may be a string: it still grows. */
function addPiece(pieces: Piece[], text: string): void {
	const last = pieces.at(-1);
	if (last === undefined) pieces.push(text);
	else if (typeof last === "string" && last.length < PIECE_LENGTH)
		pieces[pieces.length - 1] = `${last},${text}`;
	else {
		if (typeof last === "string") pieces[pieces.length - 1] = closed(last);
		pieces.push(`,${text}`);
	}
}

/** The array's JSON in pieces; `serialize` is called for elements that are not known. */
export function arrayPieces<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): readonly Piece[] {
	const known = memo.get(array)?.pieces;
	return ["[", ...(known ?? rememberTexts(array, array.map(serialize))), "]"];
}

/** The array's JSON. */
export function arrayText<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): string {
	return arrayPieces(array, serialize).map(String).join("");
}
