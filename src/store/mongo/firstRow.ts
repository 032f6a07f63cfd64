import type { Document, Filter, Sort } from "mongodb";
import { askTogether } from "../together.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import type { Database } from "./database.ts";

/** Of one query, each found by an index of its own. */
const MAX_TOGETHER = 100;

/** What the first row is looked for by. */
export interface FirstOf {
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
	return askTogether((asked) => firstRows(database, asked), MAX_TOGETHER);
}

async function firstRows(
	database: Database,
	asked: readonly FirstOf[],
): Promise<(RowDocument | undefined)[]> {
	// Requests that come together ask for the same catalog and ref.
	const named = asked.map((of) => [JSON.stringify(of), of] as const);
	const different = new Map(named);
	const found = await query(database, [...different.values()]);
	const names = [...different.keys()];
	const rows = new Map(names.map((name, i) => [name, found.get(i)]));
	return named.map(([name]) => rows.get(name));
}

/** The rows that were found, by the places of what they were asked by. */
async function query(
	database: Database,
	[first, ...others]: readonly FirstOf[],
): Promise<Map<number, RowDocument>> {
	if (first === undefined) return new Map();
	const { from, filter, sort } = first;
	const rows = database.rows(from);
	if (others.length === 0) {
		const options = { limit: 1, ...(sort && { sort }) };
		return new Map((await rows.find(filter, options).toArray()).entries());
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

function stagesOf({ filter, sort }: FirstOf, place: number): Document[] {
	return [
		{ $match: filter },
		...(sort ? [{ $sort: sort }] : []),
		{ $limit: 1 },
		{ $replaceWith: { place: { $literal: place }, row: "$$ROOT" } },
	];
}
