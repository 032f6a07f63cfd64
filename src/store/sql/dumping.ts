import type { TenantId } from "../../model/ids.ts";
import type { MovedRow, Part } from "../moving.ts";
import { PARTS } from "../moving.ts";
import type { Collection } from "../records.ts";
import { COLLECTIONS } from "./collections.ts";
import { COMMIT_COLUMNS, ENTRY_COLUMNS } from "./contents.ts";
import { columnsOf } from "./parts.ts";
import type { SqlRow, SqlValue } from "./values.ts";
import { numberAt } from "./values.ts";

/** Where all statements see one moment. */
export interface Snapshot {
	/** As SQL: the parents of a group of rows of `merges`, a JSON list of `line` and `number` by `position`. */
	readonly mergedParents: string;
	/** Parameters are numbered: `?1`, `?2`. */
	all(
		sql: string,
		params: readonly SqlValue[],
	): readonly SqlRow[] | Promise<readonly SqlRow[]>;
}

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

type OfLine = "commit" | "merge" | "row" | "forgotten" | "dropped";

/** What the lines hold; each statement takes the line. Without the columns that say whose they are. */
function ofOneLine(part: OfLine, { mergedParents }: Snapshot): Keyset {
	switch (part) {
		case "commit":
			return {
				sql: `SELECT ${COMMIT_COLUMNS.join(", ")} FROM commits
					WHERE line = ?1 AND number > ?2 ORDER BY number LIMIT ${PAGE}`,
				position: [0],
				start: [0],
			};
		case "merge":
			return {
				sql: `SELECT number, ${mergedParents} FROM merges WHERE line = ?1 AND number > ?2
					GROUP BY number ORDER BY number LIMIT ${PAGE}`,
				position: [0],
				start: [0],
			};
		case "row":
			return {
				// Each kind is cut by itself: both together lie in no index.
				sql: `SELECT * FROM (
						SELECT space, parent, name, number, CAST(NULL AS BIGINT) AS to_number,
							CAST(NULL AS BIGINT) AS ended_at_micros, ${VALUE} FROM entries
						WHERE line = ?1 AND (space, parent, name, number) > (?2, ?3, ?4, ?5)
						ORDER BY space, parent, name LIMIT ${PAGE}
					) AS current_rows UNION ALL SELECT * FROM (
						SELECT space, parent, name, from_number, to_number, ended_at_micros, ${VALUE} FROM superseded
						WHERE line = ?1 AND (space, parent, name, from_number) > (?2, ?3, ?4, ?5)
						ORDER BY space, parent, name, from_number LIMIT ${PAGE}
					) AS past_rows ORDER BY space, parent, name, number LIMIT ${PAGE}`,
				position: [0, 1, 2, 3],
				start: [-1, "", "", 0],
			};
		case "forgotten":
			return {
				sql: `SELECT from_number, to_number FROM forgotten
					WHERE line = ?1 AND from_number > ?2 ORDER BY from_number LIMIT ${PAGE}`,
				position: [0],
				start: [-1],
			};
		case "dropped":
			return {
				sql: `SELECT asset_id, number, space, parent, name FROM dropped
					WHERE line = ?1 AND asset_id > ?2 ORDER BY asset_id LIMIT ${PAGE}`,
				position: [0],
				start: [""],
			};
	}
}

/** Every row of a store or of one of its tenants (sentence M1). */
export async function* dumpRows(
	snapshot: Snapshot,
	tenant: TenantId | undefined,
): AsyncGenerator<MovedRow, void, void> {
	for (const part of PARTS) {
		const { read } = columnsOf<Part>(part);
		for await (const page of pagesOf(snapshot, part, tenant))
			for (const values of page) yield read(values);
	}
}

type Pages = AsyncGenerator<readonly SqlRow[], void, void>;

async function* pagesOf(
	snapshot: Snapshot,
	part: Part,
	tenant: TenantId | undefined,
): Pages {
	const owner = tenantParams(tenant);
	switch (part) {
		case "commit":
		case "merge":
		case "row":
		case "forgotten":
		case "dropped": {
			const keyset = ofOneLine(part, snapshot);
			for await (const lines of inPages(snapshot, linesOf(tenant), owner))
				for (const [ofTenant = null, line = null, seq = null] of lines)
					for await (const page of inPages(snapshot, keyset, [seq]))
						yield page.map((row) => [ofTenant, line, ...row]);
			return;
		}
		case "claim": {
			const { columns } = columnsOf(part);
			const keyset = byColumns("claims", columns, ["location"], tenant);
			return yield* inPages(snapshot, keyset, owner);
		}
		default:
			return yield* inPages(snapshot, recordsOf(part, tenant), owner);
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
	const isOwned = tenant === undefined ? "" : `${ofTenant} = ?1 AND`;
	const first = tenant === undefined ? 1 : 2;
	const places = key.map((_, i) => `?${first + i}`).join(", ");
	return {
		sql: `SELECT ${columns.join(", ")} FROM ${table}
			WHERE ${isOwned} (${key.join(", ")}) > (${places})
			ORDER BY ${key.join(", ")} LIMIT ${PAGE}`,
		position: key.map((column) => columns.indexOf(column)),
		start: key.map(() => ""),
	};
}

async function* inPages(
	snapshot: Snapshot,
	{ sql, position, start }: Keyset,
	owner: readonly SqlValue[],
): Pages {
	let after: readonly SqlValue[] = start;
	for (;;) {
		const rows = await snapshot.all(sql, [...owner, ...after]);
		if (rows.length > 0) yield rows;
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
export async function countRows(
	snapshot: Snapshot,
	tenant: TenantId | undefined,
): Promise<number> {
	let sum = 0;
	for (const sql of countStatements(tenant)) {
		const [row = []] = await snapshot.all(sql, tenantParams(tenant));
		sum += numberAt(row, 0);
	}
	return sum;
}

function countStatements(tenant: TenantId | undefined): string[] {
	const isOwned = (column: string) =>
		tenant === undefined ? "" : `WHERE ${column} = ?1`;
	return [
		...Object.values(COLLECTIONS).map(
			({ table, keyColumns: [owner = ""] }) =>
				`SELECT count(*) FROM ${table} ${isOwned(owner)}`,
		),
		`SELECT count(*) FROM claims ${isOwned("tenant_id")}`,
		...CONTENT_TABLES.map(
			(table) =>
				`SELECT count(*) FROM ${table} t JOIN lines l ON l.seq = t.line ${isOwned("l.tenant_id")}`,
		),
		`SELECT count(DISTINCT t.line || ' ' || t.number) FROM merges t
			JOIN lines l ON l.seq = t.line ${isOwned("l.tenant_id")}`,
	];
}
