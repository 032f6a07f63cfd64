import type { PathKey } from "../../../model/names.ts";
import { compareUtf8 } from "../../../model/names.ts";
import type { Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import type { EntryKind } from "../../records.ts";
import { readKeys, spaceNumber } from "../../sql/contents.ts";
import { textAt, textOrNullAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { ownRow } from "../lines.ts";

const OF_KIND = `SELECT name FROM entries INDEXED BY entries_by_kind
	WHERE line = ? AND space = ? AND parent = ? AND kind = ? AND name > ?
	ORDER BY name LIMIT ?`;
/** A commit of very many keys is not looked into. */
const WRITTEN_SINCE = `SELECT iif(octet_length(keys) > 10000, NULL, keys) FROM commits
	WHERE line = ? AND number > ? ORDER BY number LIMIT ?`;
const MAX_COMMITS = 100;

/**
 * The names of one kind that a line without ancestors shows in a namespace. An
 * index has just that as of the line's head; as of an earlier number, what was
 * written since is looked up name by name.
 * @returns undefined where too much was written since, and where not all is shown
 */
export function readNamesOfKind(
	db: Database,
	level: Level,
	parent: PathKey,
	kind: EntryKind,
	page: Page<string>,
): string[] | undefined {
	if (level.shown !== undefined) return undefined;
	if (level.bound === undefined)
		return currentNames(db, level, parent, kind, page);
	const written = writtenSince(db, level, level.bound, parent, kind);
	if (written === undefined) return undefined;
	const { after = "", limit } = page;
	const reach = { after, limit: limit + written.size };
	const current = currentNames(db, level, parent, kind, reach);
	if (written.size === 0) return current;
	const space = spaceOf(kind);
	const asOf = [...written].filter(
		(name) =>
			compareUtf8(name, after) > 0 &&
			ownRow(db, level, { space, parent, name })?.[1] === kind,
	);
	const others = current.filter((name) => !written.has(name));
	return inOrder(others, asOf.sort(compareUtf8)).slice(0, limit);
}

function currentNames(
	db: Database,
	{ seq }: Level,
	parent: PathKey,
	kind: EntryKind,
	{ after, limit }: Page<string>,
): string[] {
	return db
		.prepare(OF_KIND)
		.all(seq, spaceNumber(spaceOf(kind)), parent, kind, after ?? "", limit)
		.map((row) => textAt(row, 0));
}

/** Names in a namespace that a line wrote after a number. */
function writtenSince(
	db: Database,
	{ seq }: Level,
	number: number,
	parent: PathKey,
	kind: EntryKind,
): Set<string> | undefined {
	const rows = db.prepare(WRITTEN_SINCE).all(seq, number, MAX_COMMITS + 1);
	if (rows.length > MAX_COMMITS) return undefined;
	const names = new Set<string>();
	for (const row of rows) {
		const keys = textOrNullAt(row, 0);
		if (keys === null) return undefined;
		for (const key of readKeys(keys))
			if (key.space === spaceOf(kind) && key.parent === parent)
				names.add(key.name);
	}
	return names;
}

/** Two sorted lists without a common name as one. */
function inOrder(many: readonly string[], few: readonly string[]): string[] {
	const names: string[] = [];
	let at = 0;
	for (const name of few) {
		for (; at < many.length; at++) {
			const next = many[at] ?? "";
			if (compareUtf8(next, name) > 0) break;
			names.push(next);
		}
		names.push(name);
	}
	return names.concat(many.slice(at));
}
