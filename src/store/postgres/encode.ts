import { unreachable } from "../../model/errors.ts";
import type {
	Advance,
	Change,
	ChangeSet,
	ClaimChange,
	EntryChange,
	HistoryChange,
	RecordChange,
} from "../changes.ts";
import {
	enclosingNamespace,
	namespacePath,
	shownKeys,
	writtenKeys,
} from "../entryKeys.ts";
import { foldersAbove, prefixRange } from "../folders.ts";
import type { Collection, EntryKey } from "../records.ts";
import type { CollectionTable } from "../sql/collections.ts";
import { COLLECTIONS } from "../sql/collections.ts";
import {
	CLAIM_COLUMNS,
	COMMIT_COLUMNS,
	claimParams,
	commitParams,
	ENTRY_COLUMNS,
	entryParams,
	spaceNumber,
} from "../sql/contents.ts";
import type { SqlValue } from "../sql/values.ts";

/** A change set as `apply_sets` takes it: its columns by name; JSON. */
export function encodeSet(changes: ChangeSet): unknown[] {
	return changes.map(encode);
}

function encode(change: Change): object {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			return encodeRecord(change);
		case "advance":
			return encodeAdvance(change);
		case "requireHead":
		case "setClaims":
		case "releaseClaims":
			return change;
		case "claim":
			return encodeClaim(change);
		case "forget":
		case "forgetLine":
			return encodeHistory(change);
		default:
			return unreachable(change);
	}
}

type Row = Record<string, SqlValue>;

/** A row of a table as JSON has it. */
export function rowOf(
	columns: readonly string[],
	values: readonly SqlValue[],
): Row {
	return Object.fromEntries(
		columns.map((column, i) => [column, values[i] ?? null]),
	);
}

function picked(row: Row, columns: readonly string[]): Row {
	return rowOf(
		columns,
		columns.map((column) => row[column] ?? null),
	);
}

/** The table takes what a change of its collection holds; the compiler cannot relate them. */
function tableOf({ collection }: RecordChange): CollectionTable<Collection> {
	return COLLECTIONS[collection] as unknown as CollectionTable<Collection>;
}

/** Where the row of a change lies: its table and key columns. */
export function recordKey(change: RecordChange): { table: string; key: Row } {
	const of = tableOf(change);
	const key =
		change.op === "insert"
			? picked(rowOf(of.columns, of.params(change.value)), of.keyColumns)
			: rowOf(of.keyColumns, of.keyParams(change.key));
	return { table: of.table, key };
}

function encodeRecord(change: RecordChange): object {
	const table = tableOf(change);
	const at = { op: change.op, ...recordKey(change) };
	switch (change.op) {
		case "insert": {
			const value = rowOf(table.columns, table.params(change.value));
			return { ...at, value, ...filterKeys(change) };
		}
		case "update": {
			const value = rowOf(table.columns, table.params(change.value));
			const changing = table.columns.filter(
				(column) => !table.fixedColumns.includes(column),
			);
			return {
				...at,
				value,
				newKey: picked(value, table.keyColumns),
				set: picked(value, changing),
				ifVersion: change.ifVersion,
			};
		}
		case "delete":
			return { ...at, ifVersion: change.ifVersion };
		case "check": {
			const { version } = change;
			return { ...at, version: version === "absent" ? null : version };
		}
	}
}

/** The keys of a partial branch's filter and of what encloses them. */
function filterKeys(change: Extract<RecordChange, { op: "insert" }>): object {
	if (change.collection !== "line" || change.value.filter === null) return {};
	return { shown: [...shownKeys(change.value.filter)].map(keyList) };
}

function keyList({ space, parent, name }: EntryKey): SqlValue[] {
	return [spaceNumber(space), parent, name];
}

function encodeAdvance(change: Advance): object {
	const { entries, commit, ...rest } = change;
	const keys = writtenKeys(entries);
	// The database fills in the number and the time.
	const made = { ...commit, number: 0, timeMicros: 0, keys };
	return {
		...rest,
		commit: rowOf(COMMIT_COLUMNS, commitParams(made)),
		entries: entries.map(encodeEntry),
	};
}

function encodeEntry(change: EntryChange): object {
	const { op, key } = change;
	const { parent, name } = key;
	const at = { op, space: spaceNumber(key.space), parent, name };
	if (op === "create") {
		const enclosing = enclosingNamespace(key);
		return {
			...at,
			value: rowOf(ENTRY_COLUMNS, entryParams(change.entry)),
			enclosing: enclosing && [enclosing.parent, enclosing.name],
		};
	}
	const version = change.ifVersion;
	const guarded = {
		...at,
		ifVersion: version && [version.line, version.number],
	};
	switch (op) {
		case "replace":
			return {
				...guarded,
				value: rowOf(ENTRY_COLUMNS, entryParams(change.entry)),
			};
		case "drop":
			return {
				...guarded,
				path: key.space === "namespace" ? namespacePath(key) : null,
				isFinal: change.isFinal,
			};
		case "require":
			return guarded;
	}
}

function encodeClaim({ claim }: Extract<ClaimChange, { op: "claim" }>): object {
	return {
		op: "claim",
		claim: rowOf(CLAIM_COLUMNS, claimParams(claim)),
		...around(claim.location),
	};
}

/** The folders that enclose a location, and what sorts after all inside it. */
export function around(location: string): { above: string[]; below: string } {
	return { above: foldersAbove(location), below: prefixRange(location)[1] };
}

function encodeHistory(change: HistoryChange): object {
	if (change.op === "forgetLine") return change;
	const rows = change.rows.map(({ key, number }) => [...keyList(key), number]);
	return { ...change, rows };
}
