import type { CatalogId, LineId, TenantId } from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import { pathKey } from "../../../model/names.ts";
import type {
	Collection,
	EntryKey,
	Line,
	RecordKey,
	RecordValue,
} from "../../records.ts";
import type { SqlValue } from "../../sql/values.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import { entriesAt, readChain } from "../lines.ts";
import { keepsNumber } from "../readers/history.ts";
import { TABLES } from "../tables.ts";
import { leaveGarbage } from "./garbage.ts";
import { isMergedByTwo, passOn } from "./merges.ts";

/** What the rows of a collection have to do with other rows (sentences W9–W13). */
export interface Rules<C extends Collection> {
	/** Whether another row has the value's id, beside its key. */
	isIdTaken?(db: Database, value: RecordValue<C>): boolean;
	/** Whether something that the row needs is missing. */
	lacks?(db: Database, value: RecordValue<C>): boolean;
	/** The value of a new row, with the fields that the store decides. */
	newValue?(db: Database, value: RecordValue<C>): RecordValue<C>;
	isInUse?(db: Database, value: RecordValue<C>): boolean;
	/** Before a row gets another name. */
	renaming?(db: Database, key: RecordKey<C>): void;
	/** Before a row goes: what goes with it. */
	deleting?(db: Database, value: RecordValue<C>): void;
}

const TENANT_RULES: Rules<"tenant"> = {
	isInUse: (db, { id }) =>
		exists(db, "warehouses WHERE tenant_id = ?", id) ||
		exists(db, "catalogs WHERE tenant_id = ?", id),
};

const WAREHOUSE_RULES: Rules<"warehouse"> = {
	isIdTaken: (db, { tenant, id }) =>
		exists(db, "warehouses WHERE tenant_id = ? AND id = ?", tenant, id),
	lacks: (db, { tenant }) => !exists(db, "tenants WHERE id = ?", tenant),
	isInUse: (db, { tenant, name }) =>
		exists(
			db,
			"catalogs WHERE tenant_id = ? AND warehouse_name = ?",
			tenant,
			name,
		),
	// The new name itself arrives by the foreign key's ON UPDATE CASCADE.
	renaming: (db, { tenant, name }) => {
		db.prepare(
			"UPDATE catalogs SET version = version + 1 WHERE tenant_id = ? AND warehouse_name = ?",
		).run(tenant, name);
	},
};

const CATALOG_RULES: Rules<"catalog"> = {
	isIdTaken: (db, { tenant, id }) => hasCatalog(db, tenant, id),
	lacks: (db, { tenant, warehouse }) =>
		!exists(db, "tenants WHERE id = ?", tenant) ||
		(warehouse !== null &&
			!exists(
				db,
				"warehouses WHERE tenant_id = ? AND name = ?",
				tenant,
				warehouse,
			)),
	isInUse: (db, { tenant, id }) =>
		linesOf(db, tenant, id).some(({ line }) => showsObject(db, tenant, line)),
	deleting: (db, { tenant, id }) => {
		const refs = "DELETE FROM refs WHERE tenant_id = ? AND catalog_id = ?";
		db.prepare(refs).run(tenant, id);
		for (const { seq } of linesOf(db, tenant, id)) deleteContent(db, seq);
		const lines = "DELETE FROM lines WHERE tenant_id = ? AND catalog_id = ?";
		db.prepare(lines).run(tenant, id);
		db.prepare(
			`DELETE FROM merge_conflicts WHERE tenant_id = ?1 AND operation_id IN (
				SELECT id FROM merge_operations WHERE tenant_id = ?1 AND catalog_id = ?2)`,
		).run(tenant, id);
		db.prepare(
			"DELETE FROM merge_operations WHERE tenant_id = ? AND catalog_id = ?",
		).run(tenant, id);
		for (const table of ["claims", "garbage"])
			db.prepare(
				`DELETE FROM ${table} WHERE tenant_id = ? AND catalog_id = ?`,
			).run(tenant, id);
	},
};

const REF_RULES: Rules<"ref"> = {
	lacks: (db, ref) => !keeps(db, ref, ref.line, ref.number),
};

