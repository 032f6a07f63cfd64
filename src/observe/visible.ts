/** Control characters, line separators, and characters that reorder or hide text. */
const INVISIBLE =
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const MAX_CHARACTERS = 4096;

/**
 * Makes foreign text safe for a log line or a terminal: what cannot be seen, or
 * would move what follows, becomes `\uXXXX`; long text is cut.
 */
export function visible(text: string): string {
	const cut =
		text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
	return cut
		.toWellFormed()
		.replace(
			INVISIBLE,
			(c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
		);
}

/** An error with its stack and its causes, on one line. */
export function describeError(error: unknown): string {
	const parts: string[] = [];
	let current: unknown = error;
	while (current !== undefined && parts.length < 5) {
		parts.push(
			current instanceof Error
				? (current.stack ?? current.message)
				: String(current),
		);
		current = current instanceof Error ? current.cause : undefined;
	}
	return visible(parts.join(" — caused by ").replace(/\n\s*/g, " | "));
}
