import { PangolinError } from "../../model/errors.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import { StoreUnavailable } from "../contract.ts";
import type { LoadResult, MovedRow } from "../moving.ts";
import { requireOwned } from "../moving.ts";
import { dumpRows } from "../sql/dumping.ts";
import type { LineNumbers, TableRow } from "../sql/loading.ts";
import { tableRows } from "../sql/loading.ts";
import { numberAt } from "../sql/values.ts";
import { applyClaim } from "./apply/claims.ts";
import type { Database, Statement } from "./database.ts";
import { driverFailure } from "./driverErrors.ts";
import { isProvedLost, messageOf } from "./group.ts";
import { snapshotOf } from "./snapshot.ts";

const LINE = "SELECT seq FROM lines WHERE tenant_id = ? AND id = ?";

function insertInto(table: string, columns: readonly string[]): string {
	const places = columns.map(() => "?").join(", ");
	return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${places})`;
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
			throw new StoreUnavailable(
				"unknown",
				`the file did not say whether it has taken all in (${messageOf(error)}): run the same import again, which is refused if it has`,
				{ cause: error },
			);
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
	for await (const { part } of dumpRows(snapshotOf(db), tenant))
		return { outcome: "refused", reason: "exists", part };
	const lines = lineFinder(db);
	const insert = inserter(db);
	let count = 0;
	for await (const row of rows) {
		requireOwned(tenant, row);
		if (row.part === "claim") {
			const { part, claim } = row;
			const { location } = claim;
			if (applyClaim(db, { op: "claim", claim }) !== undefined)
				return { outcome: "refused", reason: "exists", part, location };
		} else for (const each of tableRows(row, lines)) insert(each);
		count++;
	}
	return { outcome: "loaded", rows: count };
}

/** Each table is given the same columns each time. */
function inserter(db: Database): (row: TableRow) => void {
	const statements = new Map<string, Statement>();
	return ({ table, columns, values }) => {
		let statement = statements.get(table);
		if (statement === undefined) {
			statement = db.prepare(insertInto(table, columns));
			statements.set(table, statement);
		}
		statement.run(...values);
	};
}

/** One line's rows come together. */
function lineFinder(db: Database): LineNumbers {
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
