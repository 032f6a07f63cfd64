import type { RecordChange, RecordChangeOf, Refusal } from "../changes.ts";
import type { Collection, RecordValue } from "../records.ts";
import type { Rows, State } from "./state.ts";
import { idOf } from "./state.ts";
import type { RecordTable } from "./tables.ts";
import {
	catalogTable,
	garbageTable,
	idempotencyTable,
	jobTable,
	lineTable,
	mergeConflictTable,
	mergeOperationTable,
	refTable,
	reportTable,
	tenantTable,
	warehouseTable,
} from "./tables.ts";
import type { Transaction } from "./transaction.ts";

export function applyRecord(
	state: State,
	tx: Transaction,
	change: RecordChange,
): Refusal | undefined {
	switch (change.collection) {
		case "tenant":
			return applyTo(tx, tenantTable(state), change);
		case "warehouse":
			return applyTo(tx, warehouseTable(state, tx), change);
		case "catalog":
			return applyTo(tx, catalogTable(state, tx), change);
		case "ref":
			return applyTo(tx, refTable(state), change);
		case "line":
			return applyTo(tx, lineTable(state, tx), change);
		case "idempotency":
			return applyTo(tx, idempotencyTable(state), change);
		case "job":
			return applyTo(tx, jobTable(state), change);
		case "garbage":
			return applyTo(tx, garbageTable(state), change);
		case "report":
			return applyTo(tx, reportTable(state), change);
		case "mergeOperation":
			return applyTo(tx, mergeOperationTable(state, tx), change);
		case "mergeConflict":
			return applyTo(tx, mergeConflictTable(state), change);
	}
}

function applyTo<C extends Collection>(
	tx: Transaction,
	table: RecordTable<C>,
	change: RecordChangeOf<C>,
): Refusal | undefined {
	switch (change.op) {
		case "insert":
			return insert(tx, table, change.value);
		case "update":
			return update(tx, table, change);
		case "delete":
			return remove(tx, table, change);
		case "check": {
			const row = table.rows.get(idOf(...table.parts(change.key)));
			if (change.version === "absent") return row ? "exists" : undefined;
			return row?.version === change.version ? undefined : "stale";
		}
	}
}

function insert<C extends Collection>(
	tx: Transaction,
	table: RecordTable<C>,
	given: RecordValue<C>,
): Refusal | undefined {
	const id = idOf(...table.parts(table.keyOf(given)));
	if (table.rows.has(id) || table.takenId?.(given)) return "exists";
	const refused = table.needs?.(given);
	if (refused !== undefined) return refused;
	const value = table.asStored?.(given, undefined) ?? given;
	tx.set(table.rows, id, { value, version: 1 });
	table.inserted?.(value);
	return undefined;
}

function update<C extends Collection>(
	tx: Transaction,
	table: RecordTable<C>,
	change: Extract<RecordChangeOf<C>, { op: "update" }>,
): Refusal | undefined {
	const id = idOf(...table.parts(change.key));
	const row = table.rows.get(id);
	if (row === undefined) return "missing";
	if (row.version !== change.ifVersion) return "stale";
	const newId = idOf(...table.parts(table.keyOf(change.value)));
	if (newId !== id && table.rows.has(newId)) return "exists";
	const refused = table.needs?.(change.value);
	if (refused !== undefined) return refused;
	const value = table.asStored?.(change.value, row.value) ?? change.value;
	tx.delete(table.rows, id);
	tx.set(table.rows, newId, { value, version: row.version + 1 });
	table.updated?.(row.value, value);
	return undefined;
}

function remove<C extends Collection>(
	tx: Transaction,
	table: RecordTable<C>,
	change: Extract<RecordChangeOf<C>, { op: "delete" }>,
): Refusal | undefined {
	const id = idOf(...table.parts(change.key));
	const row = table.rows.get(id);
	if (row === undefined)
		return change.ifVersion === undefined ? undefined : "missing";
	if (change.ifVersion !== undefined && row.version !== change.ifVersion)
		return "stale";
	if (table.isInUse?.(row.value)) return "notEmpty";
	tx.delete(table.rows, id);
	table.deleted?.(row.value);
	return undefined;
}

/** The rows of a map whose joined key begins with the given parts. */
export function rowsBelow<Value>(
	rows: Rows<Value>,
	...parts: readonly string[]
): [string, Value, number][] {
	const prefix = idOf(...parts, "");
	const found: [string, Value, number][] = [];
	for (const [id, { value, version }] of rows) {
		if (id.startsWith(prefix)) found.push([id, value, version]);
	}
	return found;
}
