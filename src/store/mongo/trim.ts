import type { Report } from "./background.ts";
import { attempts } from "./background.ts";
import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import { dropParts } from "./parts.ts";
import type { Progress } from "./progress.ts";
import type { PartsSeen } from "./sweep.ts";
import { sweepParts } from "./sweep.ts";

/** No reading and no derivation is under way for so long. */
const GRACE_MILLIS = 60 * 60 * 1000;
const EVERY_MILLIS = 10 * 60 * 1000;
/** For so many times in a row the database may be away before that is told. */
const PATIENCE = 3;
/** Entries that a server empties in time. */
const TOGETHER = 1000;

/**
 * Empties the log's entries up to a number, and the rows that ended by it. Their
 * ids stay, so that whoever was asleep finds them taken (README.md, invariant 9).
 * @param upTo everything is derived up to here, and was a grace period ago
 */
export async function trim(database: Database, upTo: number): Promise<void> {
	await emptyLog(database, upTo);
	for (const collection of ROW_COLLECTIONS)
		await database.rows(collection).updateMany({ t: { $lte: upTo } }, EMPTIED);
}

const EMPTIED = [{ $replaceWith: { _id: "$_id" } }];

/** Goes on where it was: to look at all that is empty would take longer with each commit. */
async function emptyLog(database: Database, upTo: number): Promise<void> {
	const { log, meta } = database;
	const _id = "trimmed";
	const projection = { writer: 1 };
	let from = (await meta.findOne({ _id }))?.n ?? 0;
	while (from < upTo) {
		const to = Math.min(from + TOGETHER, upTo);
		const filter = { _id: { $gt: from, $lte: to }, writer: { $exists: true } };
		const inParts = { ...filter, parts: { $exists: true } };
		for await (const { writer = "" } of log.find(inParts, { projection }))
			await dropParts(database, writer);
		await log.updateMany(filter, EMPTIED);
		await meta.updateOne({ _id }, { $max: { n: to } }, { upsert: true });
		from = to;
	}
}

/**
 * Trims now and then, what was derived long ago, and removes parts that lie there for nothing.
 * @param report is told once when it fails again and again
 */
export function trimInBackground(
	database: Database,
	progress: Progress,
	report: Report,
): { stop(): Promise<void> } {
	const known: { at: number; number: number }[] = [];
	const seen: PartsSeen = new Map();
	const graceMillis = GRACE_MILLIS;
	let running: Promise<unknown> = Promise.resolve();
	async function clean(now: number): Promise<void> {
		await sweepParts(database, progress, seen, { now, graceMillis });
		const old = known.findLast(({ at }) => at <= now - graceMillis);
		if (old === undefined) return;
		known.splice(0, known.indexOf(old) + 1);
		await trim(database, old.number);
	}
	// What fails is done the next time.
	const attempt = attempts("the trimming of MongoDB", report, PATIENCE);
	const timer = setInterval(() => {
		const now = performance.now();
		known.push({ at: now, number: progress.known });
		running = running.then(() => attempt(() => clean(now)));
	}, EVERY_MILLIS);
	timer.unref();
	return {
		async stop() {
			clearInterval(timer);
			await running;
		},
	};
}
