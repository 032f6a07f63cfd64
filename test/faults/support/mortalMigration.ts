import { storeAddress } from "../../../src/config/databaseUrl.ts";
import type { Database } from "../../../src/store/postgres/database.ts";
import { openConnection } from "../../../src/store/postgres/database.ts";
import { MIGRATIONS, migrate } from "../../../src/store/postgres/migrate.ts";
import { NEXT } from "./nextMigration.ts";

/** Migrates a database, and dies before it sends this statement (from 0). */
const [databaseUrl = "", killAt = ""] = process.argv.slice(2);

const address = storeAddress({ databaseUrl, dataDir: "", mongoDatabase: "" });
if (address.kind !== "postgres") throw new Error(`not ${address.kind}`);
const db = await openConnection(address.url, {
	maxConnections: 1,
	statementMillis: 60_000,
	lockMillis: 60_000,
	connectMillis: 5000,
});

let sent = 0;
const mortal: Database = {
	...db,
	withConnection: (run) =>
		db.withConnection((client) => {
			const query = client.query.bind(client) as (...args: unknown[]) => never;
			const counted = (...args: unknown[]) => {
				if (sent++ === Number(killAt)) process.kill(process.pid, "SIGKILL");
				return query(...args);
			};
			return run(Object.assign(Object.create(client), { query: counted }));
		}),
};
await migrate(mortal, [...MIGRATIONS, NEXT]);
await db.close();
