import { numberAt } from "../sql/values.ts";
import type { Database } from "./database.ts";
import { isFatal, messageOf } from "./group.ts";

/** Pages in the log from which a pause is used to move them into the file, … */
const WORTH_WHILE_PAGES = 1000;
/** … and from which commits have to wait for it. */
const TOO_MANY_PAGES = 8000;

/**
 * Moves the write-ahead log into the file when it has grown. Runs between
 * transactions, in pauses where there are any, so that commits seldom wait.
 * @returns why the file must not be written any more, when a sync failed
 */
export function checkpointWhenDue(
	db: Database,
	isIdle: boolean,
): string | undefined {
	const limit = isIdle ? WORTH_WHILE_PAGES : TOO_MANY_PAGES;
	try {
		if (pendingPages(db) >= limit) checkpoint(db, "PASSIVE");
		return undefined;
	} catch (error) {
		// Without space it is tried again later: the log still has everything.
		return isFatal(error) ? messageOf(error) : undefined;
	}
}

/** Pages in the log that are not in the file yet. */
function pendingPages(db: Database): number {
	const row = checkpoint(db, "NOOP");
	return row === undefined ? 0 : numberAt(row, 1) - numberAt(row, 2);
}

function checkpoint(db: Database, mode: "NOOP" | "PASSIVE") {
	return db.prepare(`PRAGMA wal_checkpoint(${mode})`).get();
}
