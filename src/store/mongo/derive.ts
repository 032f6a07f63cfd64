import type { AnyBulkWriteOperation, Collection } from "mongodb";
import type { RowCollection, RowDocument } from "./collections.ts";
import { OF_LINES } from "./collections.ts";
import type { Database } from "./database.ts";
import { driverFailure } from "./driverErrors.ts";
import type { Write } from "./log.ts";

/** Not journaled one by one: raising the watermark is, after them all. */
const OPTIONS = { ordered: false, writeConcern: { w: "majority" } } as const;

const MAX_OPERATIONS = 1000;
/** So many new rows are tried as inserts first. */
const MANY = 100;

/** Makes the writes of an entry, each of which may have been made before. */
export async function makeWrites(
	database: Database,
	number: number,
	writes: readonly Write[],
): Promise<void> {
	const operations = new Map<RowCollection, Operation[]>();
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

type Operation = AnyBulkWriteOperation<RowDocument>;

/** In pieces each of which a server answers in time. */
async function writeAll(
	rows: Collection<RowDocument>,
	operations: readonly Operation[],
): Promise<void> {
	for (let from = 0; from < operations.length; from += MAX_OPERATIONS) {
		const piece = operations.slice(from, from + MAX_OPERATIONS);
		if (piece.length < MANY || !(await insertAll(rows, piece)))
			await rows.bulkWrite(piece, OPTIONS);
	}
}

/**
 * Inserts rows without a look at what is there, which is faster.
 * @returns false where something is there, or something else than new rows is written
 */
async function insertAll(
	rows: Collection<RowDocument>,
	operations: readonly Operation[],
): Promise<boolean> {
	const documents = operations.flatMap(documentIn);
	if (documents.length < operations.length) return false;
	try {
		await rows.insertMany(documents, OPTIONS);
		return true;
	} catch (error) {
		if (driverFailure(error) !== "taken") throw error;
		return false;
	}
}

function documentIn(operation: Operation): RowDocument[] {
	if (!("updateOne" in operation)) return [];
	const { filter, update, upsert } = operation.updateOne;
	if (upsert !== true || Array.isArray(update)) return [];
	return [{ ...filter, ...update.$setOnInsert } as RowDocument];
}

/** What was made before `number` and is not ended. */
function openBefore(number: number) {
	return { f: { $lt: number }, t: Number.POSITIVE_INFINITY };
}

function operationsOf(
	number: number,
	write: Write,
): [RowCollection, Operation][] {
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
