import type { Document, Filter, Sort } from "mongodb";
import { askTogether } from "../together.ts";
import { askTwice } from "./askTwice.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import { visibleAt } from "./collections.ts";
import type { Database } from "./database.ts";
import { keepAnswers } from "./kept.ts";

/** Of one query, each found by an index. */
const MAX_TOGETHER = 100;

/** Forgets everything rather than growing beyond this. */
const MAX_GUESSES = 10_000;

/** Of a question whose answer is remembered: a name of many levels may be much longer. */
const MAX_GUESSED_CHARACTERS = 2048;

/** What the first row is looked for by, as of a number of the log. */
export interface FirstOf {
	readonly at: number;
	readonly from: RowCollection;
	/** Of texts and finite numbers. */
	readonly filter: Filter<RowDocument>;
	readonly sort?: Sort | undefined;
	/** Where it is the newest row of a line under a key: up to which number of the line. */
	readonly newestUpTo?: number | undefined;
}

export type FirstRow = (of: FirstOf) => Promise<RowDocument | undefined>;

/** A question with what it is known by, whatever the number. */
interface Asked extends FirstOf {
	readonly question: string;
}

/**
 * First rows that are asked for together are one query, whatever their
 * collections: each operation of the driver costs several times what a row does.
 * What is asked for by its whole key is one branch of it with all others of its
 * collection: a branch costs the database several times what a key does. Where
 * the newest row under a key is wanted, the one of the last time is tried so: a
 * row says which number of its line took its place, and none did for most.
 */
export function firstRowReader(database: Database): FirstRow {
	const keep = keepAnswers<RowDocument | undefined>();
	/** The whole keys of newest rows when they were asked for last, by questions. */
	const guesses = new Map<string, string>();

	async function firstRows(
		asked: readonly Asked[],
	): Promise<(RowDocument | undefined)[]> {
		const guessed = asked.map(({ question }) => guesses.get(question));
		const found = await query(
			database,
			asked.map((of, i) => ({ of, k: guessed[i] ?? wholeKeyOf(of) })),
		);
		const open = asked.flatMap((of, i) =>
			guessed[i] === undefined || isNewest(found[i], of) ? [] : [{ of, i }],
		);
		const others = await query(database, open);
		for (const [j, { i }] of open.entries()) found[i] = others[j];
		for (const [i, of] of asked.entries()) guess(of, found[i]);
		return found;
	}

	function guess(
		{ question, newestUpTo }: Asked,
		row: RowDocument | undefined,
	): void {
		guesses.delete(question);
		if (newestUpTo === undefined || row === undefined) return;
		if (question.length > MAX_GUESSED_CHARACTERS) return;
		if (guesses.size >= MAX_GUESSES) guesses.clear();
		guesses.set(question, row.k);
	}

	const ask = askTogether(firstRows, MAX_TOGETHER);
	return (of) => {
		const { at, from, filter, sort, newestUpTo } = of;
		const question = JSON.stringify([from, filter, sort, newestUpTo]);
		return keep(at, question, () => ask({ ...of, question }));
	};
}

/** What is asked for by nothing but its whole key. */
function wholeKeyOf({ filter, sort }: FirstOf): string | undefined {
	const { k, ...rest } = filter;
	const isWhole = sort === undefined && Object.keys(rest).length === 0;
	return isWhole && typeof k === "string" ? k : undefined;
}

/** Everything up to the number that is asked about is derived, so whatever took its place by then has said so. */
function isNewest(
	row: RowDocument | undefined,
	{ newestUpTo = Number.MAX_SAFE_INTEGER }: FirstOf,
): boolean {
	if (row === undefined) return false;
	return (row.en ?? Number.POSITIVE_INFINITY) > newestUpTo;
}

/** A part of a query, over one collection. */
interface Branch {
	readonly from: RowCollection;
	readonly filter: Filter<RowDocument>;
	readonly sort?: Sort | undefined;
	/** Rows at most. */
	readonly limit: number;
	/** The places of the questions that a row answers. */
	answeredBy(row: RowDocument): readonly number[];
}

interface Sought {
	readonly of: FirstOf;
	/** The whole key of the row to look for. */
	readonly k?: string | undefined;
}

/** The rows that were found, in the order of the questions. */
async function query(
	database: Database,
	sought: readonly Sought[],
): Promise<(RowDocument | undefined)[]> {
	const found: (RowDocument | undefined)[] = sought.map(() => undefined);
	const branches = branchesOf(sought);
	const rows = await askTwice(database, () => rowsOf(database, branches));
	for (const { place, row } of rows)
		for (const i of branches[place]?.answeredBy(row) ?? []) found[i] = row;
	return found;
}

function branchesOf(sought: readonly Sought[]): Branch[] {
	const placed = sought.map((each, i) => ({ ...each, i }));
	const byKeys = placed.filter(({ k }) => k !== undefined);
	const groups = Map.groupBy(byKeys, ({ of }) => `${of.from} ${of.at}`);
	const others = placed.filter(({ k }) => k === undefined);
	return [...groups.values().flatMap(branchByKeys), ...others.map(branchOf)];
}

type PlacedSought = Sought & { readonly i: number };

/** @param group of one collection and number */
function branchByKeys(group: readonly PlacedSought[]): Branch[] {
	const [first] = group;
	if (first === undefined) return [];
	const { from, at } = first.of;
	const byKey = Map.groupBy(group, ({ k }) => k ?? "");
	return [
		{
			from,
			filter: { k: { $in: [...byKey.keys()] }, ...visibleAt(at) },
			limit: byKey.size,
			answeredBy: ({ k }) => (byKey.get(k) ?? []).map(({ i }) => i),
		},
	];
}

function branchOf({ of, i }: PlacedSought): Branch {
	const { from, at, filter, sort } = of;
	return {
		from,
		filter: { ...filter, ...visibleAt(at) },
		sort,
		limit: 1,
		answeredBy: () => [i],
	};
}

interface Placed {
	/** Of the branch. */
	readonly place: number;
	readonly row: RowDocument;
}

async function rowsOf(
	database: Database,
	[first, ...others]: readonly Branch[],
): Promise<Placed[]> {
	if (first === undefined) return [];
	const { from, filter, sort, limit } = first;
	const rows = database.rows(from);
	if (others.length === 0) {
		const options = { limit, ...(sort && { sort }) };
		const found = await rows.find(filter, options).toArray();
		return found.map((row) => ({ place: 0, row }));
	}
	const unions = others.map((branch, i) => ({
		$unionWith: { coll: branch.from, pipeline: stagesOf(branch, i + 1) },
	}));
	return await rows
		.aggregate<Placed>([...stagesOf(first, 0), ...unions])
		.toArray();
}

function stagesOf({ filter, sort, limit }: Branch, place: number): Document[] {
	return [
		{ $match: filter },
		...(sort ? [{ $sort: sort }] : []),
		{ $limit: limit },
		{ $replaceWith: { place: { $literal: place }, row: "$$ROOT" } },
	];
}
