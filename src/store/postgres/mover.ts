import type { TenantId } from "../../model/ids.ts";
import type { LoadResult, MovedRow, StoreMover } from "../moving.ts";
import type { Snapshot } from "../sql/dumping.ts";
import { countRows, dumpRows } from "../sql/dumping.ts";
import type { SqlRow } from "../sql/values.ts";
import type { Database, PostgresAddress } from "./database.ts";
import { openConnection } from "./database.ts";
import { moveError } from "./driverErrors.ts";
import { loadRows } from "./load.ts";
import { MIGRATIONS, migrate, requireMigrated } from "./migrate.ts";
import { descriptionOf, openError, requireUsable } from "./usable.ts";

const LIMITS = {
	maxConnections: 1,
	// Of one statement: some thousand rows, a count of all, the commit.
	statementMillis: 600_000,
	lockMillis: 60_000,
	connectMillis: 5000,
};

/**
 * Moves what a PostgreSQL database holds; servers may run on it. A load makes
 * the schema where it is missing. Every dump, count and load has a connection of
 * its own, and with its end ends what it had begun.
 */
export function openPostgresMover(address: PostgresAddress): StoreMover {
	const where = descriptionOf(address);
	return {
		async *dump(tenant) {
			const db = await open(address, beginReading);
			try {
				yield* dumpRows(snapshotOf(db, where), tenant);
			} finally {
				await db.close();
			}
		},
		count: (tenant) => atOneMoment(address, (db) => countRows(db, tenant)),
		async load(tenant, rows) {
			const db = await open(address, beginLoading);
			try {
				return await loadAndCommit(db, where, tenant, rows);
			} finally {
				await db.close();
			}
		},
		async close() {},
	};
}

/**
 * Reads what a database holds as of one moment, beside servers that write.
 * @throws PangolinError `unavailable` in one line
 */
export async function atOneMoment<Result>(
	address: PostgresAddress,
	read: (db: Snapshot) => Promise<Result>,
): Promise<Result> {
	const db = await open(address, beginReading);
	try {
		return await read(snapshotOf(db, descriptionOf(address)));
	} finally {
		await db.close();
	}
}

/** @throws PangolinError `unavailable` in one line */
async function open(
	address: PostgresAddress,
	begin: (db: Database) => Promise<void>,
): Promise<Database> {
	let db: Database | undefined;
	try {
		db = await openConnection(address, LIMITS);
		await begin(db);
		return db;
	} catch (error) {
		await db?.close();
		throw openError(descriptionOf(address), error);
	}
}

/** The first query of the transaction, which is here, is its moment. */
async function beginReading(db: Database): Promise<void> {
	await db.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", []);
	await db.query(WAIT_FOR_US, []);
	// Every page lies in an index, in order; anything else would read all that is left for each.
	await db.query("SET LOCAL enable_sort = off", []);
	await db.query("SET LOCAL enable_bitmapscan = off", []);
	await requireMigrated(db, MIGRATIONS);
}

async function beginLoading(db: Database): Promise<void> {
	await requireUsable(db);
	await migrate(db, MIGRATIONS);
	await db.query("BEGIN", []);
	await db.query(WAIT_FOR_US, []);
	await db.query("SET CONSTRAINTS ALL DEFERRED", []);
}

/** Whoever gives or takes the rows may be slow. */
const WAIT_FOR_US = "SET LOCAL idle_in_transaction_session_timeout = 0";

async function loadAndCommit(
	db: Database,
	where: string,
	tenant: TenantId | undefined,
	rows: AsyncIterable<MovedRow>,
): Promise<LoadResult> {
	const result = await loadRows(snapshotOf(db, where), tenant, rows);
	if (result.outcome === "refused") return result;
	try {
		await db.query("COMMIT", []);
	} catch (error) {
		throw moveError(where, error, true);
	}
	return result;
}

function snapshotOf(db: Database, where: string): Snapshot {
	return {
		mergedParents: `json_agg(
			json_build_object('line', parent_line, 'number', parent_number) ORDER BY position)::text`,
		async all(sql, params): Promise<readonly SqlRow[]> {
			try {
				return await db.query(numbered(sql), params);
			} catch (error) {
				throw moveError(where, error, false);
			}
		},
	};
}

/** PostgreSQL's way to write parameters. */
function numbered(sql: string): string {
	return sql.replace(/\?(\d)/g, "$$$1");
}
