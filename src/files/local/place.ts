import { assert } from "../../model/errors.ts";
import type { Location } from "../contract.ts";
import { below } from "../roots.ts";
import type { LocalRoot } from "./localRoots.ts";

/** A location as the file system knows it. */
export interface Place {
	readonly location: Location;
	/** The root, absolute, its own links resolved, without a trailing slash. */
	readonly root: string;
	/** Absolute; equal to `root` for the root itself. */
	readonly path: string;
}

/** @throws PangolinError `location-not-allowed` */
export function placeOf(
	roots: readonly LocalRoot[],
	location: Location,
): Place {
	const { root, path } = below(
		roots.map((one) => one.location),
		location,
	);
	const real = roots.find((one) => one.location === root)?.path;
	assert(real !== undefined, "below() gives one of the roots it was given");
	return { location, root: real, path: path === "" ? real : `${real}/${path}` };
}
