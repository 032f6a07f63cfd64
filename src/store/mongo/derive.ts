import type { AnyBulkWriteOperation } from "mongodb";
import type { RowCollection, RowDocument } from "./collections.ts";
import { OF_LINES } from "./collections.ts";
import type { Database } from "./database.ts";
import type { Write } from "./log.ts";

/** Not journaled one by one: raising the watermark is, after them all. */
const WRITE_CONCERN = { w: "majority" } as const;

const MAX_OPERATIONS = 1000;

/** Makes the writes of an entry, each of which may have been made before. */
export async function makeWrites(
	database: Database,
	number: number,
	writes: readonly Write[],
): Promise<void> {
	const operations = new Map<
		RowCollection,
		AnyBulkWriteOperation<RowDocument>[]
	>();
	for (const write of writes)
		for (const [collection, operation] of operationsOf(number, write)) {
			const known = operations.get(collection);
			if (known === undefined) operations.set(collection, [operation]);
			else known.push(operation);
		}
	await Promise.all(
		[...operations].map(([collection, list]) =>
			writeAll(database.rows(collection), list),
		),
	);
}

/** In pieces each of which a server answers in time. */
async function writeAll(
	rows: ReturnType<Database["rows"]>,
	operations: readonly AnyBulkWriteOperation<RowDocument>[],
): Promise<void> {
	for (let from = 0; from < operations.length; from += MAX_OPERATIONS)
		await rows.bulkWrite(operations.slice(from, from + MAX_OPERATIONS), {
			ordered: false,
			writeConcern: WRITE_CONCERN,
		});
}

/** What was made before `number` and is not ended. */
function openBefore(number: number) {
	return { f: { $lt: number }, t: Number.POSITIVE_INFINITY };
}

function operationsOf(
	number: number,
	write: Write,
): [RowCollection, AnyBulkWriteOperation<RowDocument>][] {
	const open = openBefore(number);
	const end = { $set: { t: number } };
	switch (write.do) {
		case "end": {
			const filter = { k: write.k, ...open };
			return [[write.c, { updateOne: { filter, update: end } }]];
		}
		case "wipe": {
			const filter = { l: write.l, ...open };
			return OF_LINES.map((each) => [
				each,
				{ updateMany: { filter, update: end } },
			]);
		}
		case "close": {
			const { k, en, et } = write;
			const filter = { k, ...open, en: null };
			return [
				["entry", { updateOne: { filter, update: { $set: { en, et } } } }],
			];
		}
		case "row": {
			const filter = { _id: `${number}-${write.i}` };
			const row = { ...write.row, f: number, t: Number.POSITIVE_INFINITY };
			const update = { $setOnInsert: row };
			return [[write.c, { updateOne: { filter, update, upsert: true } }]];
		}
	}
}
