import type { Ref } from "../records.ts";
import { idOf } from "../rules/state.ts";
import { repeatedIds } from "./commitIds.ts";
import type { Report } from "./report.ts";
import { MISSING } from "./report.ts";
import type { Seen, SeenLine } from "./seen.ts";
import {
	chainOf,
	isGoing,
	keeps,
	seenCatalog,
	seenLine,
	showsNamespace,
} from "./seen.ts";

/** The rules of lines and refs that rest on what all lines hold, after the last row. */
export function checkLines(seen: Seen, report: Report): void {
	for (const line of seen.lines.values()) {
		checkParent(seen, report, line);
		if (isGoing(line)) continue;
		checkCommits(report, line);
		checkRows(report, line);
		checkNamespaces(seen, report, line);
	}
	checkIds(seen, report);
	for (const ref of seen.refs) checkRef(seen, report, ref);
}

/** Sentences W9 and H3. */
function checkParent(seen: Seen, report: Report, { line }: SeenLine): void {
	const { tenant, id, catalog, parent } = line;
	if (parent === null) return;
	const from = seenLine(seen, tenant, parent.line);
	const where = `line ${id}, from ${parent.line} at ${parent.number}`;
	if (from === undefined) report.add(MISSING, where);
	else if (from.line.catalog !== catalog)
		report.add("a line forked from another catalog", where);
	else if (parent.number > from.line.head)
		report.add(
			"a line forked at a number that its parent has not reached",
			where,
		);
	else if (!keeps(from, parent.number))
		report.add(
			"a line forked at a number that its parent keeps no longer",
			where,
		);
	if (from !== undefined && isCircular(seen, from))
		report.add("a line descends from itself", where);
}

/** Whether the ancestors of a line have no first one. */
function isCircular(seen: Seen, start: SeenLine): boolean {
	const last = [...chainOf(seen, start)].at(-1);
	const parent = last?.line.parent ?? null;
	return (
		parent !== null &&
		seenLine(seen, start.line.tenant, parent.line) !== undefined
	);
}

/** Sentences L1 and L2. */
function checkCommits(report: Report, { line, log, ...rest }: SeenLine): void {
	const { id, head, headTimeMicros } = line;
	const isDense =
		log.length === head && log.last === head && log.first === Math.min(1, head);
	if (!isDense)
		report.add(
			"commits are not dense",
			`line ${id} has head ${head} and commits ${log.first} to ${log.last}, ${log.length}`,
		);
	else if (head > 0 && log.timeOf(head) !== headTimeMicros)
		report.add("a head's time is not its commit's", `line ${id}`);
	for (const number of [...rest.merges.keys(), ...rest.strayMerges])
		report.add(
			"a merge is not what its commit says",
			`line ${id}, number ${number}`,
		);
}

/** Sentence R6. */
function checkIds(seen: Seen, report: Report): void {
	const catalogs = Map.groupBy(seen.lines.values(), ({ line }) =>
		idOf(line.tenant, line.catalog),
	);
	for (const lines of catalogs.values())
		for (const { line, number } of repeatedIds(lines))
			report.add(
				"two commits have one id",
				`line ${line.id}, number ${number}`,
			);
}

/** Sentences L4 and L5: what is not there any more was forgotten. */
function checkRows(report: Report, seen: SeenLine): void {
	const { line, log, gaps, unended } = seen;
	for (const number of log.short())
		if (keeps(seen, number))
			report.add(
				"a row that a commit wrote is missing",
				`line ${line.id}, number ${number}`,
			);
	for (let i = 0; i < gaps.length; i++)
		if (keeps(seen, gaps.at(i)))
			report.add(
				"versions do not follow one another",
				`line ${line.id}, to ${gaps.at(i)}`,
			);
	for (const where of unended) report.add("a key has no current row", where);
}

/** Sentence L6, at the head. */
function checkNamespaces(seen: Seen, report: Report, line: SeenLine): void {
	if ([...chainOf(seen, line)].some(isGoing)) return;
	for (const path of line.used)
		if (!showsNamespace(seen, line, path))
			report.add(
				"a namespace with content is missing",
				`line ${line.line.id}, ${path.replaceAll("\u001f", ".")}`,
			);
}

/** Sentences W9 and H3. */
function checkRef(seen: Seen, report: Report, ref: Ref): void {
	const { tenant, catalog, name, kind, number } = ref;
	const line = seenLine(seen, tenant, ref.line);
	const where = `${kind} ${name}, line ${ref.line}`;
	if (seenCatalog(seen, tenant, catalog) === undefined)
		report.add(MISSING, `${where}, catalog ${catalog}`);
	if ((kind === "tag") !== (number !== null))
		report.add("a ref is neither branch nor tag", where);
	if (line === undefined) report.add(MISSING, where);
	else if (line.line.catalog !== catalog)
		report.add("a ref names a line of another catalog", where);
	else if (number !== null && number > line.line.head)
		report.add("a tag names a number that its line has not reached", where);
	else if (!keeps(line, number ?? line.line.head))
		report.add("a ref names a number that its line keeps no longer", where);
}
