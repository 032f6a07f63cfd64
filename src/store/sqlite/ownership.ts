import { closeSync, fsyncSync, openSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PangolinError } from "../../model/errors.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { driverFailure, openFailureMessage } from "./driverErrors.ts";

/**
 * Holds an exclusive lock on a companion file for as long as this process
 * lives. The operating system drops it however the process ends, so nothing
 * stale can stay behind.
 * @returns what lets go of it
 * @throws PangolinError `unavailable` when another process serves the file
 */
export function takeOwnership(path: string): () => void {
	const lockPath = `${canonicalPath(path)}.lock`;
	let lock: Database | undefined;
	try {
		lock = openDatabase(lockPath, { busyTimeoutMillis: 0 });
		lock.exec("BEGIN EXCLUSIVE");
	} catch (error) {
		lock?.close();
		throw new PangolinError(
			"unavailable",
			driverFailure(error) === "busy"
				? `${path} is being served by another Pangolin; a SQLite file has one server at a time`
				: openFailureMessage(lockPath, error),
			{ cause: error },
		);
	}
	const held = lock;
	return () => held.close();
}

/** Two names of one file (links, relative paths) are one lock. */
export function canonicalPath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		// Not made yet: then its folder decides.
	}
	try {
		return join(realpathSync(dirname(path)), basename(path));
	} catch (error) {
		throw new PangolinError(
			"unavailable",
			`${path} cannot be opened: its folder does not exist`,
			{ cause: error },
		);
	}
}

/** Makes a new file's name durable; SQLite does so only for its journals. */
export function syncFolder(folder: string): void {
	const handle = openSync(folder, "r");
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}
