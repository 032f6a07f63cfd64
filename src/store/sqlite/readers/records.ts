import type { AssetId, CatalogId, TenantId } from "../../../model/ids.ts";
import type { Located, Page } from "../../contract.ts";
import type {
	Collection,
	IdempotencyRecord,
	Job,
	MetricsReport,
	RecordKey,
	RecordValue,
	Versioned,
} from "../../records.ts";
import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { numberAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { SqliteTable } from "../tables.ts";
import { TABLES } from "../tables.ts";

const { catalog: CATALOGS, warehouse: WAREHOUSES, ref: REFS } = TABLES;
const LOCATE = `SELECT ${prefixed("c", CATALOGS.columns)}, ${prefixed("r", REFS.columns)},
	${prefixed("w", WAREHOUSES.columns)}
	FROM catalogs c
	JOIN refs r ON r.tenant_id = c.tenant_id AND r.catalog_id = c.id AND r.name = ?3
	LEFT JOIN warehouses w ON w.tenant_id = c.tenant_id AND w.name = c.warehouse_name
	WHERE c.tenant_id = ?1 AND c.name = ?2`;
const REF_START = CATALOGS.columns.length;
const WAREHOUSE_START = REF_START + REFS.columns.length;
const EXPIRED = `SELECT ${TABLES.idempotency.columns.join(", ")}, version FROM idempotency
	WHERE expires_at_millis < ? ORDER BY expires_at_millis, tenant_id, key LIMIT ?`;
const DUE = `SELECT ${TABLES.job.columns.join(", ")}, version FROM jobs
	WHERE run_after_millis <= ?1 AND due_at_millis <= ?1
	ORDER BY run_after_millis, tenant_id, id LIMIT ?2`;
const NEXT_DUE = "SELECT min(due_at_millis) FROM jobs";
const REPORTS_OF = `SELECT ${TABLES.report.columns.join(", ")} FROM reports
	WHERE tenant_id = ?1 AND asset_id = ?2 AND (?3 IS NULL OR id < ?3)
	ORDER BY id DESC LIMIT ?4`;

function prefixed(alias: string, columns: readonly string[]): string {
	return columns.map((column) => `${alias}.${column}`).join(", ");
}

export function readRecord<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	key: RecordKey<C>,
): Versioned<RecordValue<C>> | undefined {
	const row = db.prepare(table.select).get(...table.keyParams(key));
	return row && versioned(table, row);
}

/** A page by the last column of the key, below the values of the others. */
export function readRecords<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	parents: readonly SqlValue[],
	{ after, limit }: Page<string>,
): Versioned<RecordValue<C>>[] {
	const order = table.keyColumns.at(-1) ?? "";
	const below = table.keyColumns
		.slice(0, -1)
		.map((column) => `${column} = ? AND `);
	const sql = `SELECT ${table.columns.join(", ")}, version FROM ${table.table}
		WHERE ${below.join("")} ${order} > ? ORDER BY ${order} LIMIT ?`;
	return db
		.prepare(sql)
		.all(...parents, after ?? "", limit)
		.map((row) => versioned(table, row));
}

export function versioned<C extends Collection>(
	table: SqliteTable<C>,
	row: SqlRow,
): Versioned<RecordValue<C>> {
	return {
		value: table.read(row, 0),
		version: numberAt(row, table.columns.length),
	};
}

/** See `RefReader.locate`. */
export function readLocated(
	db: Database,
	tenant: TenantId,
	catalog: string,
	ref: string,
): Located | undefined {
	const row = db.prepare(LOCATE).get(tenant, catalog, ref);
	if (row === undefined) return undefined;
	return {
		catalog: CATALOGS.read(row, 0),
		ref: REFS.read(row, REF_START),
		warehouse:
			row[WAREHOUSE_START] === null
				? null
				: WAREHOUSES.read(row, WAREHOUSE_START),
	};
}

export function readRefs(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
	page: Page<string>,
) {
	return readRecords(db, REFS, [tenant, catalog], page);
}

export function readExpiredIdempotency(
	db: Database,
	nowMillis: number,
	limit: number,
): Versioned<IdempotencyRecord>[] {
	return db
		.prepare(EXPIRED)
		.all(nowMillis, limit)
		.map((row) => versioned(TABLES.idempotency, row));
}

export function readDueJobs(
	db: Database,
	nowMillis: number,
	limit: number,
): Versioned<Job>[] {
	return db
		.prepare(DUE)
		.all(nowMillis, limit)
		.map((row) => versioned(TABLES.job, row));
}

export function readNextJobAtMillis(db: Database): number | undefined {
	const at = db.prepare(NEXT_DUE).get()?.[0];
	return typeof at === "number" ? at : undefined;
}

export function readReports(
	db: Database,
	tenant: TenantId,
	asset: AssetId,
	{ after, limit }: Page<string>,
): MetricsReport[] {
	return db
		.prepare(REPORTS_OF)
		.all(tenant, asset, after ?? null, limit)
		.map((row) => TABLES.report.read(row, 0));
}
