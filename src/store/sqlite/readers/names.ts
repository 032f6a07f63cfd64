import { compareUtf8 } from "../../../model/names.ts";
import type { Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import type { InNamespace } from "../../records.ts";
import { spaceNumber } from "../../sql/contents.ts";
import type { SqlRow } from "../../sql/values.ts";
import { textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { keysIn, ownRow } from "../lines.ts";
import { readNamesOfKind } from "./namesOfKind.ts";

/** Gives a page of names that stays as it is for ever: kept under what it is a page of, or read. */
export type KeepPage = (
	level: Level & { readonly bound: number },
	filter: InNamespace,
	page: Page<string>,
	read: () => string[],
) => string[];

const IN_NAMESPACE =
	"e.line = ? AND e.space = ? AND e.parent = ? AND e.name > ?";
const CURRENT = `SELECT e.name, coalesce(e.kind, '') FROM entries e
	WHERE ${IN_NAMESPACE} ORDER BY e.name LIMIT ?`;
/** As of a number; without a kind where the key came later. */
const AS_OF = `SELECT e.name, iif(e.number <= ?, coalesce(e.kind, ''), (
		SELECT coalesce(s.kind, '') FROM superseded s
		WHERE s.line = e.line AND s.space = e.space AND s.parent = e.parent AND s.name = e.name
		AND s.from_number <= ? ORDER BY s.from_number DESC LIMIT 1))
	FROM entries e WHERE ${IN_NAMESPACE} ORDER BY e.name LIMIT ?`;
const CHUNK = 1000;

/**
 * The names that a chain shows in a namespace: the first line's own, which
 * decide what a name stands for, merged with those that its parent shows at
 * the fork. The latter never change and are kept.
 */
export function readNames(
	db: Database,
	levels: readonly Level[],
	filter: InNamespace,
	page: Page<string>,
	keep: KeepPage,
): string[] {
	const [own, ...ancestors] = levels;
	const [kind] = filter.kinds;
	if (own === undefined || kind === undefined) return [];
	if (ancestors.length === 0 && filter.kinds.length === 1) {
		const names = readNamesOfKind(db, own, filter.parent, kind, page);
		if (names !== undefined) return names;
	}
	const written = ownNames(db, own, filter, page);
	const inherited = inheritedNames(db, ancestors, filter, page, keep);
	return merged(written, inherited, page.limit);
}

/** A name that a line wrote, and whether it is listed (else it hides the inherited one). */
interface OwnName {
	readonly name: string;
	readonly isListed: boolean;
}

function merged(
	written: Iterator<OwnName>,
	inherited: Iterator<string>,
	limit: number,
): string[] {
	const names: string[] = [];
	let own = written.next().value as OwnName | undefined;
	let other = inherited.next().value as string | undefined;
	while (names.length < limit && (own ?? other) !== undefined) {
		const order =
			own === undefined
				? 1
				: other === undefined
					? -1
					: compareUtf8(own.name, other);
		if (own !== undefined && order <= 0) {
			if (own.isListed) names.push(own.name);
			own = written.next().value as OwnName | undefined;
		} else if (other !== undefined) names.push(other);
		if (order >= 0) other = inherited.next().value as string | undefined;
	}
	return names;
}

function* inheritedNames(
	db: Database,
	levels: readonly Level[],
	filter: InNamespace,
	page: Page<string>,
	keep: KeepPage,
): Generator<string, undefined> {
	const [level] = levels;
	if (level === undefined) return undefined;
	let after = page.after;
	for (;;) {
		const part = { after, limit: page.limit };
		const read = () => readNames(db, levels, filter, part, keep);
		const { bound, shown } = level;
		const names =
			bound === undefined || shown !== undefined
				? read()
				: keep({ ...level, bound }, filter, part, read);
		yield* names;
		if (names.length < page.limit) return undefined;
		after = names.at(-1);
	}
}

function* ownNames(
	db: Database,
	level: Level,
	filter: InNamespace,
	{ after, limit }: Page<string>,
): Generator<OwnName, undefined> {
	const listed = new Set<unknown>(filter.kinds);
	for (const row of rowsOf(
		db,
		level,
		filter,
		after ?? "",
		Math.min(limit + 1, CHUNK),
	))
		if (row[1] !== null)
			yield { name: textAt(row, 0), isListed: listed.has(row[1]) };
	return undefined;
}

/** A line's own name and kind: "" for a tombstone, null for nothing as of the bound. */
function* rowsOf(
	db: Database,
	level: Level,
	{ parent, kinds }: InNamespace,
	after: string,
	chunk: number,
): Generator<SqlRow, undefined> {
	const { seq, bound, shown } = level;
	const space = spaceOf(kinds[0] ?? "table");
	if (shown !== undefined) {
		for (const key of keysIn(shown, { space, parent, after })) {
			const row = ownRow(db, level, key);
			if (row !== undefined) yield [key.name, row[1] ?? ""];
		}
		return undefined;
	}
	let from = after;
	for (;;) {
		const key = [seq, spaceNumber(space), parent, from, chunk];
		const rows =
			bound === undefined
				? db.prepare(CURRENT).all(...key)
				: db.prepare(AS_OF).all(bound, bound, ...key);
		yield* rows;
		const last = rows.at(-1);
		if (last === undefined || rows.length < chunk) return undefined;
		from = textAt(last, 0);
	}
}
