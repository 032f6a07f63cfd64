import { BSON } from "mongodb";
import { assert } from "../../model/errors.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import { driverFailure, messageOf } from "./driverErrors.ts";
import type { Entry, LogDocument, Write } from "./log.ts";
import { partId, putPart } from "./parts.ts";
import type { Piece } from "./protocol.ts";

/** Of one document: half of what MongoDB takes. */
const MAX_BYTES = 8 * 1024 * 1024;

export interface EntryLimits {
	readonly maxBytes?: number | undefined;
	/** How long the fate of an insert is looked for after its answer was lost. */
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
	/** Undefined as long as no insert can have been made. */
	let deadline: number | undefined;
	const onUnclear = () => {
		deadline ??= performance.now() + settleMillis;
	};
	for (let pause = 10; ; pause = Math.min(pause * 2, 500)) {
		try {
			const document = await staged(database, number, entry, maxBytes);
			const isOurs = await insertOnce(database, document, onUnclear);
			if (isOurs !== undefined) return isOurs;
			if (deadline !== undefined && performance.now() > deadline)
				throw new StoreUnavailable(
					"unknown",
					"a majority of the servers does not have what is in the log",
				);
		} catch (error) {
			if (driverFailure(error) === undefined) throw error;
			// Without an insert on its way there is nothing to settle.
			if (deadline === undefined) throw unavailable("not-applied", error);
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
	database: Database,
	number: number,
	{ writer, ends, rows, parts: count }: Entry,
	maxBytes: number,
): Promise<LogDocument> {
	if (count !== undefined) return { _id: number, writer, parts: count };
	const whole = { _id: number, writer, ends, rows };
	if (BSON.calculateObjectSize(whole) <= maxBytes) return whole;
	const pieces = [
		...piecesOf(ends, maxBytes).map((piece) => ({ ends: piece, rows: [] })),
		...piecesOf(rows, maxBytes).map((piece) => ({ ends: [], rows: piece })),
	];
	for (const [i, piece] of pieces.entries())
		await putPart(database, writer, i, piece);
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

/** @throws Error when it is not in the log, or was trimmed: nobody asks for such an entry */
export async function readPiece(
	{ log, parts }: Database,
	number: number,
	piece: number,
): Promise<Piece<Write>> {
	const found = await log.findOne({ _id: number });
	const { writer, parts: of, ends = [], rows = [] } = found ?? {};
	assert(writer !== undefined, `entry ${number} is in the log`);
	if (of === undefined) return { ends, rows, of: 1, isMade: false };
	const part = await parts.findOne({ _id: partId(writer, piece) });
	assert(part !== null, `entry ${number} has all its parts`);
	return { ...part, of, isMade: part.isMade === true };
}

/** Says of a part that its writes are made, which are in the journal before this. */
export async function markPiece(
	{ log, parts }: Database,
	number: number,
	piece: number,
): Promise<void> {
	const found = await log.findOne({ _id: number });
	const _id = partId(found?.writer ?? "", piece);
	await parts.updateOne({ _id }, { $set: { isMade: true } });
}

export function unavailable(
	outcome: StoreUnavailable["outcome"],
	error: unknown,
): StoreUnavailable {
	return new StoreUnavailable(outcome, messageOf(error), { cause: error });
}
