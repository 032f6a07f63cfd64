import type { JsonBytes } from "./json.ts";
import { stamp } from "./stamp.ts";

/**
 * Texts of immutable arrays, element by element. What a file's history holds
 * never changes, so that each element is serialised at most once, and not at
 * all when it was read from a file: a commit to a table with many snapshots
 * costs what it adds. A memo of values that never change; nobody can tell
 * whether it is there, but for the time.
 */
const memo = stamp<ArrayText>();

/** A part of a text: a string, or UTF-8 that is shared with other versions of the file. */
export type Piece = string | Buffer;

interface ArrayText {
	/** One per element; an element that lies in a file is its own text. */
	readonly texts: readonly (string | JsonBytes)[];
	/**
	 * The elements with commas between them, in pieces: so that one more element
	 * does not copy the text of all others. Only the last may be a string.
	 */
	readonly pieces: readonly Piece[];
	/** How many of the texts and of the pieces `inFile` need not look at again; undefined: all. */
	readonly settled:
		| { readonly texts: number; readonly pieces: number }
		| undefined;
}

/** What is longer is encoded, once for all files that it will be part of. */
const PIECE_LENGTH = 32 * 1024;

/** Remembers the text from which an array was parsed: start and end of each element, in turn. */
export function rememberSource(
	array: readonly object[],
	text: string,
	offsets: readonly number[],
): void {
	if (offsets.length !== 2 * array.length) return;
	rememberTexts(
		array,
		array.map((_, i) => text.slice(offsets[2 * i], offsets[2 * i + 1])),
	);
}

/** Remembers that an array still lies in the file that it was read from, without a look at its elements. */
export function rememberInFile(
	array: readonly JsonBytes[],
	bytes: Buffer,
): void {
	const pieces = bytes.length === 0 ? [] : [bytes];
	memo.set(array, { texts: array, pieces, settled: undefined });
}

function textOf(text: string | JsonBytes): string {
	return typeof text === "string" ? text : text.text;
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
			texts: [...known.texts, text],
			pieces: withPiece(known.pieces, text),
			settled: known.settled ?? {
				texts: array.length,
				pieces: known.pieces.length,
			},
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
			known.texts.filter((_, i) => kept[i]),
		);
	return shorter;
}

/** The array without its first elements; the texts of the others stay known. */
export function withoutFirst<Element extends object>(
	array: readonly Element[],
	count: number,
): readonly Element[] {
	if (count === 0) return array;
	const shorter = array.slice(count);
	const known = memo.get(array);
	if (known === undefined) return shorter;
	const texts = known.texts.slice(count);
	const [joined] = known.pieces;
	// Where all texts are joined in one string, the others' need not be joined anew.
	if (known.pieces.length > 1 || typeof joined !== "string") {
		rememberTexts(shorter, texts);
		return shorter;
	}
	let start = 0;
	for (const text of known.texts.slice(0, count))
		start += textOf(text).length + 1;
	const pieces = texts.length === 0 ? [] : [joined.slice(start)];
	memo.set(shorter, { texts, pieces, settled: known.settled });
	return shorter;
}

function rememberTexts(
	array: readonly object[],
	texts: ArrayText["texts"],
): readonly Piece[] {
	const pieces: Piece[] = [];
	for (const text of texts) addPiece(pieces, textOf(text));
	memo.set(array, { texts, pieces, settled: { texts: 0, pieces: 0 } });
	return pieces;
}

/**
 * The same array with its elements left to lie in the pieces that are encoded
 * already: as bytes that the next files share they take a fraction of the memory.
 */
export function inFile<Element extends object>(
	array: readonly Element[],
	newElement: (
		bytes: Buffer,
		start: number,
		end: number,
	) => Element & JsonBytes,
): readonly Element[] {
	const known = memo.get(array);
	if (known?.settled === undefined) return array;
	let { texts: count, pieces: index } = known.settled;
	if (!Buffer.isBuffer(known.pieces[index])) return array;
	const elements = [...array];
	const texts = [...known.texts];
	for (; index < known.pieces.length; index++) {
		const piece = known.pieces[index];
		if (piece === undefined || typeof piece === "string") break;
		for (let start = index === 0 ? 0 : 1; start < piece.length; count++) {
			const text = texts[count] ?? "";
			const end =
				start +
				(typeof text === "string"
					? Buffer.byteLength(text)
					: text.end - text.start);
			const element = newElement(piece, start, end);
			elements[count] = element;
			texts[count] = element;
			start = end + 1;
		}
	}
	const settled = { texts: count, pieces: index };
	memo.set(elements, { texts, pieces: known.pieces, settled });
	return elements;
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
		if (typeof last === "string") pieces[pieces.length - 1] = Buffer.from(last);
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
