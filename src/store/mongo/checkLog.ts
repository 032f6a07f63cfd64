import type { Filter } from "mongodb";
import { MOST } from "../checking/report.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import { OF_LINES, ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import type { LogDocument, Write } from "./log.ts";

/** Entries looked at together. */
const TOGETHER = 100;

/**
 * Whether the log has every number up to one, and whether rows are what its
 * entries say. An entry that was trimmed says nothing, nor does one in parts,
 * whose parts are gone once it is derived.
 * @param at everything is derived up to here
 */
export async function logProblems(
	database: Database,
	at: number,
): Promise<string[]> {
	const { log } = database;
	const upTo = { _id: { $lte: at } };
	const count = await log.countDocuments(upTo);
	const problems =
		count === at ? [] : [`the log has gaps: ${count} entries up to ${at}`];
	const whole = {
		...upTo,
		writer: { $exists: true },
		parts: { $exists: false },
	};
	let entries: LogDocument[] = [];
	for await (const entry of log.find(whole, { sort: { _id: 1 } })) {
		entries.push(entry);
		if (entries.length < TOGETHER) continue;
		problems.push(...(await underived(database, entries)));
		entries = [];
		if (problems.length >= MOST) break;
	}
	problems.push(...(await underived(database, entries)));
	problems.push(...(await aheadOfLog(database, at)));
	return problems.slice(0, MOST);
}

/**
 * Rows of numbers that the log has not reached: in a copy whose log is older
 * than its rows, say. The next commit would get one of these numbers.
 */
async function aheadOfLog(
	{ rows, meta, log }: Database,
	at: number,
): Promise<string[]> {
	const ahead = await Promise.all(
		ROW_COLLECTIONS.map(async (collection) => {
			const newest = await rows(collection).findOne(
				{ f: { $gt: at } },
				{ sort: { f: -1 } },
			);
			return { what: `rows of ${collection}`, number: newest?.f ?? 0 };
		}),
	);
	const derived = await meta.findOne({ _id: "derived" });
	ahead.push({ what: "the watermark", number: derived?.n ?? 0 });
	// After the rows: others commit meanwhile.
	const tail = await log.findOne({}, { sort: { _id: -1 } });
	return ahead
		.filter(({ number }) => number > (tail?._id ?? 0))
		.map(
			({ what, number }) =>
				`the log has not reached what is derived: ${what}, ${number}`,
		);
}

/** What should follow from entries and does not. */
async function underived(
	database: Database,
	entries: readonly LogDocument[],
): Promise<string[]> {
	return [
		...(await missingRows(database, entries)),
		...(await openRows(database, entries)),
	];
}

type RowWrite = Extract<Write, { do: "row" }>;

async function missingRows(
	{ rows }: Database,
	entries: readonly LogDocument[],
): Promise<string[]> {
	const wanted = new Map<RowCollection, Map<string, RowWrite["row"]>>();
	for (const { _id, rows: writes = [] } of entries)
		for (const write of writes) {
			if (write.do !== "row") continue;
			const ofCollection = wanted.get(write.c) ?? new Map();
			wanted.set(write.c, ofCollection);
			ofCollection.set(`${_id}-${write.i}`, write.row);
		}
	const problems: string[] = [];
	for (const [collection, expected] of wanted) {
		const ids = [...expected.keys()];
		const found = await rows(collection)
			.find({ _id: { $in: ids } })
			.toArray();
		const byId = new Map(found.map((row) => [row._id, row]));
		for (const [id, row] of expected) {
			const there = byId.get(id);
			if (there === undefined)
				problems.push(`a row of the log is missing: ${collection} ${id}`);
			else if (!isSame(there, row))
				problems.push(
					`a row is not what the log says: ${collection} ${id}, ${there.k}`,
				);
		}
	}
	return problems;
}

/** Of a row that was trimmed only the id is left. */
function isSame(there: RowDocument, row: RowWrite["row"]): boolean {
	return there.k === undefined || (there.k === row.k && there.v === row.v);
}

/** Rows that entries ended and that are not ended. */
async function openRows(
	database: Database,
	entries: readonly LogDocument[],
): Promise<string[]> {
	const ends = new Map<string, Ending>();
	for (const { _id: number, ends: writes = [] } of entries)
		for (const write of writes)
			for (const ending of endingsOf(write))
				ends.set(`${ending.collection} ${ending.what} ${ending.value}`, {
					...ending,
					number,
				});
	const problems: string[] = [];
	for (const group of Map.groupBy(
		ends.values(),
		({ collection, what }) => `${collection} ${what}`,
	).values())
		problems.push(...(await openRowsOf(database, group)));
	return problems;
}

interface Ending {
	readonly collection: RowCollection;
	/** By which field the rows are found, and whether they end, or are only replaced. */
	readonly what: "k" | "l" | "en";
	readonly value: string;
	readonly number: number;
}

function endingsOf(write: Write): Omit<Ending, "number">[] {
	switch (write.do) {
		case "end":
			return [{ collection: write.c, what: "k", value: write.k }];
		case "close":
			return [{ collection: "entry", what: "en", value: write.k }];
		case "wipe":
			return OF_LINES.map((collection) => ({
				...{ collection, what: "l", value: write.l },
			}));
		default:
			return [];
	}
}

async function openRowsOf(
	{ rows }: Database,
	endings: readonly Ending[],
): Promise<string[]> {
	const [first] = endings;
	if (first === undefined) return [];
	const { collection, what } = first;
	const field = what === "l" ? "l" : "k";
	const numbers = new Map(endings.map(({ value, number }) => [value, number]));
	const filter: Filter<RowDocument> = {
		[field]: { $in: [...numbers.keys()] },
		t: Number.POSITIVE_INFINITY,
		...(what === "en" ? { en: null } : {}),
	};
	const open = await rows(collection).find(filter).toArray();
	return open
		.filter((row) => row.f < (numbers.get(row[field] ?? "") ?? 0))
		.map(
			({ _id, k }) =>
				`a row that the log ended is there: ${collection} ${_id}, ${k}`,
		);
}
