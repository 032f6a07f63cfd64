import { PangolinError } from "../../model/errors.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import { StoreUnavailable } from "../contract.ts";
import type {
	LoadResult,
	MovedContent,
	MovedRecord,
	MovedRow,
	RowOf,
} from "../moving.ts";
import { tenantOf } from "../moving.ts";
import { COLLECTIONS } from "../sql/collections.ts";
import { ENTRY_COLUMNS, entryParams, spaceNumber } from "../sql/contents.ts";
import { columnsOf } from "../sql/parts.ts";
import type { SqlValue } from "../sql/values.ts";
import { numberAt } from "../sql/values.ts";
import { writeCommit, writeMerge } from "./apply/advance.ts";
import { applyClaim } from "./apply/claims.ts";
import type { Database } from "./database.ts";
import { driverFailure } from "./driverErrors.ts";
import { dumpRows } from "./dump.ts";
import { isProvedLost, messageOf } from "./group.ts";

const ENTRY = `space, parent, name, ${ENTRY_COLUMNS.join(", ")}`;
const LINE = "SELECT seq FROM lines WHERE tenant_id = ? AND id = ?";
const CURRENT = insertInto("entries", `line, number, ${ENTRY}`);
const SUPERSEDED = insertInto(
	"superseded",
	`line, from_number, to_number, ended_at_micros, ${ENTRY}`,
);
const FORGOTTEN = insertInto("forgotten", "line, from_number, to_number");
const DROPPED = insertInto(
	"dropped",
	"line, asset_id, number, space, parent, name",
);

function insertInto(table: string, columns: string): string {
	const places = columns.split(",").map(() => "?");
	return `INSERT INTO ${table} (${columns}) VALUES (${places.join(", ")})`;
}

/**
 * Loads rows (sentences M2 to M5) in one transaction: a process that dies in
 * it, or rows that fail, leave the file as it was.
 */
export async function loadRows(
	db: Database,
	tenant: TenantId | undefined,
	rows: AsyncIterable<MovedRow>,
): Promise<LoadResult> {
	let isCommitting = false;
	db.exec("BEGIN IMMEDIATE");
	try {
		const result = await loadAll(db, tenant, rows);
		isCommitting = result.outcome === "loaded";
		db.exec(isCommitting ? "COMMIT" : "ROLLBACK");
		return result;
	} catch (error) {
		if (db.inTransaction) db.exec("ROLLBACK");
		if (isCommitting && !isProvedLost(error))
			throw new StoreUnavailable("unknown", messageOf(error), { cause: error });
		if (driverFailure(error) !== "constraint") throw error;
		throw new PangolinError(
			"bad-request",
			"a row names what is missing, or comes twice",
			{ cause: error },
		);
	}
}

async function loadAll(
	db: Database,
	tenant: TenantId | undefined,
	rows: AsyncIterable<MovedRow>,
): Promise<LoadResult> {
	const [inTheWay] = dumpRows(db, tenant);
	if (inTheWay !== undefined)
		return { outcome: "refused", reason: "exists", part: inTheWay.part };
	const lines = lineFinder(db);
	let count = 0;
	for await (const row of rows) {
		if (tenant !== undefined && tenantOf(row) !== tenant)
			throw new PangolinError(
				"bad-request",
				`a ${row.part} is of tenant ${tenantOf(row)}, not of ${tenant}`,
			);
		if (row.part === "claim") {
			const { part, claim } = row;
			const { location } = claim;
			if (applyClaim(db, { op: "claim", claim }) !== undefined)
				return { outcome: "refused", reason: "exists", part, location };
		} else loadRow(db, lines, row);
		count++;
	}
	return { outcome: "loaded", rows: count };
}

type LineFinder = (tenant: TenantId, line: LineId) => number;

/** The numbers that stand for lines; one line's rows come together. */
function lineFinder(db: Database): LineFinder {
	let last: { tenant: TenantId; line: LineId; seq: number } | undefined;
	return (tenant, line) => {
		if (last?.tenant === tenant && last.line === line) return last.seq;
		const row = db.prepare(LINE).get(tenant, line);
		if (row === undefined)
			throw new PangolinError("bad-request", `line ${line} is missing`);
		last = { tenant, line, seq: numberAt(row, 0) };
		return last.seq;
	};
}

function loadRow(
	db: Database,
	seqOf: LineFinder,
	row: MovedRecord | Exclude<MovedContent, { part: "claim" }>,
): void {
	switch (row.part) {
		case "commit":
			writeCommit(db, seqOf(row.tenant, row.line), row.commit);
			return;
		case "merge":
			writeMerge(db, seqOf(row.tenant, row.line), row.merge);
			return;
		case "row":
			loadLineRow(db, seqOf(row.tenant, row.line), row);
			return;
		case "forgotten":
			db.prepare(FORGOTTEN).run(
				...[seqOf(row.tenant, row.line), row.from, row.to],
			);
			return;
		case "dropped": {
			const { asset, number, key } = row.dropped;
			const seq = seqOf(row.tenant, row.line);
			db.prepare(DROPPED).run(seq, asset, number, ...keyParams(key));
			return;
		}
		default:
			loadRecord(db, row);
	}
}

function keyParams({ space, parent, name }: RowOf<"row">["key"]): SqlValue[] {
	return [spaceNumber(space), parent, name];
}

function loadLineRow(
	db: Database,
	seq: number,
	{ key, number, end, entry }: RowOf<"row">,
): void {
	const value = [...keyParams(key), ...entryParams(entry)];
	if (end === null) db.prepare(CURRENT).run(seq, number, ...value);
	else
		db.prepare(SUPERSEDED).run(
			...[seq, number, end.number, end.timeMicros],
			...value,
		);
}

function loadRecord(db: Database, row: MovedRecord): void {
	const { columns, params } = columnsOf<MovedRecord["part"]>(row.part);
	const { table } = COLLECTIONS[row.part];
	db.prepare(insertInto(table, columns.join(", "))).run(...params(row));
}
