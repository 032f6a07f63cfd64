import { PangolinError } from "../model/errors.ts";
import type { NamespacePath } from "../model/names.ts";

/** What `/v1/config` advertises as `namespace-separator` (URL-encoded), and what it decodes to. */
export const ADVERTISED_SEPARATOR = "%1F";
export const LEVEL_SEPARATOR = "\u001f";

/**
 * The levels of a decoded path or query value. Which names are valid is decided
 * by model/names.ts; an empty level is none, or `\u001fa` would read as `a`.
 * @throws PangolinError `bad-request`
 */
export function namespaceLevels(decoded: string): NamespacePath {
	const levels = decoded.split(LEVEL_SEPARATOR);
	if (levels.includes("")) {
		throw new PangolinError("bad-request", "A level of the namespace is empty");
	}
	return levels;
}

/**
 * The levels as they were before a client escaped each of them once too often,
 * as PyIceberg 0.12 does in `parent`; undefined when they show no sign of it.
 */
export function unescapedLevels(
	levels: NamespacePath,
): NamespacePath | undefined {
	if (!levels.some((level) => /%[0-9a-f]{2}/i.test(level))) return undefined;
	try {
		const unescaped = levels.map(decodeURIComponent);
		return unescaped.some((level) => level.includes(LEVEL_SEPARATOR))
			? undefined
			: unescaped;
	} catch {
		return undefined;
	}
}

/** A parameter of a path template, and the segment in which it stands. */
export interface PathParameter {
	readonly at: number;
	readonly name: string;
}

/** The name in `{name}`; undefined for a literal segment. */
export function parameterAt(segment: string): string | undefined {
	return segment.startsWith("{") ? segment.slice(1, -1) : undefined;
}

export function parametersOf(template: string): readonly PathParameter[] {
	return template.split("/").flatMap((segment, at) => {
		const name = parameterAt(segment);
		return name === undefined ? [] : [{ at, name }];
	});
}

/**
 * Reads the parameters of a request path, each decoded once. `+` is a blank:
 * Java clients encode paths as forms, and all clients encode a plus sign in a name.
 * @throws PangolinError `bad-request`
 */
export function readParameters(
	parameters: readonly PathParameter[],
	segments: readonly string[],
): Readonly<Record<string, string>> {
	const values: Record<string, string> = {};
	for (const { at, name } of parameters) {
		const value = decodeSegment(segments[at] ?? "");
		if (value === "." || value === ".." || value.includes("\u0000")) {
			throw new PangolinError(
				"bad-request",
				`${JSON.stringify(value)} is not a name in a path`,
			);
		}
		values[name] = value;
	}
	return values;
}

function decodeSegment(raw: string): string {
	if (!raw.includes("%") && !raw.includes("+")) return raw;
	try {
		return decodeURIComponent(raw.replaceAll("+", "%20"));
	} catch (cause) {
		throw new PangolinError(
			"bad-request",
			"The path is not valid percent-encoded UTF-8",
			{ cause },
		);
	}
}

export function noSuchRoute(): PangolinError {
	return new PangolinError(
		"route-not-found",
		"There is nothing at this path; /v1/config lists the endpoints",
	);
}
