import { locationNotAllowed } from "../segments.ts";

/**
 * Turns the spellings of one local place into one: `/a`, `file:/a` and
 * `file:///a` are all `file:///a`. Everything else is refused, because clients
 * do not agree about it: `file://localhost/a` is the relative path `localhost/a`
 * to PyIceberg and `/a` to others, `FILE:` is no scheme to some, `file:a` and
 * `a` depend on a working directory. Pure; says nothing about roots or segments.
 * @throws PangolinError `location-not-allowed`
 */
export function localSpelling(location: string): string {
	const path = pathOf(location);
	if (path === undefined || path.startsWith("//"))
		throw locationNotAllowed(
			location,
			"use an absolute path, as file:///folder/file",
		);
	return `file://${path}`;
}

function pathOf(location: string): string | undefined {
	if (location.startsWith("/")) return location;
	if (location.startsWith("file:///")) return location.slice("file://".length);
	if (location.startsWith("file:/") && !location.startsWith("file://"))
		return location.slice("file:".length);
	return undefined;
}

/** The absolute path of a canonical location. Nothing is decoded. */
export function pathOfLocation(location: string): string {
	return location.slice("file://".length);
}
