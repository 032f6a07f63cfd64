import type { LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { compareUtf8, pathKey } from "../../model/names.ts";
import { compareEntryKeys, keyText, shownKeys } from "../entryKeys.ts";
import type { EntryKey, EntryRow } from "../records.ts";
import {
	ENTRY_COLUMNS,
	readEntry,
	readKey,
	readKeys,
	spaceNumber,
} from "../sql/contents.ts";
import type { SqlRow } from "../sql/values.ts";
import {
	numberAt,
	numberOrNullAt,
	textAt,
	textOrNullAt,
} from "../sql/values.ts";
import type { Database } from "./database.ts";

/** A line of a chain, and the newest number of it that counts (undefined: its head). */
export interface Level {
	readonly seq: number;
	readonly id: LineId;
	readonly bound: number | undefined;
	/** The keys that the lines below let through, by their text; undefined: all. */
	readonly shown: ReadonlyMap<string, EntryKey> | undefined;
}

const VALUE = ENTRY_COLUMNS.join(", ");
/** What a list reads of each current row. */
export const LISTED = `space, parent, name, number, ${VALUE}`;
const KEY = "line = ? AND space = ? AND parent = ? AND name = ?";
const CURRENT = `SELECT number, ${VALUE} FROM entries WHERE ${KEY}`;
const EARLIER = `SELECT from_number, ${VALUE} FROM superseded
	WHERE ${KEY} AND from_number <= ? ORDER BY from_number DESC LIMIT 1`;
const PARENT = `SELECT l.seq, p.id, l.parent_number, l.filter
	FROM lines l LEFT JOIN lines p ON p.tenant_id = l.tenant_id AND p.id = l.parent_line_id
	WHERE l.tenant_id = ? AND l.id = ?`;

/** A line and its ancestors, the nearest first; empty when the line is unknown. */
export function readChain(
	db: Database,
	tenant: TenantId,
	line: LineId,
): Level[] {
	const levels: Level[] = [];
	let id: LineId | undefined = line;
	let bound: number | undefined;
	let shown: Level["shown"];
	while (id !== undefined) {
		const row = db.prepare(PARENT).get(tenant, id);
		if (row === undefined) break;
		levels.push({ seq: numberAt(row, 0), id, bound, shown });
		const parent = textOrNullAt(row, 1);
		bound = numberOrNullAt(row, 2) ?? undefined;
		shown = narrowed(shown, textOrNullAt(row, 3));
		id = parent === null ? undefined : brandId<LineId>(parent);
	}
	return levels;
}

/** The keys that a filter leaves of those that came through so far. */
function narrowed(
	shown: Level["shown"],
	filter: string | null,
): Level["shown"] {
	if (filter === null) return shown;
	return new Map(
		shownKeys(readKeys(filter))
			.map((key) => [keyText(key), key] as const)
			.filter(([text]) => shown?.has(text) ?? true),
	);
}

/** The chain as read at a number of its first line. */
export function atNumber(
	levels: readonly Level[],
	number: number | undefined,
): readonly Level[] {
	const [first, ...rest] = levels;
	if (first === undefined || number === undefined) return levels;
	return [{ ...first, bound: number }, ...rest];
}

/** A line's own row under a key: number, then ENTRY_COLUMNS. */
export function ownRow(
	db: Database,
	level: Level,
	key: EntryKey,
): SqlRow | undefined {
	const { seq, bound } = level;
	const space = spaceNumber(key.space);
	const row = db.prepare(CURRENT).get(seq, space, key.parent, key.name);
	if (row === undefined || bound === undefined || numberAt(row, 0) <= bound)
		return row;
	return db.prepare(EARLIER).get(seq, space, key.parent, key.name, bound);
}

/** What a chain shows under a key (sentence L4). One point read per level that has no row. */
export function entryAt(
	db: Database,
	levels: readonly Level[],
	key: EntryKey,
): EntryRow | undefined {
	for (const level of levels) {
		if (level.shown?.has(keyText(key)) === false) continue;
		const row = ownRow(db, level, key);
		if (row !== undefined) return entryRow(level, key, row, 0);
	}
	return undefined;
}

/** @param start where number and ENTRY_COLUMNS begin in the row */
export function entryRow(
	level: Level,
	key: EntryKey,
	row: SqlRow,
	start: number,
): EntryRow | undefined {
	const entry = readEntry(row, start + 1);
	if (entry === null) return undefined;
	const number = numberAt(row, start);
	return { key, entry, version: { line: level.id, number } };
}

/** Which keys of a chain are listed: those of one namespace and space, or all after a key. */
export type Range =
	| {
			readonly space: EntryKey["space"];
			readonly parent: string;
			readonly after: string | undefined;
	  }
	| { readonly afterKey: EntryKey | undefined };

/** What a chain shows in a range, by key. */
export function* entriesAt(
	db: Database,
	levels: readonly Level[],
	range: Range,
	chunk: number,
): Generator<EntryRow> {
	const sources = levels.map((level) =>
		sourceOf(level, ownRows(db, level, range, chunk)),
	);
	for (;;) {
		let nearest: Source | undefined;
		for (const source of sources) {
			if (source.row === undefined) continue;
			if (
				nearest === undefined ||
				compareEntryKeys(source.key, nearest.key) < 0
			)
				nearest = source;
		}
		if (nearest?.row === undefined) return;
		const { level, key, row } = nearest;
		for (const source of sources) {
			const isHidden = source !== nearest && source.row !== undefined;
			if (isHidden && compareEntryKeys(source.key, key) === 0) source.next();
		}
		nearest.next();
		const shown = entryRow(level, key, row, 3);
		if (shown !== undefined) yield shown;
	}
}

/** A level's rows one after another: the current one and its key; no row at the end. */
interface Source {
	readonly level: Level;
	row: SqlRow | undefined;
	key: EntryKey;
	next(): void;
}

function sourceOf(level: Level, rows: Iterator<SqlRow, undefined>): Source {
	const source: Source = {
		level,
		row: undefined,
		key: { space: "namespace", parent: pathKey([]), name: "" },
		next() {
			source.row = rows.next().value;
			if (source.row !== undefined) source.key = readKey(source.row, 0);
		},
	};
	source.next();
	return source;
}

/**
 * A line's own rows as far as they are let through, tombstones included:
 * space, parent, name, number, ENTRY_COLUMNS.
 */
function* ownRows(
	db: Database,
	level: Level,
	range: Range,
	chunk: number,
): Generator<SqlRow, undefined> {
	if (level.shown !== undefined) {
		for (const key of keysIn(level.shown, range)) {
			const row = ownRow(db, level, key);
			if (row !== undefined) yield listedRow(key, row);
		}
		return undefined;
	}
	let position = range;
	for (;;) {
		const rows = currentRows(db, level, position, chunk);
		for (const row of rows) {
			const asOf = rowAsOf(db, level, row);
			if (asOf !== undefined) yield asOf;
		}
		const last = rows.at(-1);
		if (last === undefined || rows.length < chunk) return undefined;
		position =
			"afterKey" in range
				? { afterKey: readKey(last, 0) }
				: { ...range, after: textAt(last, 2) };
	}
}

/** The keys of a filter that lie in a range, in order. */
export function keysIn(
	shown: ReadonlyMap<string, EntryKey>,
	range: Range,
): EntryKey[] {
	const isIn = (key: EntryKey) =>
		"afterKey" in range
			? range.afterKey === undefined ||
				compareEntryKeys(key, range.afterKey) > 0
			: key.space === range.space &&
				key.parent === range.parent &&
				(range.after === undefined || compareUtf8(key.name, range.after) > 0);
	return [...shown.values()].filter(isIn).sort(compareEntryKeys);
}

/** The row as of the level's bound, from the current one; undefined when the key came later. */
function rowAsOf(db: Database, level: Level, row: SqlRow): SqlRow | undefined {
	const { seq, bound } = level;
	if (bound === undefined || numberAt(row, 3) <= bound) return row;
	const key = readKey(row, 0);
	const space = spaceNumber(key.space);
	const earlier = db
		.prepare(EARLIER)
		.get(seq, space, key.parent, key.name, bound);
	return earlier && listedRow(key, earlier);
}

function listedRow({ space, parent, name }: EntryKey, row: SqlRow): SqlRow {
	return [spaceNumber(space), parent, name, ...row];
}

const CURRENT_PAGE = (where: string) => `SELECT ${LISTED} FROM entries
	WHERE ${where} ORDER BY space, parent, name LIMIT ?`;
const IN_NAMESPACE = CURRENT_PAGE(
	"line = ? AND space = ? AND parent = ? AND name > ?",
);
const AFTER_KEY = CURRENT_PAGE(
	"line = ? AND (space, parent, name) > (?, ?, ?)",
);

function currentRows(
	db: Database,
	{ seq }: Level,
	range: Range,
	limit: number,
): SqlRow[] {
	if (!("afterKey" in range)) {
		const space = spaceNumber(range.space);
		const after = range.after ?? "";
		return db.prepare(IN_NAMESPACE).all(seq, space, range.parent, after, limit);
	}
	const { afterKey } = range;
	return db
		.prepare(AFTER_KEY)
		.all(
			seq,
			afterKey === undefined ? -1 : spaceNumber(afterKey.space),
			afterKey?.parent ?? "",
			afterKey?.name ?? "",
			limit,
		);
}
