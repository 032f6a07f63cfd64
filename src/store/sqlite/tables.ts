import type { Collection } from "../records.ts";
import type { CollectionTable } from "../sql/collections.ts";
import {
	CATALOGS,
	GARBAGE,
	IDEMPOTENCY,
	JOBS,
	LINES,
	MERGE_CONFLICTS,
	MERGE_OPERATIONS,
	REFS,
	REPORTS,
	TENANTS,
	WAREHOUSES,
} from "../sql/collections.ts";

/** A collection's table with its statements. */
export interface SqliteTable<C extends Collection> extends CollectionTable<C> {
	/** Gives `columns`, then the version. */
	readonly select: string;
	/** Takes `params(value)`; changes nothing when the key exists. */
	readonly insert: string;
	/** Takes the changing columns' values, then the key. */
	readonly update: string;
	readonly delete: string;
	/** Which of `params(value)` an update writes. */
	readonly changing: readonly number[];
}

export const TABLES: { readonly [C in Collection]: SqliteTable<C> } = {
	tenant: withStatements(TENANTS),
	warehouse: withStatements(WAREHOUSES),
	catalog: withStatements(CATALOGS),
	ref: withStatements(REFS),
	line: withStatements(LINES),
	idempotency: withStatements(IDEMPOTENCY),
	job: withStatements(JOBS),
	garbage: withStatements(GARBAGE),
	report: withStatements(REPORTS),
	mergeOperation: withStatements(MERGE_OPERATIONS),
	mergeConflict: withStatements(MERGE_CONFLICTS),
};

function withStatements<C extends Collection>(
	of: CollectionTable<C>,
): SqliteTable<C> {
	const { table, columns, keyColumns, fixedColumns } = of;
	const key = keyColumns.map((column) => `${column} = ?`).join(" AND ");
	const changing = columns.filter((column) => !fixedColumns.includes(column));
	const sets = changing.map((column) => `${column} = ?, `).join("");
	return {
		...of,
		select: `SELECT ${columns.join(", ")}, version FROM ${table} WHERE ${key}`,
		insert: `INSERT INTO ${table} (${columns.join(", ")}, version)
			VALUES (${columns.map(() => "?").join(", ")}, 1)`,
		update: `UPDATE ${table} SET ${sets}version = version + 1 WHERE ${key}`,
		delete: `DELETE FROM ${table} WHERE ${key}`,
		changing: changing.map((column) => columns.indexOf(column)),
	};
}
