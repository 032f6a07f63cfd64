import { BSON } from "mongodb";
import { assert } from "../../model/errors.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import { driverFailure, messageOf } from "./driverErrors.ts";
import type { Entry, LogDocument, PartDocument, Write } from "./log.ts";

/** Of one document: half of what MongoDB takes. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface EntryLimits {
	readonly maxBytes?: number | undefined;
	/** How long the fate of an insert is looked for. */
	readonly settleMillis: number;
}

/**
 * Puts an entry at a number of the log, or says that another one is there.
 * Inserting is repeated until it has an answer: as the number is the key, it
 * takes effect once however often it arrives, and the writer in the entry says
 * whose it is.
 * @throws StoreUnavailable `not-applied` when nothing can have been written, else `unknown`
 */
export async function insertEntry(
	database: Database,
	number: number,
	entry: Entry,
	{ maxBytes = MAX_BYTES, settleMillis }: EntryLimits,
): Promise<boolean> {
	const deadline = performance.now() + settleMillis;
	let mayBeThere = false;
	const onUnclear = () => {
		mayBeThere = true;
	};
	for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
		try {
			const document = await staged(database, number, entry, maxBytes);
			const isOurs = await insertOnce(database, document, onUnclear);
			if (isOurs !== undefined) return isOurs;
		} catch (error) {
			if (driverFailure(error) === undefined) throw error;
			// Without an insert on its way there is nothing to settle.
			if (!mayBeThere) throw unavailable("not-applied", error);
			if (performance.now() > deadline) throw unavailable("unknown", error);
		}
		await new Promise((resolve) => setTimeout(resolve, pause));
	}
}

/**
 * @param onUnclear called when the entry may be in the log, or come into it later
 * @returns undefined while a majority does not have the entry that is there
 */
async function insertOnce(
	{ log, meta }: Database,
	document: LogDocument,
	onUnclear: () => void,
): Promise<boolean | undefined> {
	try {
		await log.insertOne(document);
		return true;
	} catch (error) {
		const failure = driverFailure(error);
		if (failure === "unclear") onUnclear();
		if (failure !== "taken") throw error;
	}
	// It may be ours, of an answer that was lost: the question is open until it is read.
	onUnclear();
	const found = await log.findOne(
		{ _id: document._id },
		{ projection: { writer: 1 } },
	);
	if (found === null) return undefined;
	if (found.writer !== document.writer) return false;
	// A later write that is in the journal says that this one is.
	await meta.updateOne({ _id: "derived" }, { $max: { n: 0 } });
	return true;
}

/** The entry as a document; what is too large for one is put into parts first. */
async function staged(
	{ parts }: Database,
	number: number,
	{ writer, ends, rows }: Entry,
	maxBytes: number,
): Promise<LogDocument> {
	const whole = { _id: number, writer, ends, rows };
	if (BSON.calculateObjectSize(whole) <= maxBytes) return whole;
	const pieces = [
		...piecesOf(ends, maxBytes).map((piece) => ({ ends: piece, rows: [] })),
		...piecesOf(rows, maxBytes).map((piece) => ({ ends: [], rows: piece })),
	];
	for (const [i, piece] of pieces.entries()) {
		const update = { $set: piece };
		await parts.updateOne({ _id: partId(writer, i) }, update, { upsert: true });
	}
	return { _id: number, writer, parts: pieces.length };
}

function piecesOf(writes: readonly Write[], maxBytes: number): Write[][] {
	const pieces: Write[][] = [];
	let bytes = maxBytes;
	for (const write of writes) {
		const size = BSON.calculateObjectSize(write) + 16;
		if (bytes + size > maxBytes) {
			pieces.push([]);
			bytes = 0;
		}
		pieces.at(-1)?.push(write);
		bytes += size;
	}
	return pieces;
}

function partId(writer: string, part: number): string {
	return `${writer}-${part}`;
}

/** Forgets the parts of an entry that did not get into the log. */
export async function dropParts(
	{ parts }: Database,
	writer: string,
	count: number,
): Promise<void> {
	const ids = Array.from({ length: count }, (_, i) => partId(writer, i));
	await parts.deleteMany({ _id: { $in: ids } });
}

/** @throws Error when it is not in the log, or was trimmed: nobody asks for such an entry */
export async function readEntry(
	{ log, parts }: Database,
	number: number,
): Promise<Entry> {
	const found = await log.findOne({ _id: number });
	const { writer, parts: count } = found ?? {};
	assert(writer !== undefined, `entry ${number} is in the log`);
	if (count === undefined)
		return { writer, ends: found?.ends ?? [], rows: found?.rows ?? [] };
	const ids = Array.from({ length: count }, (_, i) => partId(writer, i));
	const pieces = await parts.find({ _id: { $in: ids } }).toArray();
	assert(pieces.length === count, `entry ${number} has all its parts`);
	const byId = new Map(pieces.map((piece) => [piece._id, piece]));
	const inOrder = ids.map((id) => byId.get(id) as PartDocument);
	return {
		writer,
		ends: inOrder.flatMap((piece) => piece.ends),
		rows: inOrder.flatMap((piece) => piece.rows),
	};
}

export function unavailable(
	outcome: StoreUnavailable["outcome"],
	error: unknown,
): StoreUnavailable {
	return new StoreUnavailable(outcome, messageOf(error), { cause: error });
}
