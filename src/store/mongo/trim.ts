import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import { dropParts } from "./parts.ts";
import type { Progress } from "./progress.ts";
import type { PartsSeen } from "./sweep.ts";
import { sweepParts } from "./sweep.ts";

/** No reading and no derivation is under way for so long. */
const GRACE_MILLIS = 60 * 60 * 1000;
const EVERY_MILLIS = 10 * 60 * 1000;
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

/** Trims now and then, what was derived long ago, and removes parts that lie there for nothing. */
export function trimInBackground(
	database: Database,
	progress: Progress,
): { stop(): Promise<void> } {
	const known: { at: number; number: number }[] = [];
	const seen: PartsSeen = new Map();
	const graceMillis = GRACE_MILLIS;
	let running: Promise<void> = Promise.resolve();
	async function clean(now: number): Promise<void> {
		await sweepParts(database, progress, seen, { now, graceMillis });
		const old = known.findLast(({ at }) => at <= now - graceMillis);
		if (old === undefined) return;
		known.splice(0, known.indexOf(old) + 1);
		await trim(database, old.number);
	}
	const timer = setInterval(() => {
		const now = performance.now();
		known.push({ at: now, number: progress.known });
		// Nothing waits for it; what fails now is done the next time.
		running = clean(now).catch(() => undefined);
	}, EVERY_MILLIS);
	timer.unref();
	return {
		async stop() {
			clearInterval(timer);
			await running;
		},
	};
}
