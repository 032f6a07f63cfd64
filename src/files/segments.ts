import { PangolinError } from "../model/errors.ts";

/** Most file systems and object stores take no longer name. */
const MAX_SEGMENT_BYTES = 255;
/** Leaves room for the names of the files below it within the 4,096 bytes of a path. */
const MAX_LOCATION_BYTES = 2048;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * An escape that a reader who decodes would turn into something that this rule
 * refuses: `.`, `/`, `\`, `?`, `#`, a control character, or `%` (escaped twice).
 */
const ESCAPED_SYNTAX = /%(?:2[ef35]|5c|3f|[01][0-9a-f]|7f)/i;

/**
 * The one rule for the segments of a location that came from outside: each has
 * one reading, whoever reads it. Iceberg's clients take locations as plain
 * paths and decode nothing, so a percent sign is a character like any other
 * and `%41` is not `A`; only escapes that would change the structure of the path
 * for a reader who does decode are refused.
 * @param path segments joined by `/`, without a leading or trailing slash; `""` has none
 * @param location what the message shows
 * @throws PangolinError `location-not-allowed`
 */
export function checkSegments(path: string, location: string): void {
	if (path === "") return;
	if (Buffer.byteLength(path) > MAX_LOCATION_BYTES)
		throw locationNotAllowed(
			location,
			`it is longer than ${MAX_LOCATION_BYTES} bytes`,
		);
	for (const segment of path.split("/")) {
		const refusal = segmentRefusal(segment);
		if (refusal !== undefined) throw locationNotAllowed(location, refusal);
	}
}

function segmentRefusal(segment: string): string | undefined {
	if (segment === "") return "it has an empty segment";
	const misread = misreading(segment);
	if (misread !== undefined) return misread;
	if (/^[\s.]|[\s.]$/u.test(segment))
		return "a segment begins or ends with a space or a dot";
	if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
		return `a segment is longer than ${MAX_SEGMENT_BYTES} bytes`;
	return undefined;
}

/** What some reader would take for something else than a character of a name, as words for a message. */
export function misreading(text: string): string | undefined {
	if (!text.isWellFormed()) return "it is not well-formed Unicode";
	if (CONTROL.test(text)) return "it has a control character";
	if (/[?#\\]/.test(text)) return "it has a `?`, a `#` or a backslash";
	if (ESCAPED_SYNTAX.test(text))
		return "it has an escaped character that changes its meaning";
	return undefined;
}

/**
 * The weaker rule for locations that `canonical` or `list` gave: nothing in
 * them can lead elsewhere on a file system that takes names literally.
 */
export function isLiteralPath(path: string): boolean {
	return path
		.split("/")
		.every(
			(segment) =>
				segment !== "" &&
				segment !== "." &&
				segment !== ".." &&
				!segment.includes("\u0000"),
		);
}

/** The answer says nothing of what exists: it is the same for all foreign places. */
export function locationNotAllowed(
	location: string,
	because: string,
): PangolinError {
	return new PangolinError(
		"location-not-allowed",
		`Location is not allowed: ${JSON.stringify(location.slice(0, 300))}: ${because}`,
	);
}
