import { backup, DatabaseSync } from "node:sqlite";
import type { SqlRow, SqlValue } from "../sql/values.ts";

/**
 * The little that this store needs of a SQLite driver. Every call throws the
 * driver's own error; driverErrors.ts says what it means.
 */
export interface Database {
	/** A prepared statement; the same text gives the same statement. */
	prepare(sql: string): Statement;
	/** Runs statements that return nothing. */
	exec(sql: string): void;
	readonly inTransaction: boolean;
	readonly isOpen: boolean;
	close(): void;
}

export interface Statement {
	get(...params: SqlValue[]): SqlRow | undefined;
	all(...params: SqlValue[]): SqlRow[];
	/** How many rows it changed. */
	run(...params: SqlValue[]): number;
}

export interface OpenOptions {
	readonly readOnly?: boolean;
	/** How long a statement waits for another connection's lock. */
	readonly busyTimeoutMillis?: number;
}

/** Opens a file (made when it is missing, unless `readOnly`) or `:memory:`. */
export function openDatabase(path: string, options: OpenOptions): Database {
	const driver = new DatabaseSync(path, {
		readOnly: options.readOnly ?? false,
		timeout: options.busyTimeoutMillis ?? 0,
	});
	const statements = new Map<string, Statement>();
	return {
		prepare(sql) {
			const known = statements.get(sql);
			if (known !== undefined) return known;
			const statement = prepare(driver, sql);
			statements.set(sql, statement);
			return statement;
		},
		exec: (sql) => driver.exec(sql),
		get inTransaction() {
			return driver.isTransaction;
		},
		get isOpen() {
			return driver.isOpen;
		},
		close: () => driver.close(),
	};
}

/**
 * Copies a file as of one moment into a new one, while others write to it. All
 * in one step: in several, every write in between would start it anew.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
	const source = new DatabaseSync(from, { readOnly: true, timeout: 5000 });
	try {
		await backup(source, to, { rate: ALL_PAGES });
	} finally {
		source.close();
	}
}

const ALL_PAGES = 1_000_000_000;

function prepare(driver: DatabaseSync, sql: string): Statement {
	const statement = driver.prepare(sql);
	statement.setReturnArrays(true);
	return {
		// The driver's types do not know that rows are lists here.
		get: (...params) => statement.get(...params) as unknown as SqlRow,
		all: (...params) => statement.all(...params) as unknown as SqlRow[],
		run: (...params) => Number(statement.run(...params).changes),
	};
}
