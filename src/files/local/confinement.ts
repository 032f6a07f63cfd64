import { realpath } from "node:fs/promises";
import { dirname } from "node:path";
import { locationNotAllowed } from "../segments.ts";
import { errnoOf } from "./errno.ts";

/**
 * Makes sure that no link below the root is on the way to a path: its existing
 * part must resolve to itself. Links that stay inside are refused too, because
 * they give one folder two names, and with them two owners.
 * @param path absolute, the root's own links resolved
 * @returns whether the path exists
 * @throws PangolinError `location-not-allowed`; errors of the file system
 */
export async function checkConfined(
	path: string,
	location: string,
): Promise<boolean> {
	for (let part = path; ; part = dirname(part)) {
		const real = await realPathOf(part, location);
		if (real === undefined) continue;
		if (real !== part) throw linkRefused(location);
		return part === path;
	}
}

export function linkRefused(location: string) {
	return locationNotAllowed(location, "a link is on the way to it");
}

async function realPathOf(
	path: string,
	location: string,
): Promise<string | undefined> {
	try {
		return await realpath(path);
	} catch (error) {
		const code = errnoOf(error);
		if (code === "ELOOP") throw linkRefused(location);
		if (code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG")
			return undefined;
		throw error;
	}
}
