import { PangolinError } from "../model/errors.ts";
import type { NamespacePath } from "../model/names.ts";

/** What `/v1/config` advertises as `namespace-separator` (URL-encoded), and what it decodes to. */
export const ADVERTISED_SEPARATOR = "%1F";
const SEPARATOR = "\u001f";

/**
 * The levels of a decoded path or query value. Which names are valid is decided
 * by model/names.ts; an empty level is none, or `\u001fa` would read as `a`.
 * @throws PangolinError `bad-request`
 */
export function namespaceLevels(decoded: string): NamespacePath {
	const levels = decoded.split(SEPARATOR);
	if (levels.includes("")) {
		throw new PangolinError("bad-request", "A level of the namespace is empty");
	}
	return levels;
}

/** Where the parameters and the literals of a path template stand. */
export interface PathTemplate {
	readonly parameters: readonly {
		readonly at: number;
		readonly name: string;
	}[];
	readonly literals: readonly { readonly at: number; readonly text: string }[];
}

export function parseTemplate(path: string): PathTemplate {
	const segments = path.split("/").map((text, at) => ({ text, at }));
	const isParameter = (text: string): boolean => text.startsWith("{");
	return {
		parameters: segments
			.filter((s) => isParameter(s.text))
			.map((s) => ({ at: s.at, name: s.text.slice(1, -1) })),
		literals: segments.filter((s) => !isParameter(s.text)),
	};
}

/**
 * Reads the parameters of a request path that the router matched. The router
 * decodes before it matches; here each literal must stand as it is written, so
 * that one path has one spelling (`/v1/%63onfig` is not `/v1/config`), and each
 * parameter is decoded once. `+` is a blank: Java clients encode paths as forms,
 * and all clients encode a plus sign in a name.
 * @throws PangolinError `route-not-found`, `bad-request`
 */
export function readParameters(
	template: PathTemplate,
	rawPath: string,
): Readonly<Record<string, string>> {
	const segments = rawPath.split("/");
	for (const { at, text } of template.literals) {
		if (segments[at] !== text) throw noSuchRoute();
	}
	const entries: Record<string, string> = {};
	for (const { at, name } of template.parameters) {
		const value = decodeSegment(segments[at] ?? "");
		if (value === "") throw noSuchRoute();
		if (value === "." || value === "..") {
			throw new PangolinError(
				"bad-request",
				`"${value}" is not a name in a path`,
			);
		}
		entries[name] = value;
	}
	return entries;
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
