/**
 * Texts of immutable arrays, element by element. What a file's history holds
 * never changes, so that each element is serialised at most once, and not at
 * all when it was read from a file: a commit to a table with many snapshots
 * costs what it adds. A memo of values that never change; nobody can tell
 * whether it is there, but for the time.
 */
const memo = new WeakMap<readonly object[], ArrayText>();

interface ArrayText {
	readonly elements: readonly string[];
	/**
	 * The elements with commas between them, in pieces: so that one more element
	 * does not copy the text of all others.
	 */
	readonly pieces: readonly string[];
}

const PIECE_LENGTH = 32 * 1024;

/** The texts from which the elements were parsed. */
export function rememberTexts(
	array: readonly object[],
	texts: readonly string[],
): void {
	if (texts.length === array.length)
		memo.set(array, { elements: texts, pieces: piecesOf(texts) });
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
			elements: [...known.elements, text],
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
			known.elements.filter((_, i) => kept[i]),
		);
	return shorter;
}

function piecesOf(texts: readonly string[]): string[] {
	const pieces: string[] = [];
	for (const text of texts) addPiece(pieces, text);
	return pieces;
}

function withPiece(pieces: readonly string[], text: string): string[] {
	const more = [...pieces];
	addPiece(more, text);
	return more;
}

function addPiece(pieces: string[], text: string): void {
	const last = pieces.at(-1);
	if (last === undefined) pieces.push(text);
	else if (last.length > PIECE_LENGTH) pieces.push(`,${text}`);
	else pieces[pieces.length - 1] = `${last},${text}`;
}

/** The array's JSON in pieces; `serialize` is called for elements that are not known. */
export function arrayPieces<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): readonly string[] {
	const known = memo.get(array);
	if (known !== undefined) return ["[", ...known.pieces, "]"];
	const elements = array.map(serialize);
	const pieces = piecesOf(elements);
	memo.set(array, { elements, pieces });
	return ["[", ...pieces, "]"];
}

/** The array's JSON. */
export function arrayText<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): string {
	return arrayPieces(array, serialize).join("");
}
