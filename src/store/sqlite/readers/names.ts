import type { PathKey } from "../../../model/names.ts";
import { compareUtf8 } from "../../../model/names.ts";
import type { Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import type { EntryKind } from "../../records.ts";
import { spaceNumber } from "../../sql/contents.ts";
import type { SqlRow } from "../../sql/values.ts";
import { textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";

export interface Filter {
	readonly parent: PathKey;
	/** All of one space. */
	readonly kinds: readonly EntryKind[];
}

const WHERE = "line = ? AND space = ? AND parent = ? AND name > ?";
const CURRENT = `SELECT name, kind FROM entries WHERE ${WHERE} ORDER BY name LIMIT ?`;
const AS_OF = `SELECT name, kind FROM entries WHERE ${WHERE} AND number <= ?
	UNION ALL
	SELECT name, kind FROM superseded WHERE ${WHERE} AND from_number <= ? AND to_number > ?
	ORDER BY name LIMIT ?`;
const CHUNK = 1000;

/** A line's own names in a namespace, tombstones included, one after another. */
interface Source {
	/** Undefined at the end. */
	name: string | undefined;
	isListed: boolean;
	next(): void;
}

/**
 * The names that a chain shows in a namespace: the lines' own names merged,
 * the nearest line deciding what a name stands for.
 */
export function mergedNames(
	db: Database,
	levels: readonly Level[],
	filter: Filter,
	{ after, limit }: Page<string>,
): string[] {
	const sources = levels.map((level) =>
		sourceOf(db, level, filter, after ?? "", Math.min(limit + 1, CHUNK)),
	);
	const names: string[] = [];
	if (filter.kinds.length === 0) return names;
	while (names.length < limit) {
		const nearest = firstOf(sources);
		const name = nearest?.name;
		if (nearest === undefined || name === undefined) break;
		if (nearest.isListed) names.push(name);
		for (const source of sources) if (source.name === name) source.next();
	}
	return names;
}

/** The source with the smallest name; of several, the nearest line. */
function firstOf(sources: readonly Source[]): Source | undefined {
	let first: Source | undefined;
	for (const source of sources) {
		if (source.name === undefined) continue;
		if (first?.name === undefined || compareUtf8(source.name, first.name) < 0)
			first = source;
	}
	return first;
}

function sourceOf(
	db: Database,
	level: Level,
	{ parent, kinds }: Filter,
	after: string,
	chunk: number,
): Source {
	const listed = new Set<unknown>(kinds);
	const [kind] = kinds;
	const key = [
		level.seq,
		spaceNumber(spaceOf(kind ?? "table")),
		parent,
	] as const;
	const { bound } = level;
	const read = (from: string): SqlRow[] =>
		bound === undefined
			? db.prepare(CURRENT).all(...key, from, chunk)
			: db
					.prepare(AS_OF)
					.all(...key, from, bound, ...key, from, bound, bound, chunk);
	let rows = read(after);
	let index = -1;
	const source: Source = {
		name: after,
		isListed: false,
		next() {
			index++;
			if (index === chunk) {
				rows = read(source.name ?? after);
				index = 0;
			}
			const row = rows[index];
			source.name = row && textAt(row, 0);
			source.isListed = listed.has(row?.[1]);
		},
	};
	source.next();
	return source;
}
