import type { Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import type { EntryKey, EntryRow, InNamespace } from "../../records.ts";
import { spaceNumber } from "../../sql/contents.ts";
import { textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { entriesAt, entryRow, LISTED } from "../lines.ts";

const ROWS_OF_KIND = `SELECT ${LISTED} FROM entries INDEXED BY entries_by_kind
	WHERE line = ? AND space = ? AND parent = ? AND kind = ? AND name > ?
	ORDER BY name LIMIT ?`;
/** Rows of a chain are read in pieces of at most this many. */
const CHUNK = 500;

/** See `EntryReader.list`. */
export function readList(
	db: Database,
	levels: readonly Level[],
	filter: InNamespace,
	page: Page<string>,
): EntryRow[] {
	const { parent, kinds } = filter;
	const [level] = levels;
	const [kind] = kinds;
	if (level === undefined || kind === undefined) return [];
	const space = spaceOf(kind);
	const isOneIndex =
		levels.length === 1 && level.bound === undefined && kinds.length === 1;
	if (!isOneIndex) return mergedList(db, levels, filter, page);
	return db
		.prepare(ROWS_OF_KIND)
		.all(
			level.seq,
			spaceNumber(space),
			parent,
			kind,
			page.after ?? "",
			page.limit,
		)
		.map((row) =>
			entryRow(level, { space, parent, name: textAt(row, 2) }, row, 3),
		)
		.filter((row) => row !== undefined);
}

function mergedList(
	db: Database,
	levels: readonly Level[],
	{ parent, kinds }: InNamespace,
	{ after, limit }: Page<string>,
): EntryRow[] {
	const [kind] = kinds;
	if (kind === undefined) return [];
	const range = { space: spaceOf(kind), parent, after };
	return entriesAt(db, levels, range, Math.min(limit + 1, CHUNK))
		.filter((row) => kinds.includes(row.entry.kind))
		.take(limit)
		.toArray();
}

/** See `EntryReader.all`. */
export function readAll(
	db: Database,
	levels: readonly Level[],
	{ after, limit }: Page<EntryKey>,
): EntryRow[] {
	const chunk = Math.min(limit + 1, CHUNK);
	return entriesAt(db, levels, { afterKey: after }, chunk)
		.take(limit)
		.toArray();
}
