import { existsSync } from "node:fs";
import { PangolinError } from "../../model/errors.ts";
import { MISSING, MOST } from "../checking/report.ts";
import { textAt } from "../sql/values.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { openFailureMessage } from "./driverErrors.ts";
import { MIGRATIONS, migrate, schemaRefusal } from "./migrate.ts";

const STRAY = `SELECT "table" || ' names ' || parent FROM pragma_foreign_key_check LIMIT ${MOST}`;
const PARTS =
	"SELECT name, type, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name";

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
		const changed = schemaProblems(db);
		// Without its tables nothing else can be asked for.
		if (changed.length > 0) return [...damage.map(damaged), ...changed];
		const stray = db.prepare(STRAY).all();
		return [
			...damage.map(damaged),
			...stray.map((row) => `${MISSING}: ${textAt(row, 0)}`),
		];
	} finally {
		db.close();
	}
}

function damaged(text: string): string {
	return `damaged: ${text}`;
}

/** How the schema differs from what the migrations make, one line each, with what to do. */
function schemaProblems(db: Database): string[] {
	const there = schemaOf(db);
	const made = madeSchema();
	const problems: string[] = [];
	for (const [name, { type, sql }] of made) {
		const found = there.get(name);
		if (found?.sql === sql) continue;
		const remedy =
			type === "table"
				? "restore a backup"
				: "export the store and import it into a new file";
		const how = found === undefined ? "lacks" : "has another";
		problems.push(`the schema ${how} ${type} ${name}; ${remedy}`);
	}
	for (const [name, { type, table, sql }] of there)
		if (!made.has(name) && made.has(table) && mayRefuse(type, sql))
			problems.push(`the schema has one ${type} too many: ${name}; drop it`);
	return problems;
}

interface Part {
	readonly type: string;
	/** The one that it is of; a table's own name. */
	readonly table: string;
	readonly sql: string;
}

/** What a schema consists of, by name, as it was written. */
function schemaOf(db: Database): Map<string, Part> {
	const rows = db.prepare(PARTS).all();
	return new Map(
		rows.map((row) => [
			textAt(row, 0),
			{ type: textAt(row, 1), table: textAt(row, 2), sql: textAt(row, 3) },
		]),
	);
}

/** Of a new file. */
function madeSchema(): Map<string, Part> {
	const db = openDatabase(":memory:", {});
	try {
		migrate(db, MIGRATIONS);
		return schemaOf(db);
	} finally {
		db.close();
	}
}

function mayRefuse(type: string, sql: string): boolean {
	return type === "trigger" || /^CREATE UNIQUE /i.test(sql);
}

/**
 * A file of this version's schema as of one moment (of the first read), which
 * others may write to meanwhile.
 * @throws PangolinError `unavailable`, in one line, when it cannot be read
 */
export function openSnapshot(path: string): Database {
	if (!existsSync(path))
		throw new PangolinError("unavailable", `${path} does not exist`);
	let db: Database | undefined;
	try {
		db = openDatabase(path, { readOnly: true, busyTimeoutMillis: 5000 });
		const refusal = schemaRefusal(db, MIGRATIONS);
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
