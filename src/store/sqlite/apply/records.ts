import type { RecordChange, RecordChangeOf, Refusal } from "../../changes.ts";
import type { Collection, RecordKey, RecordValue } from "../../records.ts";
import { numberAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { SqliteTable } from "../tables.ts";
import { TABLES } from "../tables.ts";
import type { Rules } from "./rules.ts";
import {
	CATALOG_RULES,
	LINE_RULES,
	MERGE_CONFLICT_RULES,
	MERGE_OPERATION_RULES,
	NO_RULES,
	REF_RULES,
	TENANT_RULES,
	WAREHOUSE_RULES,
} from "./rules.ts";

export function applyRecord(
	db: Database,
	change: RecordChange,
): Refusal | undefined {
	switch (change.collection) {
		case "tenant":
			return applyTo(db, TABLES.tenant, TENANT_RULES, change);
		case "warehouse":
			return applyTo(db, TABLES.warehouse, WAREHOUSE_RULES, change);
		case "catalog":
			return applyTo(db, TABLES.catalog, CATALOG_RULES, change);
		case "ref":
			return applyTo(db, TABLES.ref, REF_RULES, change);
		case "line":
			return applyTo(db, TABLES.line, LINE_RULES, change);
		case "idempotency":
			return applyTo(db, TABLES.idempotency, NO_RULES, change);
		case "job":
			return applyTo(db, TABLES.job, NO_RULES, change);
		case "garbage":
			return applyTo(db, TABLES.garbage, NO_RULES, change);
		case "report":
			return applyTo(db, TABLES.report, NO_RULES, change);
		case "mergeOperation":
			return applyTo(db, TABLES.mergeOperation, MERGE_OPERATION_RULES, change);
		case "mergeConflict":
			return applyTo(db, TABLES.mergeConflict, MERGE_CONFLICT_RULES, change);
	}
}

function applyTo<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	rules: Rules<C>,
	change: RecordChangeOf<C>,
): Refusal | undefined {
	switch (change.op) {
		case "insert":
			return insert(db, table, rules, change.value);
		case "update":
			return update(db, table, rules, change);
		case "delete":
			return remove(db, table, rules, change);
		case "check": {
			const found = find(db, table, change.key);
			if (change.version === "absent") return found ? "exists" : undefined;
			return found?.version === change.version ? undefined : "stale";
		}
	}
}

function insert<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	rules: Rules<C>,
	given: RecordValue<C>,
): Refusal | undefined {
	if (find(db, table, rules.keyOf(given)) || rules.isIdTaken?.(db, given))
		return "exists";
	if (rules.lacks?.(db, given)) return "missing";
	const value = rules.newValue?.(db, given) ?? given;
	db.prepare(table.insert).run(...table.params(value));
	return undefined;
}

function update<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	rules: Rules<C>,
	change: Extract<RecordChangeOf<C>, { op: "update" }>,
): Refusal | undefined {
	const found = find(db, table, change.key);
	if (found === undefined) return "missing";
	if (found.version !== change.ifVersion) return "stale";
	const oldKey = table.keyParams(change.key);
	const newKey = rules.keyOf(change.value);
	const isRenamed = table
		.keyParams(newKey)
		.some((part, i) => part !== oldKey[i]);
	if (isRenamed && find(db, table, newKey)) return "exists";
	if (rules.lacks?.(db, change.value)) return "missing";
	const params = table.params(change.value);
	const written = table.changing.map((index) => params[index] ?? null);
	if (isRenamed) rules.renaming?.(db, change.key);
	db.prepare(table.update).run(...written, ...oldKey);
	return undefined;
}

function remove<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	rules: Rules<C>,
	change: Extract<RecordChangeOf<C>, { op: "delete" }>,
): Refusal | undefined {
	const found = find(db, table, change.key);
	if (found === undefined)
		return change.ifVersion === undefined ? undefined : "missing";
	if (change.ifVersion !== undefined && found.version !== change.ifVersion)
		return "stale";
	if (rules.isInUse?.(db, found.value)) return "notEmpty";
	rules.deleting?.(db, found.value);
	db.prepare(table.delete).run(...table.keyParams(change.key));
	return undefined;
}

function find<C extends Collection>(
	db: Database,
	table: SqliteTable<C>,
	key: RecordKey<C>,
): { value: RecordValue<C>; version: number } | undefined {
	const row = db.prepare(table.select).get(...table.keyParams(key));
	return (
		row && {
			value: table.read(row, 0),
			version: numberAt(row, table.columns.length),
		}
	);
}
