import { mkdir, open, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PangolinError } from "../../model/errors.ts";
import type { Location } from "../contract.ts";
import { misreading } from "../segments.ts";
import { errnoOf } from "./errno.ts";
import { localSpelling, pathOfLocation } from "./spelling.ts";

export interface LocalRoot {
	/** Canonical, ends with `/`. */
	readonly location: Location;
	/** Absolute, links resolved, without a trailing slash. */
	readonly path: string;
}

/**
 * Makes the folders that are missing, durably, and finds out where they really
 * are. The operator may reach a root through links; clients see it as named.
 * @param folders absolute or relative paths, or `file:` locations
 * @throws PangolinError `bad-request` when one cannot be used, or when two are one place
 */
export async function openRoots(
	folders: readonly string[],
): Promise<[LocalRoot, ...LocalRoot[]]> {
	const paths = new Set(folders.map(rootPath));
	const roots: LocalRoot[] = [];
	for (const path of paths) {
		const location = `${localSpelling(path)}/` as Location;
		roots.push({ location, path: await openFolder(path) });
	}
	for (const a of roots) for (const b of roots) refuseAlias(a, b);
	const [first, ...others] = roots;
	if (first === undefined) throw unusable("", "a warehouse needs a folder");
	return [first, ...others];
}

function rootPath(folder: string): string {
	const path = resolve(
		folder.startsWith("file:") ? pathOfLocation(localSpelling(folder)) : folder,
	);
	if (path === "/") throw unusable(path, "it is the whole file system");
	const misread = misreading(path);
	if (misread !== undefined) throw unusable(path, misread);
	return path;
}

async function openFolder(path: string): Promise<string> {
	try {
		const firstMade = await mkdir(path, { recursive: true });
		if (firstMade !== undefined) {
			for (let at = path; at.length >= firstMade.length; at = dirname(at))
				await syncFolder(dirname(at));
		}
		return await realpath(path);
	} catch (error) {
		throw unusable(path, errnoOf(error) ?? String(error));
	}
}

async function syncFolder(path: string): Promise<void> {
	const folder = await open(path);
	try {
		await folder.sync();
	} finally {
		await folder.close();
	}
}

/** Two names of one place would be two owners of it. */
function refuseAlias(a: LocalRoot, b: LocalRoot): void {
	const real = `${a.path}/`;
	if (a === b || !real.startsWith(`${b.path}/`)) return;
	if (a.location !== b.location + real.slice(b.path.length + 1))
		throw unusable(
			pathOfLocation(a.location),
			`a link makes it the same place as one below ${pathOfLocation(b.location)}`,
		);
}

function unusable(path: string, because: string): PangolinError {
	return new PangolinError(
		"bad-request",
		`Folder cannot be used for a warehouse: ${JSON.stringify(path)}: ${because}`,
	);
}
