import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** All lines of a file of `pangolin export`. */
export function linesOf(path: string): string[] {
	return gunzipSync(readFileSync(path)).toString().split("\n");
}

/** All lines but the header (which has a time) and the end (which has a hash over it). */
export function rowsOf(path: string): string[] {
	return linesOf(path).slice(1, -2);
}
