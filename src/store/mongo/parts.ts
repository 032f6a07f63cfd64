import type { Filter } from "mongodb";
import { ObjectId } from "mongodb";
import type { Database } from "./database.ts";
import type { PartDocument, Write } from "./log.ts";
import type { Piece } from "./protocol.ts";

/** What one document of the log cannot hold is put down in parts before its entry is inserted. */

export function newWriter(): string {
	return new ObjectId().toHexString();
}

export function partId(writer: string, part: number): string {
	return `${writer}-${part}`;
}

/** Puts a part down, again where it is there. */
export async function putPart(
	{ parts }: Database,
	writer: string,
	part: number,
	{ ends, rows }: Pick<Piece<Write>, "ends" | "rows">,
): Promise<void> {
	const update = { $set: { ends, rows } };
	await parts.updateOne({ _id: partId(writer, part) }, update, {
		upsert: true,
	});
}

/** Whether the entry of parts that were put down may still be inserted. */
export async function isIntact(
	{ parts }: Database,
	writer: string,
): Promise<boolean> {
	const first = await parts.findOne(
		{ _id: partId(writer, 0) },
		{ projection: { isSpoilt: 1 } },
	);
	return first !== null && first.isSpoilt !== true;
}

/** Removes parts whose entry is not in the log and never will be. */
export async function dropParts(
	{ parts }: Database,
	writer: string,
): Promise<void> {
	await parts.deleteMany(partsOf(writer));
}

/** The dot comes after the dash. */
function partsOf(writer: string): Filter<PartDocument> {
	return { _id: { $gte: `${writer}-`, $lt: `${writer}.` } };
}

export async function spoilParts(
	{ parts }: Database,
	writers: readonly string[],
): Promise<void> {
	const ids = writers.map((writer) => partId(writer, 0));
	await parts.updateMany({ _id: { $in: ids } }, { $set: { isSpoilt: true } });
}

export async function removeParts(
	database: Database,
	writers: readonly string[],
): Promise<void> {
	for (const writer of await withoutEntry(database, writers))
		await dropParts(database, writer);
}

/** Those writers of whose parts no entry in the log is made. */
export async function withoutEntry(
	{ log }: Database,
	writers: readonly string[],
): Promise<string[]> {
	if (writers.length === 0) return [];
	const found = await log
		.find(
			{ parts: { $exists: true }, writer: { $in: [...writers] } },
			{ projection: { writer: 1 } },
		)
		.toArray();
	const logged = new Set(found.map(({ writer }) => writer));
	return writers.filter((writer) => !logged.has(writer));
}
