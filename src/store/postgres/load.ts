import { PangolinError } from "../../model/errors.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import { shownKeys } from "../entryKeys.ts";
import type { LoadResult, MovedRow, Part } from "../moving.ts";
import { requireOwned } from "../moving.ts";
import type { Claim, Line } from "../records.ts";
import { CLAIM_COLUMNS, claimParams, spaceNumber } from "../sql/contents.ts";
import type { Snapshot } from "../sql/dumping.ts";
import { dumpRows } from "../sql/dumping.ts";
import { tableRows } from "../sql/loading.ts";
import { numberAt, textAt } from "../sql/values.ts";
import { around, rowOf } from "./encode.ts";
import { CLAIMS_LOCK, locksOfLoad } from "./locks.ts";

/** What travels as one statement: whichever is reached first. */
const MOST_ROWS = 1000;
const MOST_CHARACTERS = 2 ** 20;

const LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))::text";
const LOCK_SHARED =
	"SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))::text";
/** Of these claims the first one that overlaps another asset's. */
const OVERLAPPING = `SELECT t.location FROM json_to_recordset($1::json)
		AS t (location text, tenant_id text, asset_id text, above text[], below text)
	WHERE EXISTS (
		SELECT FROM claims c
		WHERE (c.location = ANY (t.above) OR c.location >= t.location AND c.location < t.below)
			AND NOT (c.tenant_id = t.tenant_id AND c.asset_id = t.asset_id))
	ORDER BY t.location COLLATE "C" LIMIT 1`;

/**
 * Loads rows (sentences M2, M3 and M5) inside the transaction that the caller
 * has begun and ends. Nobody may write what they could meet meanwhile: the locks
 * are those of `locks.ts`.
 */
export async function loadRows(
	db: Snapshot,
	tenant: TenantId | undefined,
	rows: AsyncIterable<MovedRow>,
): Promise<LoadResult> {
	for (const [name, alone] of locksOfLoad(tenant))
		await db.all(alone ? LOCK : LOCK_SHARED, [name]);
	for await (const { part } of dumpRows(db, tenant))
		return { outcome: "refused", reason: "exists", part };
	const batch = createBatch(db);
	let part: Part | undefined;
	let count = 0;
	for await (const row of rows) {
		requireOwned(tenant, row);
		if (row.part !== part || batch.isFull()) {
			const location = await batch.write();
			if (location !== undefined) return claimed(location);
		}
		part = row.part;
		batch.add(row);
		count++;
	}
	const location = await batch.write();
	if (location !== undefined) return claimed(location);
	// Who reads next would plan as if nothing were there.
	if (count > 0) await db.all(`ANALYZE ${batch.written().join(", ")}`, []);
	return { outcome: "loaded", rows: count };
}

function claimed(location: string): LoadResult {
	return { outcome: "refused", reason: "exists", part: "claim", location };
}

/** Rows of one part on their way. */
interface Batch {
	add(row: MovedRow): void;
	isFull(): boolean;
	/** Writes all rows and is empty then. @returns the location of a claim that overlaps another one */
	write(): Promise<string | undefined>;
	/** The tables that got rows so far. */
	written(): string[];
}

/** Rows for one statement, as JSON. */
interface TableBatch {
	readonly columns: readonly string[];
	readonly texts: string[];
}

function createBatch(db: Snapshot): Batch {
	const numbers = new Map<string, number>();
	const tables = new Map<string, TableBatch>();
	const written = new Set<string>();
	let lines: Line[] = [];
	let rows = 0;
	let characters = 0;
	const addTo = (table: string, columns: readonly string[], row: object) => {
		const text = JSON.stringify(row);
		const batch = tables.get(table) ?? { columns, texts: [] };
		tables.set(table, batch);
		batch.texts.push(text);
		characters += text.length;
	};
	const numberOf = (tenant: TenantId, line: LineId) => {
		const number = numbers.get(lineName(tenant, line));
		if (number === undefined)
			throw new PangolinError("bad-request", `line ${line} is missing`);
		return number;
	};
	return {
		add(row) {
			rows++;
			if (row.part === "line") lines.push(row.value);
			if (row.part === "claim")
				addTo("claims", CLAIM_COLUMNS, claimRow(row.claim));
			else
				for (const { table, columns, values } of tableRows(row, numberOf))
					addTo(table, columns, rowOf(columns, values));
		},
		isFull: () => rows >= MOST_ROWS || characters >= MOST_CHARACTERS,
		async write() {
			let overlapping: string | undefined;
			for (const [table, { columns, texts }] of tables) {
				written.add(table);
				if (table === "claims") overlapping = await writeClaims(db, texts);
				else if (table === "lines")
					await writeLines(db, columns, texts, numbers);
				else await db.all(insertInto(table, columns), [listOf(texts)]);
			}
			await writeFilters(db, lines, numberOf);
			tables.clear();
			lines = [];
			rows = characters = 0;
			return overlapping;
		},
		written: () => [...written],
	};
}

function insertInto(table: string, columns: readonly string[]): string {
	const names = columns.join(", ");
	return `INSERT INTO ${table} (${names})
		SELECT ${names} FROM json_populate_recordset(NULL::${table}, $1::json)`;
}

function listOf(texts: readonly string[]): string {
	return `[${texts.join(",")}]`;
}

function lineName(tenant: string, line: string): string {
	return `${tenant}\0${line}`;
}

/** The database numbers the lines. */
async function writeLines(
	db: Snapshot,
	columns: readonly string[],
	texts: readonly string[],
	numbers: Map<string, number>,
): Promise<void> {
	const insert = `${insertInto("lines", columns)} RETURNING tenant_id, id, seq`;
	for (const row of await db.all(insert, [listOf(texts)]))
		numbers.set(lineName(textAt(row, 0), textAt(row, 1)), numberAt(row, 2));
}

const FILTER_COLUMNS = ["line", "space", "parent", "name"];
const ADD_FILTERS = `${insertInto("filter_keys", FILTER_COLUMNS)} ON CONFLICT DO NOTHING`;

/** What partial branches show, which the reading functions look up by key. */
async function writeFilters(
	db: Snapshot,
	lines: readonly Line[],
	numberOf: (tenant: TenantId, line: LineId) => number,
): Promise<void> {
	for (const { tenant, id, filter } of lines) {
		if (filter === null) continue;
		const line = numberOf(tenant, id);
		const rows = Array.from(shownKeys(filter), ({ space, parent, name }) =>
			rowOf(FILTER_COLUMNS, [line, spaceNumber(space), parent, name]),
		);
		await db.all(ADD_FILTERS, [JSON.stringify(rows)]);
	}
}

function claimRow(claim: Claim): object {
	return {
		...rowOf(CLAIM_COLUMNS, claimParams(claim)),
		...around(claim.location),
	};
}

const ADD_CLAIMS = `WITH added AS (${insertInto("claims", CLAIM_COLUMNS)} ON CONFLICT DO NOTHING RETURNING 1)
	SELECT count(*) FROM added`;

/** Sentence C1. @returns the location of one that overlaps another asset's */
async function writeClaims(
	db: Snapshot,
	texts: readonly string[],
): Promise<string | undefined> {
	await db.all(LOCK, [CLAIMS_LOCK]);
	const list = listOf(texts);
	const [added = []] = await db.all(ADD_CLAIMS, [list]);
	const [overlapping] = await db.all(OVERLAPPING, [list]);
	if (overlapping !== undefined) return textAt(overlapping, 0);
	if (numberAt(added, 0) < texts.length)
		throw new PangolinError("bad-request", "a claim comes twice");
	return undefined;
}
