import { storeAddress } from "../../../src/config/databaseUrl.ts";
import type { StoreMover } from "../../../src/store/moving.ts";
import { openPostgresMover } from "../../../src/store/postgres/mover.ts";
import { openSqliteMover } from "../../../src/store/sqlite/mover.ts";

/** Who moves the store of a `DATABASE_URL`. */
export function moverOf(databaseUrl: string): StoreMover {
	const address = storeAddress({ databaseUrl, dataDir: "", mongoDatabase: "" });
	switch (address.kind) {
		case "sqlite":
			return openSqliteMover(address.path);
		case "postgres":
			return openPostgresMover(address.url);
		default:
			throw new Error(`${address.kind} does not move`);
	}
}
