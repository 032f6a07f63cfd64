import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import type { Progress } from "./progress.ts";

/** No reading and no derivation is under way for so long. */
const GRACE_MILLIS = 60 * 60 * 1000;
const EVERY_MILLIS = 10 * 60 * 1000;

/**
 * Empties the log's entries up to a number, and the rows that ended by it. Their
 * ids stay, so that whoever was asleep finds them taken (README.md, invariant 8).
 * @param upTo everything is derived up to here, and was a grace period ago
 */
export async function trim(
	{ log, parts, rows }: Database,
	upTo: number,
): Promise<void> {
	const emptied = [{ $replaceWith: { _id: "$_id" } }];
	const filter = { _id: { $lte: upTo }, writer: { $exists: true } };
	const inParts = { ...filter, parts: { $exists: true } };
	for await (const { writer, parts: count = 0 } of log.find(inParts)) {
		const ids = Array.from({ length: count }, (_, i) => `${writer}-${i}`);
		await parts.deleteMany({ _id: { $in: ids } });
	}
	await log.updateMany(filter, emptied);
	for (const collection of ROW_COLLECTIONS)
		await rows(collection).updateMany({ t: { $lte: upTo } }, emptied);
}

/** Trims now and then, what was derived long ago. */
export function trimInBackground(
	database: Database,
	progress: Progress,
): { stop(): Promise<void> } {
	const known: { at: number; number: number }[] = [];
	let running: Promise<void> = Promise.resolve();
	const timer = setInterval(() => {
		const now = performance.now();
		known.push({ at: now, number: progress.known });
		const isOld = ({ at }: { at: number }) => at <= now - GRACE_MILLIS;
		const old = known.findLast(isOld);
		if (old === undefined) return;
		known.splice(0, known.indexOf(old) + 1);
		// Nothing waits for it; what fails now is done the next time.
		running = trim(database, old.number).catch(() => undefined);
	}, EVERY_MILLIS);
	timer.unref();
	return {
		async stop() {
			clearInterval(timer);
			await running;
		},
	};
}
