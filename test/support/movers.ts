import { storeAddress } from "../../src/config/databaseUrl.ts";
import { openMongoMover } from "../../src/store/mongo/mover.ts";
import type { StoreMover } from "../../src/store/moving.ts";
import { openPostgresMover } from "../../src/store/postgres/mover.ts";
import { openSqliteMover } from "../../src/store/sqlite/mover.ts";

/** Moves what a `DATABASE_URL` names. */
export function openMoverAt(databaseUrl: string): StoreMover {
	const address = storeAddress({ databaseUrl, dataDir: "", mongoDatabase: "" });
	switch (address.kind) {
		case "sqlite":
			return openSqliteMover(address.path);
		case "postgres":
			return openPostgresMover(address.url);
		case "mongo":
			return openMongoMover(address);
		default:
			throw new Error(`${address.kind} does not move`);
	}
}
