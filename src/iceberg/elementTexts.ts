/**
 * Texts of immutable arrays, element by element. What a file's history holds
 * never changes, so that each element is serialised at most once, and not at
 * all when it was read from a file: a commit to a table with many snapshots
 * costs what it adds. A memo of values that never change; nobody can tell
 * whether it is there, but for the time.
 */
const memo = new WeakMap<readonly object[], ArrayText>();

interface ArrayText {
	/** Where the first elements stand in a text that was parsed. */
	readonly source: Source | undefined;
	/** The texts of the elements that follow. */
	readonly added: readonly string[];
	/**
	 * The elements with commas between them, in pieces: so that one more element
	 * does not copy the text of all others.
	 */
	readonly pieces: readonly string[];
}

interface Source {
	readonly text: string;
	/** Start and end of each element, in turn. */
	readonly offsets: readonly number[];
}

const PIECE_LENGTH = 32 * 1024;

/** The text from which the array was parsed, with start and end of each element. */
export function rememberSource(
	array: readonly object[],
	text: string,
	offsets: readonly number[],
): void {
	if (offsets.length !== 2 * array.length) return;
	const all = text.slice(offsets[0] ?? 0, offsets.at(-1) ?? 0);
	memo.set(array, {
		source: { text, offsets },
		added: [],
		pieces: array.length === 0 ? [] : [all],
	});
}

function rememberTexts(
	array: readonly object[],
	texts: readonly string[],
): void {
	memo.set(array, { source: undefined, added: texts, pieces: piecesOf(texts) });
}

function textsOf({ source, added }: ArrayText): string[] {
	const texts: string[] = [];
	const offsets = source?.offsets ?? [];
	for (let k = 0; k + 1 < offsets.length; k += 2)
		texts.push(source?.text.slice(offsets[k], offsets[k + 1]) ?? "");
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
	const added = array.map(serialize);
	const pieces = piecesOf(added);
	memo.set(array, { source: undefined, added, pieces });
	return ["[", ...pieces, "]"];
}

/** The array's JSON. */
export function arrayText<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): string {
	return arrayPieces(array, serialize).join("");
}
