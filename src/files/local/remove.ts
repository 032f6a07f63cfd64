import { readdir, rmdir, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { checkConfined } from "./confinement.ts";
import { errnoOf, storageError } from "./errno.ts";
import type { Place } from "./place.ts";

/** How many files are unlinked at the same time. */
const PARALLEL = 8;

/**
 * Removes files, and the folders above them that become empty; of a folder it
 * removes only the empty folders. A link is removed, not what it names.
 * @throws PangolinError `location-not-allowed` before anything was removed, `unavailable`
 */
export async function removeFiles(places: readonly Place[]): Promise<void> {
	const folders = new Map<string, Place>();
	for (const place of places) {
		const folder = place.path === place.root ? place.path : dirname(place.path);
		if (folders.has(folder)) continue;
		await attempt(place, () => checkConfined(folder, place.location));
		folders.set(folder, place);
	}
	for (let i = 0; i < places.length; i += PARALLEL)
		await Promise.all(
			places
				.slice(i, i + PARALLEL)
				.map((place) => attempt(place, () => removeOne(place))),
		);
	for (const [folder, place] of folders)
		await attempt(place, () => removeEmptyAbove(folder, place.root));
}

async function attempt<Result>(
	place: Place,
	run: () => Promise<Result>,
): Promise<Result> {
	try {
		return await run();
	} catch (error) {
		throw storageError(error, place.location);
	}
}

async function removeOne(place: Place): Promise<void> {
	if (place.path === place.root) return;
	try {
		await unlink(place.path);
	} catch (error) {
		const code = errnoOf(error);
		if (code === "ENOENT" || code === "ENOTDIR") return;
		// Systems differ in how they refuse to unlink a folder.
		if (code !== "EISDIR" && code !== "EPERM") throw error;
		await removeEmptyBelow(place, error);
	}
}

async function removeEmptyBelow(place: Place, cause: unknown): Promise<void> {
	if (!(await checkConfined(place.path, place.location))) return;
	for (const entry of await entriesOf(place.path, cause))
		if (entry.isDirectory())
			await removeEmptyBelow(
				{ ...place, path: `${place.path}/${entry.name}` },
				cause,
			);
	await removedIfEmpty(place.path);
}

/** @throws what unlink answered when it is no folder */
async function entriesOf(folder: string, cause: unknown) {
	try {
		return await readdir(folder, { withFileTypes: true });
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return [];
		throw errnoOf(error) === "ENOTDIR" ? cause : error;
	}
}

async function removeEmptyAbove(folder: string, root: string): Promise<void> {
	for (let at = folder; at !== root; at = dirname(at))
		if (!(await removedIfEmpty(at))) return;
}

async function removedIfEmpty(folder: string): Promise<boolean> {
	try {
		await rmdir(folder);
		return true;
	} catch (error) {
		switch (errnoOf(error)) {
			case "ENOENT":
				return true;
			case "ENOTEMPTY":
			case "EEXIST":
			case "EBUSY":
				return false;
			default:
				throw error;
		}
	}
}
