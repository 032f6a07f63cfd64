import { createHash } from "node:crypto";
import type pg from "pg";
import { PangolinError } from "../../model/errors.ts";
import type { Database } from "./database.ts";
import { SCHEMA } from "./database.ts";
import { isBroken } from "./driverErrors.ts";
import { INITIAL } from "./migrations/0001.ts";
import { NAMES } from "./migrations/0002.ts";
import type { Migration } from "./migrations/migration.ts";

export const MIGRATIONS: readonly Migration[] = [INITIAL, NAMES];

/** Servers that start together take turns; it ends with the transaction. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('pangolin migrations', 0))`;
const HISTORY = `CREATE SCHEMA IF NOT EXISTS ${SCHEMA};
CREATE TABLE IF NOT EXISTS ${SCHEMA}.schema_migrations (
	version integer PRIMARY KEY,
	name text NOT NULL,
	checksum text NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT now()
)`;

/**
 * Brings the schema up to date, each step in a transaction of its own: after an
 * interruption the next start goes on where it stopped.
 * @throws PangolinError `unavailable` for a schema that these migrations do not know
 */
export async function migrate(
	db: Database,
	migrations: readonly Migration[],
): Promise<void> {
	await db.withConnection(async (client) => {
		for (const step of migrations) await runStep(client, step, migrations);
	});
}

/**
 * That the schema is just the one that these migrations make.
 * @throws PangolinError `unavailable`
 */
export async function requireMigrated(
	db: Database,
	migrations: readonly Migration[],
): Promise<void> {
	const applied = await db.withConnection(appliedMigrations);
	requireKnown(applied, migrations);
	if (applied.length === 0)
		throw new PangolinError("unavailable", "no Pangolin has used it");
	if (applied.length < migrations.length)
		throw new PangolinError(
			"unavailable",
			`its schema has version ${applied.length}, this Pangolin knows ${migrations.length}; start a server on it first`,
		);
}

async function runStep(
	client: pg.ClientBase,
	step: Migration,
	migrations: readonly Migration[],
): Promise<void> {
	await client.query("BEGIN");
	try {
		// How long others take is not this statement's fault.
		await client.query(
			"SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0",
		);
		await client.query(LOCK);
		const applied = await appliedMigrations(client);
		requireKnown(applied, migrations);
		if (applied.some(({ version }) => version === step.version)) {
			await client.query("ROLLBACK");
			return;
		}
		await client.query(HISTORY);
		await client.query(step.sql);
		await client.query(
			"INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
			[step.version, step.name, checksumOf(step)],
		);
		await client.query("COMMIT");
	} catch (error) {
		if (!isBroken(error)) await client.query("ROLLBACK");
		throw error;
	}
}

interface Applied {
	readonly version: number;
	readonly checksum: string;
}

async function appliedMigrations(client: pg.ClientBase): Promise<Applied[]> {
	const { rows: found } = await client.query(
		"SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_migrations'",
		[SCHEMA],
	);
	if (found.length === 0) return [];
	const { rows } = await client.query<Applied>(
		"SELECT version, checksum FROM schema_migrations ORDER BY version",
	);
	return rows;
}

function requireKnown(
	applied: readonly Applied[],
	migrations: readonly Migration[],
): void {
	const known = new Map(migrations.map((step) => [step.version, step]));
	for (const { version, checksum } of applied) {
		const step = known.get(version);
		if (step === undefined)
			throw new PangolinError(
				"unavailable",
				`its schema has version ${version}, this Pangolin knows ${migrations.length}; use a newer Pangolin`,
			);
		if (checksumOf(step) !== checksum)
			throw new PangolinError(
				"unavailable",
				`its schema step ${version} is not the one that this Pangolin knows`,
			);
	}
}

function checksumOf(step: Migration): string {
	return createHash("sha256").update(step.sql).digest("hex");
}
