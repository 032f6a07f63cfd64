import { keyText, spaceOf } from "../entryKeys.ts";
import type { MovedContent, MovedLineRow, RowOf } from "../moving.ts";
import type { Report } from "./report.ts";
import { MISSING, placeOf } from "./report.ts";
import type { Seen, SeenLine } from "./seen.ts";
import { seenLine } from "./seen.ts";
import { textHash } from "./textHash.ts";

type OfLine = Exclude<MovedContent, { part: "claim" }>;

/** Takes what lines hold, one row after the other, in the order of `dump`. */
export interface ContentCheck {
	take(row: OfLine): void;
	/** When the last one has come. */
	end(): void;
}

/** The rules of what a line holds that can be seen as its rows go by; the rest is in checkLines.ts. */
export function checkContent(seen: Seen, report: Report): ContentCheck {
	const rows = rowsInTurn(report);
	const takeDropped = dropsInTurn(report);
	return {
		take(row) {
			const line = seenLine(seen, row.tenant, row.line);
			if (line === undefined) {
				report.add(MISSING, `a ${row.part} names line ${row.line}`);
				return;
			}
			switch (row.part) {
				case "commit":
					return takeCommit(line, report, row);
				case "merge":
					return takeMerge(line, row);
				case "row":
					return rows.take(line, row);
				case "forgotten":
					return takeForgotten(line, report, row);
				case "dropped":
					return takeDropped(line, row);
			}
		},
		end: () => rows.end(),
	};
}

function takeCommit(
	seen: SeenLine,
	report: Report,
	{ line, commit }: RowOf<"commit">,
): void {
	const { log, merges } = seen;
	const { number, timeMicros, mergedParents, keys } = commit;
	const where = `line ${line}, number ${number}`;
	if (!(timeMicros > (log.timeOf(log.last) ?? -1)))
		report.add("times do not grow", where);
	if (new Set(keys.map(keyText)).size < keys.length)
		report.add("a commit names a key twice", where);
	log.add(commit);
	if (mergedParents.length > 0) merges.set(number, mergedParents);
}

function takeMerge(
	{ merges, strayMerges }: SeenLine,
	{ merge }: RowOf<"merge">,
): void {
	const said = merges.get(merge.number) ?? [];
	// Behind the parents of the commit comes what passed to it (sentence H6).
	const isSame = said.every(({ line, number }, i) => {
		const parent = merge.mergedParents[i];
		return parent?.line === line && parent.number === number;
	});
	if (said.length > 0 && isSame) merges.delete(merge.number);
	else strayMerges.push(merge.number);
}

function takeForgotten(
	{ line, forgottenFrom, forgottenTo }: SeenLine,
	report: Report,
	{ from, to }: RowOf<"forgotten">,
): void {
	const where = `line ${line.id}, ${from} to ${to}`;
	if (from < 0 || from >= to || to > line.head + 1)
		report.add("what was forgotten is not of its line", where);
	if (from <= forgottenTo.at(forgottenTo.length - 1))
		report.add("what was forgotten touches what was before", where);
	forgottenFrom.push(from);
	forgottenTo.push(to);
}

/** Sentence L15: what was written since is not remembered as dropped. */
function dropsInTurn(report: Report) {
	let last: { seen: SeenLine; written: Map<number, number> } | undefined;
	return (seen: SeenLine, { dropped }: RowOf<"dropped">) => {
		const { asset, number, key } = dropped;
		const where = `${placeOf(`line ${seen.line.id}`, key)}, asset ${asset}`;
		if (number < 1 || number > seen.line.head)
			report.add("a drop is newer than its line", where);
		if (last?.seen !== seen) last = { seen, written: newestOf(seen) };
		if ((last.written.get(textHash(asset)) ?? 0) > number)
			report.add("what was dropped is there", where);
	};
}

/** The numbers that wrote what a line shows last, by the assets' hashes. */
function newestOf({ assets }: SeenLine): Map<number, number> {
	const newest = new Map<number, number>();
	for (let i = 0; i < assets.length; i += 2) {
		const [hash, number] = [assets.at(i), assets.at(i + 1)];
		newest.set(hash, Math.max(number, newest.get(hash) ?? 0));
	}
	return newest;
}

/** What the rows under one key have to do with one another. */
function rowsInTurn(report: Report) {
	let last: { seen: SeenLine; row: MovedLineRow } | undefined;
	const follow = (next: MovedLineRow | undefined) => {
		if (last === undefined) return;
		const { seen, row } = last;
		const where = placeOf(`line ${seen.line.id}`, row.key);
		if (row.end === null) {
			if (next !== undefined) report.add(BROKEN, `${where}, ${row.number}`);
			return;
		}
		if (next === undefined && seen.unended.length < ENOUGH)
			seen.unended.push(where);
		if (next !== undefined && next.number < row.end.number)
			report.add(BROKEN, `${where}, to ${row.end.number}`);
		else if (next?.number !== row.end.number) seen.gaps.push(row.end.number);
	};
	return {
		take(seen: SeenLine, row: MovedLineRow) {
			const isSameKey =
				last?.seen === seen && keyText(last.row.key) === keyText(row.key);
			follow(isSameKey ? row : undefined);
			takeRow(seen, report, row);
			last = { seen, row };
		},
		end() {
			follow(undefined);
			last = undefined;
		},
	};
}

/** Of a line that is going they say nothing, and of another one some say all. */
const ENOUGH = 100;
const BROKEN = "versions do not follow one another";

function takeRow(seen: SeenLine, report: Report, row: MovedLineRow): void {
	const { line, log } = seen;
	const { key, number, entry, end } = row;
	const where = placeOf(`line ${line.id}`, key);
	if (number < 1 || number > line.head)
		report.add("a row is newer than its line", where);
	else if (!log.countRow(number, key))
		report.add("no commit wrote a row", `${where}, number ${number}`);
	if (end !== null && end.number <= number)
		report.add(BROKEN, `${where}, from ${number}`);
	if (end !== null && log.timeOf(end.number) !== end.timeMicros)
		report.add(
			"a version ended at another time than the commit that ended it",
			`${where}, to ${end.number}`,
		);
	if (entry !== null && spaceOf(entry.kind) !== key.space)
		report.add("a row is of another kind than its name", where);
	if (entry !== null && end === null) {
		if (key.parent !== "") seen.used.add(key.parent);
		seen.assets.push(textHash(entry.id));
		seen.assets.push(number);
	}
	if (key.space === "namespace") keepNamespace(seen, row);
}

function keepNamespace(
	{ namespaces }: SeenLine,
	{ key, number, entry, end }: MovedLineRow,
): void {
	const text = keyText(key);
	const rows = namespaces.get(text) ?? [];
	namespaces.set(text, rows);
	const isThere = entry !== null;
	rows.push({ number, end: end?.number ?? Number.POSITIVE_INFINITY, isThere });
}
