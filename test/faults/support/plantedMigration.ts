import type { Database } from "../../../src/store/postgres/database.ts";

/** Sends a statement. */
type Query = (sql: string, params?: unknown[]) => Promise<unknown>;

/** A database whose statements go through something. */
export function through(
	db: Database,
	change: (query: Query) => Query,
): Database {
	return {
		...db,
		withConnection: (use) =>
			db.withConnection((client) => {
				const query = change(client.query.bind(client));
				return use(Object.assign(Object.create(client), { query }));
			}),
	};
}

/** A planted bug: every statement is committed by itself. */
export function committingEach(db: Database): Database {
	return through(db, (query) => async (sql, params) => {
		if (/^(BEGIN|COMMIT|ROLLBACK)$/.test(sql)) return undefined;
		if (params !== undefined) return await query(sql, params);
		let last: unknown;
		for (const one of sql.split(/;\n/).filter((text) => text.trim()))
			last = await query(one);
		return last;
	});
}

/** A planted bug of two servers: they take no turns, and both know what is there before one makes the step. */
export function withoutTurns(): (db: Database) => Database {
	const both = Promise.withResolvers<void>();
	let there = 0;
	return (db) =>
		through(db, (query) => async (sql, params) => {
			if (sql.includes("pg_advisory_xact_lock")) return undefined;
			if (sql.startsWith("CREATE SCHEMA")) {
				if (++there === 2) both.resolve();
				await both.promise;
			}
			return await query(sql, params);
		});
}
