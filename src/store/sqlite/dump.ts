import type { TenantId } from "../../model/ids.ts";
import type { MovedRow, Part } from "../moving.ts";
import { PARTS } from "../moving.ts";
import type { Collection } from "../records.ts";
import { COLLECTIONS } from "../sql/collections.ts";
import { COMMIT_COLUMNS, ENTRY_COLUMNS } from "../sql/contents.ts";
import { columnsOf } from "../sql/parts.ts";
import type { SqlRow, SqlValue } from "../sql/values.ts";
import { numberAt } from "../sql/values.ts";
import type { Database } from "./database.ts";

const PAGE = 1000;
const VALUE = ENTRY_COLUMNS.join(", ");

/** A list by key: the statement takes its owner, then the position, and gives at most PAGE rows after it. */
interface Keyset {
	readonly sql: string;
	/** The columns of a row that are the position after it. */
	readonly position: readonly number[];
	/** Before the first row. */
	readonly start: readonly SqlValue[];
}

/** What the lines hold; each statement takes the line. Without the columns that say whose they are. */
const OF_ONE_LINE: {
	readonly [P in "commit" | "merge" | "row" | "forgotten" | "dropped"]: Keyset;
} = {
	commit: {
		sql: `SELECT ${COMMIT_COLUMNS.join(", ")} FROM commits
			WHERE line = ? AND number > ? ORDER BY number LIMIT ${PAGE}`,
		position: [0],
		start: [0],
	},
	merge: {
		sql: `SELECT number, json_group_array(
				json_object('line', parent_line, 'number', parent_number) ORDER BY position
			) FROM merges WHERE line = ? AND number > ?
			GROUP BY number ORDER BY number LIMIT ${PAGE}`,
		position: [0],
		start: [0],
	},
	row: {
		sql: `SELECT * FROM (
				SELECT space, parent, name, number, NULL, NULL, ${VALUE} FROM entries
				WHERE line = ?1 AND (space, parent, name, number) > (?2, ?3, ?4, ?5)
				UNION ALL
				SELECT space, parent, name, from_number, to_number, ended_at_micros, ${VALUE} FROM superseded
				WHERE line = ?1 AND (space, parent, name, from_number) > (?2, ?3, ?4, ?5)
			) ORDER BY space, parent, name, number LIMIT ${PAGE}`,
		position: [0, 1, 2, 3],
		start: [-1, "", "", 0],
	},
	forgotten: {
		sql: `SELECT from_number, to_number FROM forgotten
			WHERE line = ? AND from_number > ? ORDER BY from_number LIMIT ${PAGE}`,
		position: [0],
		start: [-1],
	},
	dropped: {
		sql: `SELECT asset_id, number, space, parent, name FROM dropped
			WHERE line = ? AND asset_id > ? ORDER BY asset_id LIMIT ${PAGE}`,
		position: [0],
		start: [""],
	},
};

/**
 * Every row of a file or of one of its tenants (sentence M1). The caller has
 * begun a transaction, so that all statements see one moment.
 */
export function* dumpRows(
	db: Database,
	tenant: TenantId | undefined,
): Generator<MovedRow> {
	for (const part of PARTS) {
		const { read } = columnsOf<Part>(part);
		for (const values of valuesOf(db, part, tenant)) yield read(values);
	}
}

function* valuesOf(
	db: Database,
	part: Part,
	tenant: TenantId | undefined,
): Generator<SqlRow> {
	switch (part) {
		case "commit":
		case "merge":
		case "row":
		case "forgotten":
		case "dropped": {
			const lines = inPages(db, linesOf(tenant), tenantParams(tenant));
			for (const [owner = null, line = null, seq = null] of lines)
				for (const row of inPages(db, OF_ONE_LINE[part], [seq]))
					yield [owner, line, ...row];
			return;
		}
		case "claim":
			return yield* inPages(
				db,
				byColumns("claims", columnsOf(part).columns, ["location"], tenant),
				tenantParams(tenant),
			);
		default:
			return yield* inPages(db, recordsOf(part, tenant), tenantParams(tenant));
	}
}

function tenantParams(tenant: TenantId | undefined): SqlValue[] {
	return tenant === undefined ? [] : [tenant];
}

function linesOf(tenant: TenantId | undefined): Keyset {
	const columns = ["tenant_id", "id", "seq"];
	return byColumns("lines", columns, ["tenant_id", "id"], tenant);
}

function recordsOf(part: Collection, tenant: TenantId | undefined): Keyset {
	const { table, keyColumns } = COLLECTIONS[part];
	const [owner] = keyColumns;
	return byColumns(table, columnsOf(part).columns, keyColumns, tenant, owner);
}

/** A table by its key, all of it or one tenant's. */
function byColumns(
	table: string,
	columns: readonly string[],
	key: readonly string[],
	tenant: TenantId | undefined,
	ofTenant = "tenant_id",
): Keyset {
	const isOwned = tenant === undefined ? "" : `${ofTenant} = ? AND`;
	const places = key.map(() => "?").join(", ");
	return {
		sql: `SELECT ${columns.join(", ")} FROM ${table}
			WHERE ${isOwned} (${key.join(", ")}) > (${places})
			ORDER BY ${key.join(", ")} LIMIT ${PAGE}`,
		position: key.map((column) => columns.indexOf(column)),
		start: key.map(() => ""),
	};
}

function* inPages(
	db: Database,
	{ sql, position, start }: Keyset,
	owner: readonly SqlValue[],
): Generator<SqlRow> {
	let after: readonly SqlValue[] = start;
	for (;;) {
		const rows = db.prepare(sql).all(...owner, ...after);
		yield* rows;
		const last = rows.at(-1);
		if (last === undefined || rows.length < PAGE) return;
		after = position.map((column) => last[column] ?? null);
	}
}

const CONTENT_TABLES = [
	"commits",
	"entries",
	"superseded",
	"forgotten",
	"dropped",
];

/** How many rows `dumpRows` gives. */
export function countRows(db: Database, tenant: TenantId | undefined): number {
	const isOwned = (column: string) =>
		tenant === undefined ? "" : `WHERE ${column} = ?`;
	const counts = [
		...Object.values(COLLECTIONS).map(
			({ table, keyColumns: [owner = ""] }) =>
				`SELECT count(*) FROM ${table} ${isOwned(owner)}`,
		),
		`SELECT count(*) FROM claims ${isOwned("tenant_id")}`,
		...CONTENT_TABLES.map(
			(table) =>
				`SELECT count(*) FROM ${table} t JOIN lines l ON l.seq = t.line ${isOwned("l.tenant_id")}`,
		),
	];
	counts.push(
		`SELECT count(DISTINCT t.line || ' ' || t.number) FROM merges t
			JOIN lines l ON l.seq = t.line ${isOwned("l.tenant_id")}`,
	);
	return counts
		.map((sql) => db.prepare(sql).get(...tenantParams(tenant)) ?? [])
		.reduce((sum, row) => sum + numberAt(row, 0), 0);
}
