/**
 * Serialised texts of immutable values. Snapshots and log entries never change,
 * so that each is serialised at most once, and not at all when it was read from
 * a file: a commit to a table with many snapshots costs what it adds. A memo on
 * values that never change: it holds nothing that a caller could observe.
 */
const texts = new WeakMap<object, string>();

export function rememberText(value: object, text: string): void {
	texts.set(value, text);
}

/** The array's text; `serialize` is called for elements that are not known. */
export function arrayText<Element extends object>(
	array: readonly Element[],
	serialize: (value: Element) => string,
): string {
	const known = texts.get(array);
	if (known !== undefined) return known;
	const parts = new Array<string>(array.length);
	for (let i = 0; i < array.length; i++) {
		const element = array[i];
		if (element !== undefined) parts[i] = elementText(element, serialize);
	}
	const text = `[${parts.join(",")}]`;
	texts.set(array, text);
	return text;
}

function elementText<Element extends object>(
	element: Element,
	serialize: (value: Element) => string,
): string {
	const known = texts.get(element);
	if (known !== undefined) return known;
	const text = serialize(element);
	texts.set(element, text);
	return text;
}
