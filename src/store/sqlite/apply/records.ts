import type { RecordChangeOf, Refusal } from "../../changes.ts";
import { keyOf } from "../../recordKeys.ts";
import type { Collection, RecordKey, RecordValue } from "../../records.ts";
import { numberAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { SqliteTable } from "../tables.ts";
import { TABLES } from "../tables.ts";
import type { Rules } from "./rules.ts";
import { RULES } from "./rules.ts";

export function applyRecord<C extends Collection>(
	db: Database,
	change: RecordChangeOf<C>,
): Refusal | undefined {
	const table: SqliteTable<C> = TABLES[change.collection];
	const rules: Rules<C> = RULES[change.collection];
	switch (change.op) {
		case "insert":
			return insert(db, table, rules, change);
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
	{ collection, value: given }: Extract<RecordChangeOf<C>, { op: "insert" }>,
): Refusal | undefined {
	const isThere = find(db, table, keyOf(collection, given)) !== undefined;
	if (isThere || rules.isIdTaken?.(db, given)) return "exists";
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
	const newKey = keyOf(change.collection, change.value);
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
