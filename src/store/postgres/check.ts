import { MISSING, MOST } from "../checking/report.ts";
import { keyText, shownKeys } from "../entryKeys.ts";
import { readKey, readKeys } from "../sql/contents.ts";
import type { Snapshot } from "../sql/dumping.ts";
import { numberAt, textAt } from "../sql/values.ts";
import { schemaProblems } from "./checkSchema.ts";
import type { PostgresAddress } from "./database.ts";
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
 * how the schema differs from what it should be (after a restore that failed
 * halfway, say), rows of lines that are not there, numbers of lines that
 * would be given again, filters that do not say what they were derived from. The rules that all stores share are checked on the rows themselves.
 * @throws PangolinError `unavailable` in one line
 */
export function inspectPostgres(address: PostgresAddress): Promise<string[]> {
	return atOneMoment(address, async (db) => {
		const changed = await schemaProblems(db);
		// Without its tables nothing else can be asked for.
		if (changed.length > 0) return changed;
		return [
			...(await strayRows(db)),
			...(await takenNumbers(db)),
			...(await wrongFilters(db)),
		];
	});
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

const TAKEN = `SELECT format('SELECT setval(%L, %s)', of.sequence, max(l.seq))
	FROM lines l, (SELECT pg_get_serial_sequence('lines', 'seq') AS sequence) of GROUP BY of.sequence
	HAVING CASE WHEN has_sequence_privilege(of.sequence, 'SELECT')
		THEN max(l.seq) > coalesce(pg_sequence_last_value(of.sequence::regclass), 0) END`;

/**
 * The sequence is no row: a copy of the rows alone leaves it behind. Who may
 * only read tables is not told of it.
 */
async function takenNumbers(db: Snapshot): Promise<string[]> {
	return (await db.all(TAKEN, [])).map(
		(row) =>
			`new lines would get numbers that are taken; run ${textAt(row, 0)}`,
	);
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
