import type { Document, Filter, Sort } from "mongodb";
import { askTogether } from "../together.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import { visibleAt } from "./collections.ts";
import type { Database } from "./database.ts";
import { keepAnswers } from "./kept.ts";

/** Of one query, each found by an index of its own. */
const MAX_TOGETHER = 100;

/** What the first row is looked for by, as of a number of the log. */
export interface FirstOf {
	readonly at: number;
	readonly from: RowCollection;
	/** Of texts and finite numbers. */
	readonly filter: Filter<RowDocument>;
	readonly sort?: Sort | undefined;
}

export type FirstRow = (of: FirstOf) => Promise<RowDocument | undefined>;

/**
 * First rows that are asked for together are one query, whatever their
 * collections: each operation of the driver costs several times what a row does.
 */
export function firstRowReader(database: Database): FirstRow {
	const keep = keepAnswers<RowDocument | undefined>();
	const ask = askTogether(
		(asked: readonly FirstOf[]) => firstRows(database, asked),
		MAX_TOGETHER,
	);
	return (of) => keep(of.at, JSON.stringify(of), () => ask(of));
}

async function firstRows(
	database: Database,
	asked: readonly FirstOf[],
): Promise<(RowDocument | undefined)[]> {
	const found = await query(database, asked);
	return asked.map((_, i) => found.get(i));
}

/** The rows that were found, by the places of what they were asked by. */
async function query(
	database: Database,
	[first, ...others]: readonly FirstOf[],
): Promise<Map<number, RowDocument>> {
	if (first === undefined) return new Map();
	const { from, sort } = first;
	const rows = database.rows(from);
	if (others.length === 0) {
		const options = { limit: 1, ...(sort && { sort }) };
		const row = await rows.find(filterOf(first), options).toArray();
		return new Map(row.entries());
	}
	const unions = others.map((of, i) => ({
		$unionWith: { coll: of.from, pipeline: stagesOf(of, i + 1) },
	}));
	const found = await rows
		.aggregate<Placed>([...stagesOf(first, 0), ...unions])
		.toArray();
	return new Map(found.map(({ place, row }) => [place, row]));
}

interface Placed {
	readonly place: number;
	readonly row: RowDocument;
}

function filterOf({ at, filter }: FirstOf): Filter<RowDocument> {
	return { ...filter, ...visibleAt(at) };
}

function stagesOf(of: FirstOf, place: number): Document[] {
	return [
		{ $match: filterOf(of) },
		...(of.sort ? [{ $sort: of.sort }] : []),
		{ $limit: 1 },
		{ $replaceWith: { place: { $literal: place }, row: "$$ROOT" } },
	];
}
