import type { Database } from "./database.ts";
import type { Entry, Write } from "./log.ts";
import { newWriter, withoutEntry } from "./parts.ts";
import type { Progress } from "./progress.ts";
import { abandon } from "./protocol.ts";

/** What somebody saw of the parts of writers: how many there were, and since when as many. */
export type PartsSeen = Map<string, { count: number; since: number }>;

/**
 * Looks at what parts there are, and removes those that nobody has added to for
 * a grace period and that no entry is made of.
 * @param seen what earlier looks saw; changed
 * @param now milliseconds of a clock that only goes forward
 */
export async function sweepParts(
	database: Database,
	progress: Progress,
	seen: PartsSeen,
	{ now, graceMillis }: { now: number; graceMillis: number },
): Promise<void> {
	const counts = await countParts(database);
	for (const writer of seen.keys())
		if (!counts.has(writer)) seen.delete(writer);
	for (const [writer, count] of counts)
		if (seen.get(writer)?.count !== count)
			seen.set(writer, { count, since: now });
	const still = [...seen].filter(([, { since }]) => since <= now - graceMillis);
	const writers = await withoutEntry(
		database,
		still.map(([writer]) => writer),
	);
	if (writers.length === 0) return;
	await progress.run(abandon<Write>(progress.known, writers), async () => ({
		entry: emptyEntry(),
	}));
}

function emptyEntry(): Entry {
	return { writer: newWriter(), ends: [], rows: [] };
}

async function countParts({ parts }: Database): Promise<Map<string, number>> {
	const counts = new Map<string, number>();
	const ids = parts.find({}, { projection: { _id: 1 }, sort: { _id: 1 } });
	for await (const { _id } of ids) {
		const [writer = ""] = _id.split("-");
		counts.set(writer, (counts.get(writer) ?? 0) + 1);
	}
	return counts;
}
