import type { IndexDescription } from "mongodb";
import { MOST } from "../checking/report.ts";
import type { Part } from "../moving.ts";
import { PARTS } from "../moving.ts";
import type { Line } from "../records.ts";
import { logProblems } from "./checkLog.ts";
import type { RowDocument } from "./collections.ts";
import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database, MongoOptions } from "./database.ts";
import type { NewRow } from "./documents.ts";
import { claimRow, stretchRow } from "./documents.ts";
import { inPages } from "./dump.ts";
import { indexesOf, LOG_INDEXES } from "./migrate.ts";
import { contentToRow, ownerOf, recordToRow, toMoved } from "./movedRows.ts";
import { atNewest } from "./mover.ts";
import { parsed, rowsAt } from "./queries.ts";

/**
 * What is wrong with how a MongoDB database keeps the rows, one line each:
 * indexes that are missing, a log with gaps, rows that are not what their log
 * entries say (as far as these were not trimmed), fields that rows are found by
 * and that do not follow from their values. The rules that all stores share are
 * checked on the rows themselves.
 * @throws PangolinError `unavailable` in one line
 */
export function inspectMongo(options: MongoOptions): Promise<string[]> {
	return atNewest(options, async (database, at) => {
		const lacks = await missingIndexes(database);
		// Without its indexes nothing else can be asked for.
		if (lacks.length > 0) return lacks;
		return [
			...(await logProblems(database, at)),
			...(await wrongFields(database, at)),
		];
	});
}

async function missingIndexes({ log, rows }: Database): Promise<string[]> {
	const ofLog = await log.indexes();
	const problems = [...lacking("log", ofLog, LOG_INDEXES)];
	for (const collection of ROW_COLLECTIONS) {
		const there = await rows(collection).indexes();
		problems.push(...lacking(collection, there, indexesOf(collection)));
	}
	return problems;
}

function lacking(
	collection: string,
	there: readonly IndexDescription[],
	made: readonly IndexDescription[],
): string[] {
	const known = new Set(there.map(indexText));
	return made
		.map(indexText)
		.filter((index) => !known.has(index))
		.map(
			(index) =>
				`an index is missing: after dropping what is left of it run db.getCollection("${collection}").createIndex(${index})`,
		);
}

/** As the shell takes it: its fields, and what it keeps to. */
function indexText({
	key,
	unique,
	sparse,
	partialFilterExpression,
}: IndexDescription): string {
	const fields = key instanceof Map ? Object.fromEntries(key) : key;
	const options = { unique, sparse, partialFilterExpression };
	return `${shellText(fields)}, ${shellText(options)}`;
}

/** JSON has no Infinity. */
function shellText(value: unknown): string {
	return JSON.stringify(value, (_, each) =>
		each === Number.POSITIVE_INFINITY ? "Infinity" : each,
	).replaceAll('"Infinity"', "Infinity");
}

/** Rows whose key or index fields do not follow from their value. */
async function wrongFields(database: Database, at: number): Promise<string[]> {
	const problems: string[] = [];
	const lines = new Map<string, Line>();
	const rows = rowsAt(database, at);
	for (const part of PARTS)
		for await (const page of inPages(rows, part, undefined))
			for (const row of page) {
				const problem = fieldProblem(part, row, lines);
				if (problem !== undefined && problems.length < MOST)
					problems.push(`${problem} (${part} ${placeOf(row)})`);
			}
	return problems;
}

function fieldProblem(
	part: Part,
	row: RowDocument,
	lines: Map<string, Line>,
): string | undefined {
	try {
		if (part === "line") lines.set(row.k, parsed<Line>(row));
		const expected = derivedAgain(part, row, lines);
		const wrong = expected && differing(row, expected);
		return wrong && `a row is not found by what it holds: field ${wrong}`;
	} catch (error) {
		if (error instanceof SyntaxError)
			return `a row cannot be read: ${error.message}`;
		throw error;
	}
}

/** What a row would be if it were written now; undefined for one of a line that is not there. */
function derivedAgain(
	part: Part,
	row: RowDocument,
	lines: ReadonlyMap<string, Line>,
): NewRow | undefined {
	const { tenant, line } = ownerOf(row.k);
	const owner = `${tenant}\u0000${line}`;
	if (part === "forgotten") return stretchRow(owner, parsed(row));
	if (part === "line") {
		const { n: version = 0 } = row;
		return recordToRow({ part, value: parsed<Line>(row), version });
	}
	const moved = toMoved(part, row, () => Number.POSITIVE_INFINITY);
	switch (moved.part) {
		case "claim":
			return claimRow(moved.claim);
		case "commit":
		case "merge":
		case "row":
		case "dropped": {
			const of = lines.get(owner);
			if (of === undefined) return undefined;
			const { timeMicros } = parsed<{ timeMicros: number }>(row);
			return contentToRow(moved, of, timeMicros);
		}
		case "forgotten":
			return undefined;
		default:
			return recordToRow(moved);
	}
}

const FOUND_BY = [
	...["k", "n", "i", "w", "l", "c", "p", "o", "x", "d", "a", "m", "s", "r"],
	"num",
] as const;

/** The first field that is another one than it should be. */
function differing(row: RowDocument, expected: NewRow): string | undefined {
	const [is, should] = [fieldsOf(row), fieldsOf(expected)];
	return FOUND_BY.find((field) => is.get(field) !== should.get(field));
}

function fieldsOf(row: object): Map<string, string> {
	return new Map(
		Object.entries(row).map(([field, value]) => [field, JSON.stringify(value)]),
	);
}

/** For messages: the parts of a key. */
function placeOf({ k }: RowDocument): string {
	return k.replaceAll("\u0000", " ").replaceAll("\u001f", ".");
}
