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
	/** The elements with commas between them. */
	readonly joined: string;
}

/** The texts from which the elements were parsed. */
export function rememberTexts(
	array: readonly object[],
	texts: readonly string[],
): void {
	if (texts.length === array.length)
		memo.set(array, { elements: texts, joined: texts.join(",") });
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
			joined: known.joined === "" ? text : `${known.joined},${text}`,
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

/** The array's JSON; `serialize` is called for elements that are not known. */
export function arrayText<Element extends object>(
	array: readonly Element[],
	serialize: (element: Element) => string,
): string {
	const known = memo.get(array);
	if (known !== undefined) return `[${known.joined}]`;
	const elements = array.map(serialize);
	const joined = elements.join(",");
	memo.set(array, { elements, joined });
	return `[${joined}]`;
}
