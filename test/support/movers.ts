import { openMongoMover } from "../../src/store/mongo/mover.ts";
import type { StoreMover } from "../../src/store/moving.ts";
import { openSqliteMover } from "../../src/store/sqlite/mover.ts";

const SQLITE = "sqlite://";

/** Moves what a `DATABASE_URL` names. */
export function openMoverAt(url: string): StoreMover {
	return url.startsWith(SQLITE)
		? openSqliteMover(url.slice(SQLITE.length))
		: openMongoMover({ url });
}
