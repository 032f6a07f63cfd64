import { MISSING, MOST } from "../checking/report.ts";
import { keyText, shownKeys } from "../entryKeys.ts";
import { readKey, readKeys } from "../sql/contents.ts";
import type { Snapshot } from "../sql/dumping.ts";
import { numberAt, textAt } from "../sql/values.ts";
import type { PostgresAddress } from "./database.ts";
import { SCHEMA } from "./database.ts";
import { MIGRATIONS } from "./migrate.ts";
import { atOneMoment } from "./mover.ts";

/** Those whose rows name a line by its number, which no foreign key guards. */
const OF_LINES = [
	"entries",
	"superseded",
	"commits",
	"merges",
	"dropped",
	"forgotten",
	"filter_keys",
];

/**
 * What is wrong with how a PostgreSQL database keeps the rows, one line each:
 * what the schema lacks (after a restore that failed halfway, say), rows of
 * lines that are not there, filters that do not say what they were derived
 * from. The rules that all stores share are checked on the rows themselves.
 * @throws PangolinError `unavailable` in one line
 */
export function inspectPostgres(address: PostgresAddress): Promise<string[]> {
	return atOneMoment(address, async (db) => {
		const lacks = await missingParts(db);
		// Without its tables nothing else can be asked for.
		if (lacks.length > 0) return lacks;
		return [...(await strayRows(db)), ...(await wrongFilters(db))];
	});
}

/** What migrations make, and the query that finds it; each with the text that names it. */
const MADE: readonly {
	readonly what: string;
	made(sql: string): readonly string[];
	readonly found: string;
}[] = [
	{
		what: "table",
		made: textsOf(/CREATE TABLE (\w+)/g),
		found: `SELECT conrelid::regclass::text FROM pg_constraint
			WHERE connamespace = '${SCHEMA}'::regnamespace AND contype = 'p' AND convalidated`,
	},
	{
		what: "key",
		made: keysMade,
		found: `SELECT conrelid::regclass::text || ', ' || pg_get_constraintdef(oid) FROM pg_constraint
			WHERE connamespace = '${SCHEMA}'::regnamespace AND contype IN ('f', 'u') AND convalidated`,
	},
	{
		what: "index",
		made: textsOf(/CREATE (?:UNIQUE )?INDEX (\w+)/g),
		found: `SELECT c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
			WHERE c.relnamespace = '${SCHEMA}'::regnamespace AND i.indisvalid AND i.indisready AND i.indislive`,
	},
	{
		what: "function",
		made: textsOf(/CREATE FUNCTION (\w+)/g),
		found: `SELECT proname::text FROM pg_proc WHERE pronamespace = '${SCHEMA}'::regnamespace`,
	},
];

/** The first group of each match. */
function textsOf(pattern: RegExp): (sql: string) => string[] {
	return (sql) => Array.from(sql.matchAll(pattern), ([, text = ""]) => text);
}

const TABLE = /CREATE TABLE (\w+) \(\n(.*?)\n\)/gs;
const KEY = /^\t((?:UNIQUE|FOREIGN KEY) .*?),?$/gm;
const KEY_OF_COLUMN = /^\t([a-z]\w*) .*(REFERENCES .*?),?$/gm;

/** Unique and foreign keys, as PostgreSQL says what they are: it gives them their names itself. */
function keysMade(sql: string): string[] {
	return Array.from(sql.matchAll(TABLE), ([, table, body = ""]) =>
		[
			...textsOf(KEY)(body),
			...Array.from(
				body.matchAll(KEY_OF_COLUMN),
				([, column, named]) => `FOREIGN KEY (${column}) ${named}`,
			),
		].map((key) => `${table}, ${asWritten(key)}`),
	).flat();
}

function asWritten(key: string): string {
	return key
		.replace(/(REFERENCES \w+) /, "$1")
		.replace(" INITIALLY IMMEDIATE", "");
}

const UNCHECKED = `SELECT conrelid::regclass::text || ', ' || conname FROM pg_constraint
	WHERE connamespace = '${SCHEMA}'::regnamespace AND NOT convalidated`;

async function missingParts(db: Snapshot): Promise<string[]> {
	const problems: string[] = [];
	const sql = MIGRATIONS.map((migration) => migration.sql).join("\n");
	for (const { what, made, found } of MADE) {
		const there = new Set(
			(await db.all(found, [])).map((row) => textAt(row, 0)),
		);
		for (const name of made(sql))
			if (!there.has(name))
				problems.push(`the schema lacks a valid ${what}: ${name}`);
	}
	for (const row of await db.all(UNCHECKED, []))
		problems.push(`a constraint was never checked: ${textAt(row, 0)}`);
	return problems;
}

async function strayRows(db: Snapshot): Promise<string[]> {
	const problems: string[] = [];
	for (const table of OF_LINES) {
		const stray = await db.all(
			`SELECT DISTINCT t.line FROM ${table} t
			WHERE NOT EXISTS (SELECT FROM lines l WHERE l.seq = t.line) LIMIT ${MOST}`,
			[],
		);
		for (const row of stray)
			problems.push(
				`${MISSING}: ${table} names line number ${numberAt(row, 0)}`,
			);
	}
	return problems;
}

const FILTERS = "SELECT seq, id, filter FROM lines WHERE filter IS NOT NULL";
const FILTER_KEYS =
	"SELECT space, parent, name FROM filter_keys WHERE line = $1";
const OF_NO_FILTER = `SELECT DISTINCT l.id FROM lines l JOIN filter_keys k ON k.line = l.seq
	WHERE l.filter IS NULL LIMIT ${MOST}`;

/** The keys of filters are derived where they are written, so that reads find them by an index. */
async function wrongFilters(db: Snapshot): Promise<string[]> {
	const wrong = (await db.all(OF_NO_FILTER, [])).map((row) => textAt(row, 0));
	for (const row of await db.all(FILTERS, [])) {
		const shown = Array.from(shownKeys(readKeys(textAt(row, 2))), keyText);
		const rows = await db.all(FILTER_KEYS, [numberAt(row, 0)]);
		const kept = new Set(rows.map((each) => keyText(readKey(each, 0))));
		if (new Set(shown).symmetricDifference(kept).size > 0)
			wrong.push(textAt(row, 1));
	}
	return wrong.map(
		(line) => `a filter's keys are not what it says: line ${line}`,
	);
}
