import type { Line } from "../records.ts";
import { numberList } from "./numberList.ts";
import type { SeenLine } from "./seen.ts";

/** More ids than these that occur twice say nothing new. */
const ENOUGH = 1000;

/**
 * Commits with the id of another one that came before them, among the lines of
 * one catalog. While it looks it needs eight bytes for each commit.
 */
export function* repeatedIds(
	lines: readonly SeenLine[],
): Generator<{ readonly line: Line; readonly number: number }> {
	const hashes = hashesTwice(lines);
	if (hashes.size === 0) return;
	const ids = new Set<string>();
	for (const { line, log } of lines)
		for (const { number, first, second } of log.ids()) {
			if (!hashes.has(first)) continue;
			const id = `${first} ${second}`;
			if (ids.has(id)) yield { line, number };
			ids.add(id);
		}
}

/** First hashes of ids that occur twice: of ids that do, and by chance of others. */
function hashesTwice(lines: readonly SeenLine[]): ReadonlySet<number> {
	const sorted = numberList();
	for (const { log } of lines)
		for (const { first } of log.ids()) sorted.push(first);
	sorted.sortFrom(0);
	const twice = new Set<number>();
	for (let i = 1; i < sorted.length && twice.size < ENOUGH; i++)
		if (sorted.at(i) === sorted.at(i - 1)) twice.add(sorted.at(i));
	return twice;
}
