import type { Stats } from "node:fs";
import { lstat, opendir } from "node:fs/promises";
import type { Location, StoredFile } from "../contract.ts";
import { checkConfined } from "./confinement.ts";
import { errnoOf, storageError } from "./errno.ts";
import type { Place } from "./place.ts";

/** Links are given as files, never followed: removing one removes the link. */
export async function* listFiles(folder: Place): AsyncGenerator<StoredFile> {
	const open = [folder];
	for (let at = open.pop(); at !== undefined; at = open.pop()) {
		for await (const found of entriesOf(at)) {
			const stats = await statsOf(found);
			if (stats === undefined) continue;
			if (stats.isDirectory()) open.push(found);
			else
				yield {
					location: found.location,
					sizeBytes: stats.size,
					modifiedAtMillis: Math.floor(stats.mtimeMs),
				};
		}
	}
}

async function* entriesOf(folder: Place): AsyncGenerator<Place> {
	try {
		if (!(await checkConfined(folder.path, folder.location))) return;
		if (!(await lstat(folder.path)).isDirectory()) return;
		const prefix = folder.location.endsWith("/")
			? folder.location
			: `${folder.location}/`;
		for await (const { name } of await opendir(folder.path))
			yield {
				location: (prefix + name) as Location,
				root: folder.root,
				path: `${folder.path}/${name}`,
			};
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return;
		throw storageError(error, folder.location);
	}
}

/** Undefined when the file was removed meanwhile. */
async function statsOf(place: Place): Promise<Stats | undefined> {
	try {
		return await lstat(place.path);
	} catch (error) {
		if (errnoOf(error) === "ENOENT") return undefined;
		throw storageError(error, place.location);
	}
}
