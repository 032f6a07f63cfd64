import { dirname } from "node:path";
import { PangolinError } from "../../model/errors.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { openFailureMessage } from "./driverErrors.ts";
import { migrate, migrationRefusal } from "./migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { syncFolder, takeOwnership } from "./ownership.ts";

/** Before it, a WAL that is reset can corrupt the file (https://sqlite.org/wal.html#walresetbug). */
const OLDEST_SQLITE = [3, 51, 3] as const;
const BUSY_TIMEOUT_MILLIS = 5000;
/** Negative: KiB. */
const CACHE_SIZE = -16_000;

/** A file that this process owns: nobody else may serve from it. */
export interface OwnedFile {
	readonly db: Database;
	/** Lets go of the file, then of its ownership. */
	close(): void;
}

/**
 * Opens a file as its only server and brings its schema up to date.
 * @throws PangolinError `unavailable`, in one line, when the file cannot be served
 */
export function openOwnedFile(
	path: string,
	migrations: readonly Migration[],
): OwnedFile {
	const release = takeOwnership(path);
	try {
		const db = openForWriting(path, migrations);
		return {
			db,
			close() {
				db.close();
				release();
			},
		};
	} catch (error) {
		release();
		throw error;
	}
}

function openForWriting(
	path: string,
	migrations: readonly Migration[],
): Database {
	let db: Database | undefined;
	try {
		db = openDatabase(path, { busyTimeoutMillis: BUSY_TIMEOUT_MILLIS });
		prepareForWriting(db, path, migrations);
		if (path !== ":memory:") syncFolder(dirname(path));
		return db;
	} catch (error) {
		db?.close();
		if (error instanceof PangolinError) throw error;
		throw new PangolinError("unavailable", openFailureMessage(path, error), {
			cause: error,
		});
	}
}

/** What a file and a database in memory have in common. */
export function prepareForWriting(
	db: Database,
	path: string,
	migrations: readonly Migration[],
): void {
	refuseOldSqlite(db);
	const refusal = migrationRefusal(db, migrations);
	if (refusal !== undefined)
		throw new PangolinError("unavailable", `${path} is not served: ${refusal}`);
	configure(db);
	db.exec("PRAGMA journal_mode = WAL");
	db.exec("PRAGMA synchronous = FULL");
	db.exec("PRAGMA foreign_keys = ON");
	// Checkpoints are the writer's: here their errors would be swallowed.
	db.exec("PRAGMA wal_autocheckpoint = 0");
	if (path !== ":memory:") expectPragma(db, "journal_mode", "wal");
	expectPragma(db, "synchronous", 2);
	expectPragma(db, "foreign_keys", 1);
	// A read-only file opens without complaint: this is where it shows.
	db.exec("BEGIN IMMEDIATE");
	db.exec("ROLLBACK");
	migrate(db, migrations);
}

/** A connection that only reads, beside the one that writes. */
export function openForReading(path: string): Database {
	const db = openDatabase(path, {
		readOnly: true,
		busyTimeoutMillis: BUSY_TIMEOUT_MILLIS,
	});
	configure(db);
	return db;
}

function configure(db: Database): void {
	db.exec(`PRAGMA cache_size = ${CACHE_SIZE}`);
	db.exec("PRAGMA temp_store = MEMORY");
}

function expectPragma(
	db: Database,
	name: string,
	expected: string | number,
): void {
	const actual = db.prepare(`PRAGMA ${name}`).get()?.[0];
	if (actual !== expected) {
		throw new PangolinError(
			"unavailable",
			`SQLite runs with ${name}=${actual} instead of ${expected}; commits would not be safe`,
		);
	}
}

function refuseOldSqlite(db: Database): void {
	const version = String(db.prepare("SELECT sqlite_version()").get()?.[0]);
	const parts = version.split(".").map(Number);
	const difference =
		OLDEST_SQLITE.map((oldest, i) => (parts[i] ?? 0) - oldest).find(
			(d) => d !== 0,
		) ?? 0;
	if (difference < 0) {
		throw new PangolinError(
			"unavailable",
			`SQLite ${version} can corrupt its file; ${OLDEST_SQLITE.join(".")} or newer is needed`,
		);
	}
}
