import type { Page } from "../../contract.ts";
import type {
	Collection,
	RecordKey,
	RecordValue,
	Versioned,
} from "../../records.ts";
import type { CollectionTable } from "../../sql/collections.ts";
import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { numberAt } from "../../sql/values.ts";
import type { SqlParam } from "../database.ts";

/** Runs one statement that reads, and translates the driver's errors. */
export type Read = (
	sql: string,
	params: readonly SqlParam[],
) => Promise<SqlRow[]>;

/** The condition that columns have the first parameters as their values. */
function having(columns: readonly string[]): string {
	return columns.map((column, i) => `${column} = $${i + 1}`).join(" AND ");
}

export async function readRecord<C extends Collection>(
	read: Read,
	table: CollectionTable<C>,
	key: RecordKey<C>,
): Promise<Versioned<RecordValue<C>> | undefined> {
	const sql = `SELECT ${table.columns.join(", ")}, version FROM ${table.table}
		WHERE ${having(table.keyColumns)}`;
	const [row] = await read(sql, table.keyParams(key));
	return row && versioned(table, row);
}

/** Which rows a list is of, and how it is sorted. */
interface ListOf {
	/** Columns with the values that all rows have. */
	readonly where: readonly (readonly [column: string, value: SqlValue])[];
	readonly order: string;
	readonly newestFirst?: boolean;
}

/** A page by one column; `columns` of the table, then the version. */
export function readPage<C extends Collection>(
	read: Read,
	table: CollectionTable<C>,
	{ where, order, newestFirst = false }: ListOf,
	{ after, limit }: Page<string>,
): Promise<SqlRow[]> {
	const conditions = where.map(([column], i) => `${column} = $${i + 1}`);
	const values = where.map(([, value]) => value);
	if (after !== undefined) {
		values.push(after);
		conditions.push(`${order} ${newestFirst ? "<" : ">"} $${values.length}`);
	}
	values.push(limit);
	const sql = `SELECT ${table.columns.join(", ")}, version FROM ${table.table}
		WHERE ${["true", ...conditions].join(" AND ")}
		ORDER BY ${order} ${newestFirst ? "DESC" : ""} LIMIT $${values.length}`;
	return read(sql, values);
}

/** A page of records by one column. */
export async function readRecords<C extends Collection>(
	read: Read,
	table: CollectionTable<C>,
	of: ListOf,
	page: Page<string>,
): Promise<Versioned<RecordValue<C>>[]> {
	const rows = await readPage(read, table, of, page);
	return rows.map((row) => versioned(table, row));
}

export function versioned<C extends Collection>(
	table: CollectionTable<C>,
	row: SqlRow,
): Versioned<RecordValue<C>> {
	return {
		value: table.read(row, 0),
		version: numberAt(row, table.columns.length),
	};
}

/** Whether a statement gave a row. */
export async function readExists(
	read: Read,
	sql: string,
	params: readonly SqlValue[],
): Promise<boolean> {
	return (await read(sql, params)).length > 0;
}
