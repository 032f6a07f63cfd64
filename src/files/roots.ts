import type { Location } from "./contract.ts";
import {
	checkSegments,
	isLiteralPath,
	locationNotAllowed,
} from "./segments.ts";

/** A location taken apart at the longest accepted root that it lies at or below. */
export interface BelowRoot {
	readonly root: Location;
	/** Relative to the root, without slashes at its ends; `""` is the root itself. */
	readonly path: string;
}

/**
 * Brings a location from outside to its canonical form.
 * @param roots canonical, each ending with `/`
 * @param location already spelt like the roots (each storage has its own rule of spelling)
 * @param spelling as the caller wrote it, for the message
 * @throws PangolinError `location-not-allowed`
 */
export function canonicalBelow(
	roots: readonly Location[],
	location: string,
	spelling: string,
): Location {
	const found = findRoot(roots, location);
	if (found === undefined) throw notBelow(spelling);
	checkSegments(found.path, spelling);
	return found.root.concat(found.path) as Location;
}

/**
 * Checks a location that `canonical` or `list` gave, and takes it apart.
 * @throws PangolinError `location-not-allowed`
 */
export function below(
	roots: readonly Location[],
	location: Location,
): BelowRoot {
	const found = findRoot(roots, location);
	if (found === undefined) throw notBelow(location);
	if (found.path !== "" && !isLiteralPath(found.path))
		throw locationNotAllowed(location, "it is not canonical");
	return found;
}

function findRoot(
	roots: readonly Location[],
	location: string,
): BelowRoot | undefined {
	let best: BelowRoot | undefined;
	for (const root of roots) {
		if (best !== undefined && best.root.length >= root.length) continue;
		if (location.startsWith(root)) {
			const path = location.slice(root.length);
			best = { root, path: withoutTrailingSlash(path) };
		} else if (location === root.slice(0, -1)) best = { root, path: "" };
	}
	return best;
}

/** Just one, and not the one of `root//`, whose segment is empty. */
function withoutTrailingSlash(path: string): string {
	return path !== "/" && path.endsWith("/") ? path.slice(0, -1) : path;
}

function notBelow(location: string) {
	return locationNotAllowed(
		location,
		"it is not below a folder that this warehouse accepts",
	);
}
