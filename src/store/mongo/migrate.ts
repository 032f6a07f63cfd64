import type { IndexDescription } from "mongodb";
import { PangolinError } from "../../model/errors.ts";
import type { RowCollection } from "./collections.ts";
import { INDEXES, ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";

/** One step of the schema: safe to run again, and by two servers at once. */
export type Migration = (database: Database) => Promise<void>;

/** In order; the schema's version is how many of them were made. */
export const MIGRATIONS: readonly Migration[] = [createAll];

async function createAll({ rows, meta, log }: Database): Promise<void> {
	await log.createIndexes(LOG_INDEXES);
	for (const collection of ROW_COLLECTIONS)
		await rows(collection).createIndexes(indexesOf(collection));
	await setOnce(meta, "derived", 0);
}

export const LOG_INDEXES: IndexDescription[] = [
	// Entries in parts, of which there are few.
	{ key: { parts: 1 }, sparse: true },
];

/** The indexes of a collection of derived rows. */
export function indexesOf(collection: RowCollection): IndexDescription[] {
	const indexes = INDEXES[collection].map((fields) => ({
		key: Object.fromEntries(fields.map((field) => [field, 1])),
		sparse: true,
	}));
	return [
		// Sparse: a row that was trimmed is in no index but that of its id.
		{ key: { k: 1, f: 1 }, sparse: true },
		// At most one row with a key that is not ended.
		{
			name: "current",
			key: { k: 1 },
			unique: true,
			partialFilterExpression: { t: Number.POSITIVE_INFINITY },
		},
		// What can be trimmed.
		{
			name: "ended",
			key: { t: 1 },
			partialFilterExpression: { t: { $lt: Number.POSITIVE_INFINITY } },
		},
		...indexes,
	];
}

/**
 * Brings the schema to this version.
 * @throws PangolinError `unavailable` when a newer version of Pangolin made it
 */
export async function migrate(
	database: Database,
	migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
	const { meta } = database;
	const version = await versionOf(database);
	refuseNewer(version, migrations);
	await setOnce(meta, "schema", 0);
	for (const [i, run] of migrations.entries()) {
		if (i < version) continue;
		await run(database);
		await meta.updateOne({ _id: "schema" }, { $max: { n: i + 1 } });
	}
}

/**
 * That the schema is just the one that these migrations make.
 * @throws PangolinError `unavailable`
 */
export async function requireMigrated(
	database: Database,
	migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
	const version = await versionOf(database);
	const where = `the database ${database.db.databaseName} of MongoDB`;
	if (version === 0)
		throw new PangolinError(
			"unavailable",
			`${where} holds no store: no Pangolin has used it`,
		);
	refuseNewer(version, migrations);
	if (version < migrations.length)
		throw new PangolinError(
			"unavailable",
			`${where} has schema version ${version}, this Pangolin knows ${migrations.length}; start a server on it first`,
		);
}

function refuseNewer(version: number, migrations: readonly Migration[]): void {
	if (version > migrations.length)
		throw new PangolinError(
			"unavailable",
			`the database has schema version ${version}, made by a newer Pangolin; this one knows ${migrations.length}: start the newer one`,
		);
}

async function versionOf({ meta }: Database): Promise<number> {
	return (await meta.findOne({ _id: "schema" }))?.n ?? 0;
}

async function setOnce(
	meta: Database["meta"],
	_id: string,
	n: number,
): Promise<void> {
	await meta.updateOne({ _id }, { $setOnInsert: { n } }, { upsert: true });
}
