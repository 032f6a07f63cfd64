import { storeAddress } from "../../../src/config/databaseUrl.ts";
import { openConnection } from "../../../src/store/postgres/database.ts";
import { MIGRATIONS, migrate } from "../../../src/store/postgres/migrate.ts";
import { NEXT } from "./nextMigration.ts";
import { committingEach, through } from "./plantedMigration.ts";

/**
 * Migrates a database, and dies before it sends this statement (from 0).
 * `inParts`: the planted bug, every statement is committed by itself.
 */
const [databaseUrl = "", killAt = "", how = ""] = process.argv.slice(2);

const address = storeAddress({ databaseUrl, dataDir: "", mongoDatabase: "" });
if (address.kind !== "postgres") throw new Error(`not ${address.kind}`);
const db = await openConnection(address.url, {
	maxConnections: 1,
	statementMillis: 60_000,
	lockMillis: 60_000,
	connectMillis: 5000,
});

let sent = 0;
const mortal = through(db, (query) => (...statement) => {
	if (sent++ === Number(killAt)) process.kill(process.pid, "SIGKILL");
	return query(...statement);
});
await migrate(how === "inParts" ? committingEach(mortal) : mortal, [
	...MIGRATIONS,
	NEXT,
]);
await db.close();
