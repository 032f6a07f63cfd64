import { compareUtf8 } from "../../model/names.ts";
import type { LineAt } from "../contract.ts";
import { shownKeys } from "../entryKeys.ts";
import type { EntryKey, EntryRow, Line } from "../records.ts";
import type { LineContent, State, StoredRow } from "./state.ts";
import { entryId, idOf, lineOf } from "./state.ts";

/** One line of a chain and the newest number of it that counts. */
interface Level {
	readonly line: Line;
	readonly content: LineContent;
	readonly bound: number;
	/** The keys that the lines below it let through, joined; undefined: all. */
	readonly shown: ReadonlySet<string> | undefined;
}

/** The line and its ancestors, each with the number up to which it is read. */
function chainOf(state: State, at: LineAt): Level[] {
	const levels: Level[] = [];
	let line = lineOf(state, at.tenant, at.line);
	let bound = at.number ?? Number.POSITIVE_INFINITY;
	let shown: ReadonlySet<string> | undefined;
	while (line !== undefined) {
		const content = state.contents.get(idOf(line.tenant, line.id));
		if (content === undefined) break;
		levels.push({ line, content, bound, shown });
		const parent = line.parent;
		if (parent === null) break;
		shown = narrowed(shown, line.filter);
		line = lineOf(state, at.tenant, parent.line);
		bound = parent.number;
	}
	return levels;
}

/** The keys that a filter leaves of those that came through so far. */
function narrowed(
	shown: ReadonlySet<string> | undefined,
	filter: readonly EntryKey[] | null,
): ReadonlySet<string> | undefined {
	if (filter === null) return shown;
	const keys = new Set(shownKeys(filter).map(entryId));
	return shown === undefined ? keys : keys.intersection(shown);
}

/** What a line shows under a key at a number (sentence L4). */
export function entryAt(
	state: State,
	at: LineAt,
	id: string,
): EntryRow | undefined {
	return resolve(chainOf(state, at), id);
}

function resolve(levels: readonly Level[], id: string): EntryRow | undefined {
	for (const { line, content, bound, shown } of levels) {
		if (shown !== undefined && !shown.has(id)) continue;
		const history = content.histories.get(id);
		const row = history && newestUpTo(history.rows, bound);
		if (history === undefined || row === undefined) continue;
		return row.entry === null
			? undefined
			: {
					key: history.key,
					entry: row.entry,
					version: { line: line.id, number: row.number },
				};
	}
	return undefined;
}

function newestUpTo(
	rows: readonly StoredRow[],
	bound: number,
): StoredRow | undefined {
	return rows.findLast((row) => row.number <= bound);
}

/**
 * The entries that a line shows, by key, whose joined keys begin with `prefix`
 * and come after `after`.
 */
export function* entriesAt(
	state: State,
	at: LineAt,
	prefix: string,
	after: string | undefined,
): Generator<EntryRow> {
	const levels = chainOf(state, at);
	const starts = levels.map(({ content }) =>
		after === undefined
			? lowerBound(content.keys, prefix)
			: upperBound(content.keys, after),
	);
	for (;;) {
		const next = smallest(levels, starts);
		if (next === undefined || !next.startsWith(prefix)) return;
		levels.forEach(({ content }, i) => {
			if (content.keys[starts[i] ?? 0] === next)
				starts[i] = (starts[i] ?? 0) + 1;
		});
		const row = resolve(levels, next);
		if (row !== undefined) yield row;
	}
}

function smallest(
	levels: readonly Level[],
	positions: readonly number[],
): string | undefined {
	let least: string | undefined;
	levels.forEach(({ content }, i) => {
		const key = content.keys[positions[i] ?? 0];
		if (key === undefined) return;
		if (least === undefined || compareUtf8(key, least) < 0) least = key;
	});
	return least;
}

/** Index of the first key that is not before `key`. */
export function lowerBound(keys: readonly string[], key: string): number {
	return partition(keys, (candidate) => compareUtf8(candidate, key) < 0);
}

function upperBound(keys: readonly string[], key: string): number {
	return partition(keys, (candidate) => compareUtf8(candidate, key) <= 0);
}

function partition(
	keys: readonly string[],
	isLeft: (key: string) => boolean,
): number {
	let low = 0;
	let high = keys.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (isLeft(keys[middle] ?? "")) low = middle + 1;
		else high = middle;
	}
	return low;
}
