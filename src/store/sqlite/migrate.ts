import { createHash } from "node:crypto";
import { numberAt, textAt } from "../sql/values.ts";
import type { Database } from "./database.ts";
import { INITIAL } from "./migrations/0001.ts";
import { VERSIONS } from "./migrations/0002.ts";
import { MERGES } from "./migrations/0003.ts";
import { DROPS } from "./migrations/0004.ts";
import { FORGETTING } from "./migrations/0005.ts";
import type { Migration } from "./migrations/migration.ts";

export const MIGRATIONS: readonly Migration[] = [
	INITIAL,
	VERSIONS,
	MERGES,
	DROPS,
	FORGETTING,
];

/** "PNGL": marks a file as ours (`PRAGMA application_id`). */
const APPLICATION_ID = 0x504e474c;

const HISTORY = `CREATE TABLE IF NOT EXISTS schema_migrations (
	version INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	checksum TEXT NOT NULL,
	applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT`;

/**
 * Why these migrations must not run on the file, in one line; undefined when
 * they may. Reads only.
 */
export function migrationRefusal(
	db: Database,
	migrations: readonly Migration[],
): string | undefined {
	const applicationId = numberAt(firstRow(db, "PRAGMA application_id"), 0);
	const tables = firstRow(db, "SELECT count(*) FROM sqlite_schema");
	if (applicationId !== APPLICATION_ID) {
		return numberAt(tables, 0) === 0
			? undefined
			: "it is a SQLite database, but not Pangolin's";
	}
	const applied = appliedMigrations(db);
	const known = new Map(migrations.map((step) => [step.version, step]));
	for (const { version, checksum } of applied) {
		const step = known.get(version);
		if (step === undefined)
			return `its schema has version ${version}, this Pangolin knows ${migrations.length}; use a newer Pangolin`;
		if (checksumOf(step) !== checksum)
			return `its schema step ${version} is not the one that this Pangolin knows`;
	}
	return undefined;
}

/** Why a file is not of just these migrations, in one line; undefined when it is. Reads only. */
export function schemaRefusal(
	db: Database,
	migrations: readonly Migration[],
): string | undefined {
	const refusal = migrationRefusal(db, migrations);
	if (refusal !== undefined) return refusal;
	const version = appliedMigrations(db).length;
	if (version === 0) return "no Pangolin has used it";
	return version < migrations.length
		? `its schema has version ${version}, this Pangolin knows ${migrations.length}; start a server on it first`
		: undefined;
}

/**
 * Brings the schema up to date, each step in a transaction of its own: after an
 * interruption the next start goes on where it stopped.
 */
export function migrate(db: Database, migrations: readonly Migration[]): void {
	const applied = new Set(
		appliedMigrations(db).map((migration) => migration.version),
	);
	for (const step of migrations) {
		if (!applied.has(step.version)) runStep(db, step);
	}
}

function runStep(db: Database, step: Migration): void {
	db.exec("BEGIN IMMEDIATE");
	try {
		db.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
		db.exec(HISTORY);
		db.exec(step.sql);
		db.prepare(
			"INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)",
		).run(step.version, step.name, checksumOf(step));
		db.exec("COMMIT");
	} catch (error) {
		if (db.inTransaction) db.exec("ROLLBACK");
		throw error;
	}
}

function appliedMigrations(
	db: Database,
): { version: number; checksum: string }[] {
	const [exists] = db
		.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'")
		.all();
	if (exists === undefined) return [];
	return db
		.prepare("SELECT version, checksum FROM schema_migrations ORDER BY version")
		.all()
		.map((row) => ({ version: numberAt(row, 0), checksum: textAt(row, 1) }));
}

function checksumOf(step: Migration): string {
	return createHash("sha256").update(step.sql).digest("hex");
}

function firstRow(db: Database, sql: string) {
	return db.prepare(sql).get() ?? [];
}
