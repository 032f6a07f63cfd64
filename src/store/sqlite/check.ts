import { existsSync } from "node:fs";
import { PangolinError } from "../../model/errors.ts";
import { MISSING, MOST } from "../checking/report.ts";
import { textAt } from "../sql/values.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { openFailureMessage } from "./driverErrors.ts";
import { MIGRATIONS, migrationRefusal } from "./migrate.ts";

const STRAY = `SELECT "table" || ' names ' || parent FROM pragma_foreign_key_check LIMIT ${MOST}`;

/**
 * What is wrong with a file as SQLite sees it, one line each; the rules that all
 * stores share are checked on its rows. Writes nothing, may run beside a server.
 * @throws PangolinError `unavailable`, in one line, when it cannot be read
 */
export function inspectSqlite(path: string): string[] {
	const db = openSnapshot(path);
	try {
		const damage = db
			.prepare(`PRAGMA integrity_check(${MOST})`)
			.all()
			.map((row) => textAt(row, 0))
			.filter((text) => text !== "ok");
		const stray = db.prepare(STRAY).all();
		return [
			...damage.map((text) => `damaged: ${text}`),
			...stray.map((row) => `${MISSING}: ${textAt(row, 0)}`),
		];
	} finally {
		db.close();
	}
}

/**
 * A file as of one moment (of the first read), which others may write to
 * meanwhile.
 * @throws PangolinError `unavailable`, in one line, when it cannot be read
 */
export function openSnapshot(path: string): Database {
	if (!existsSync(path))
		throw new PangolinError("unavailable", `${path} does not exist`);
	let db: Database | undefined;
	try {
		db = openDatabase(path, { readOnly: true, busyTimeoutMillis: 5000 });
		const refusal = migrationRefusal(db, MIGRATIONS);
		if (refusal !== undefined)
			throw new PangolinError("unavailable", `${path} is not read: ${refusal}`);
		db.exec("BEGIN");
		return db;
	} catch (error) {
		db?.close();
		if (error instanceof PangolinError) throw error;
		throw new PangolinError("unavailable", openFailureMessage(path, error), {
			cause: error,
		});
	}
}
