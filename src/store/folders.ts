import { assert } from "../model/errors.ts";

/** Every proper prefix of a location that ends with a slash. */
export function foldersAbove(location: string): string[] {
	const folders: string[] = [];
	let end = location.indexOf("/");
	while (end >= 0 && end < location.length - 1) {
		folders.push(location.slice(0, end + 1));
		end = location.indexOf("/", end + 1);
	}
	return folders;
}

/**
 * From (inclusive) and to (exclusive) of all strings that begin with a prefix
 * that ends with a slash: "0" comes directly after "/".
 */
export function prefixRange(folder: string): [string, string] {
	assert(folder.endsWith("/"), "a folder ends with a slash");
	return [folder, `${folder.slice(0, -1)}0`];
}