export const LINE_RULES: Rules<"line"> = {
	lacks: (db, { id, tenant, catalog, parent }) =>
		!hasCatalog(db, tenant, catalog) ||
		(parent !== null &&
			(!keeps(db, { tenant, catalog }, parent.line, parent.number) ||
				readChain(db, tenant, parent.line).some((level) => level.id === id))),
	newValue: (db, line) => ({
		...line,
		head: 0,
		headTimeMicros: startTimeMicros(db, line),
	}),
	isInUse: (db, line) => {
		const { tenant, id } = line;
		return (
			exists(db, "refs WHERE tenant_id = ? AND line_id = ?", tenant, id) ||
			exists(
				db,
				"lines WHERE tenant_id = ? AND parent_line_id = ?",
				tenant,
				id,
			) ||
			isMergedByTwo(db, line)
		);
	},
	deleting: (db, line) => {
		const { tenant, id } = line;
		const sql = "SELECT seq FROM lines WHERE tenant_id = ? AND id = ?";
		const row = db.prepare(sql).get(tenant, id);
		if (row === undefined) return;
		passOn(db, line, numberAt(row, 0));
		for (const rows of ["entries", "superseded"] as const)
			db.prepare(`${leaveGarbage(rows)} ON CONFLICT DO NOTHING`).run(
				numberAt(row, 0),
			);
		deleteContent(db, numberAt(row, 0));
	},
};

const MERGE_OPERATION_RULES: Rules<"mergeOperation"> = {
	lacks: (db, { tenant, catalog }) => !hasCatalog(db, tenant, catalog),
	deleting: (db, { tenant, id }) => {
		const sql =
			"DELETE FROM merge_conflicts WHERE tenant_id = ? AND operation_id = ?";
		db.prepare(sql).run(tenant, id);
	},
};

const MERGE_CONFLICT_RULES: Rules<"mergeConflict"> = {
	lacks: (db, { tenant, operation }) =>
		!exists(
			db,
			"merge_operations WHERE tenant_id = ? AND id = ?",
			tenant,
			operation,
		),
};

export const RULES: { readonly [C in Collection]: Rules<C> } = {
	tenant: TENANT_RULES,
	warehouse: WAREHOUSE_RULES,
	catalog: CATALOG_RULES,
	ref: REF_RULES,
	line: LINE_RULES,
	idempotency: {},
	job: {},
	garbage: {},
	report: {},
	mergeOperation: MERGE_OPERATION_RULES,
	mergeConflict: MERGE_CONFLICT_RULES,
};

function exists(
	db: Database,
	tableAndCondition: string,
	...params: SqlValue[]
): boolean {
	const sql = `SELECT 1 FROM ${tableAndCondition} LIMIT 1`;
	return db.prepare(sql).get(...params) !== undefined;
}

function hasCatalog(db: Database, tenant: TenantId, id: CatalogId): boolean {
	return exists(db, "catalogs WHERE tenant_id = ? AND id = ?", tenant, id);
}

/** A line of the catalog that keeps the number; null: its head. */
function keeps(
	db: Database,
	of: { readonly tenant: TenantId; readonly catalog: CatalogId },
	line: LineId,
	number: number | null,
): boolean {
	const row = db
		.prepare(
			"SELECT head FROM lines WHERE tenant_id = ? AND id = ? AND catalog_id = ?",
		)
		.get(of.tenant, line, of.catalog);
	if (row === undefined) return false;
	return keepsNumber(db, of.tenant, line, number ?? numberAt(row, 0));
}

function linesOf(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
): { line: LineId; seq: number }[] {
	return db
		.prepare("SELECT id, seq FROM lines WHERE tenant_id = ? AND catalog_id = ?")
		.all(tenant, catalog)
		.map((row) => ({
			line: brandId<LineId>(textAt(row, 0)),
			seq: numberAt(row, 1),
		}));
}

/** Sorts behind every namespace and before every object. */
const FIRST_OBJECT: EntryKey = {
	space: "object",
	parent: pathKey([]),
	name: "",
};

function showsObject(db: Database, tenant: TenantId, line: LineId): boolean {
	const levels = readChain(db, tenant, line);
	const objects = entriesAt(db, levels, { afterKey: FIRST_OBJECT }, 100);
	return objects.next().done !== true;
}

function deleteContent(db: Database, seq: number): void {
	for (const table of [
		"entries",
		"superseded",
		"merges",
		"dropped",
		"commits",
		"forgotten",
	])
		db.prepare(`DELETE FROM ${table} WHERE line = ?`).run(seq);
}

/** The time of what a new line shows first: of the commit that it forked at. */
function startTimeMicros(db: Database, { tenant, parent }: Line): number {
	if (parent === null) return 0;
	const commit = db
		.prepare(
			`SELECT c.time_micros FROM lines l JOIN commits c ON c.line = l.seq
			WHERE l.tenant_id = ? AND l.id = ? AND c.number = ?`,
		)
		.get(tenant, parent.line, parent.number);
	if (commit !== undefined) return numberAt(commit, 0);
	const row = db.prepare(TABLES.line.select).get(tenant, parent.line);
	return row === undefined ? 0 : startTimeMicros(db, TABLES.line.read(row, 0));
}
