import type { RecordChangeOf, Refusal } from "../changes.ts";
import { keyParts } from "../recordKeys.ts";
import type { Collection } from "../records.ts";
import type { Rows, State } from "./state.ts";
import { idOf, recordId } from "./state.ts";
import type { RecordTable } from "./tables.ts";
import { tableOf } from "./tables.ts";
import type { Transaction } from "./transaction.ts";

export function applyRecord<C extends Collection>(
	state: State,
	tx: Transaction,
	change: RecordChangeOf<C>,
): Refusal | undefined {
	const table = tableOf(state, tx, change.collection);
	switch (change.op) {
		case "insert":
			return insert(tx, table, change);
		case "update":
			return update(tx, table, change);
		case "delete":
			return remove(tx, table, change);
		case "check": {
			const row = table.rows.get(idIn(change));
			if (change.version === "absent") return row ? "exists" : undefined;
			return row?.version === change.version ? undefined : "stale";
		}
	}
}

/** The joined key that a change names. */
function idIn<C extends Collection>({
	collection,
	key,
}: Exclude<RecordChangeOf<C>, { op: "insert" }>): string {
	return idOf(...keyParts(collection, key));
}

function insert<C extends Collection>(
	tx: Transaction,
	table: RecordTable<C>,
	{ collection, value: given }: Extract<RecordChangeOf<C>, { op: "insert" }>,
): Refusal | undefined {
	const id = recordId(collection, given);
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
	const id = idIn(change);
	const row = table.rows.get(id);
	if (row === undefined) return "missing";
	if (row.version !== change.ifVersion) return "stale";
	const newId = recordId(change.collection, change.value);
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
	const id = idIn(change);
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
