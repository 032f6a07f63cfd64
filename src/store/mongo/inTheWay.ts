import type { TenantId } from "../../model/ids.ts";
import { foldersAbove, prefixRange } from "../folders.ts";
import type { LoadResult } from "../moving.ts";
import { lowerBound } from "../rules/lines.ts";
import type { Database } from "./database.ts";
import { firstPart } from "./dump.ts";
import { readPiece } from "./entries.ts";
import type { Write } from "./log.ts";
import type { Progress } from "./progress.ts";
import { rowsAt } from "./queries.ts";

export type Refused = Extract<LoadResult, { outcome: "refused" }>;

/** Says whether a load can be in the log after a number (sentence M3). */
export interface Obstacles {
	/** @param at a number of the log; not less than the one before */
	at(at: number): Promise<Refused | undefined>;
}

const BATCH = 100;

/**
 * @param locations that the load claims, by their bytes; none of a whole store,
 * which goes only where nothing is
 */
export function createObstacles(
	{ database, progress }: { database: Database; progress: Progress },
	tenant: TenantId | undefined,
	locations: readonly string[],
): Obstacles {
	/** Up to this number nothing is in the way. */
	let freeUpTo: number | undefined;

	async function look(at: number): Promise<Refused | undefined> {
		await progress.rollTo(at);
		const refused = { outcome: "refused", reason: "exists" } as const;
		const part = await firstPart(rowsAt(database, at), tenant);
		if (part !== undefined) return { ...refused, part };
		const location = await firstClaimed(database, at, locations);
		if (location === undefined) return undefined;
		return { ...refused, part: "claim", location };
	}

	function concerns({ c, row }: NewWrite): boolean {
		if (tenant === undefined) return true;
		const owner = c === "claim" ? row.c : row.k;
		return (
			owner?.split("\u0000")[0] === tenant ||
			(c === "claim" && overlapsOne(locations, row.k))
		);
	}

	return {
		async at(at) {
			// After the first look at all rows only newer ones: otherwise others who write would win for ever.
			const isFree =
				freeUpTo !== undefined &&
				!(await newRows(database, freeUpTo + 1, at)).some(concerns);
			const refused = isFree ? undefined : await look(at);
			if (refused === undefined) freeUpTo = at;
			return refused;
		},
	};
}

/** The first of the locations that overlaps a claim. */
async function firstClaimed(
	database: Database,
	at: number,
	locations: readonly string[],
): Promise<string | undefined> {
	const rows = rowsAt(database, at);
	for (let from = 0; from < locations.length; from += BATCH) {
		const batch = locations.slice(from, from + BATCH);
		const above = [...new Set(batch.flatMap(foldersAbove))];
		const inside = batch.map((location) => {
			const [first, end] = prefixRange(location);
			return { k: { $gte: first, $lt: end } };
		});
		const filter = { $or: [{ k: { $in: above } }, ...inside] };
		const found = await rows.select("claim", { filter });
		const first = batch.find((location) =>
			found.some(({ k }) => overlap(location, k)),
		);
		if (first !== undefined) return first;
	}
	return undefined;
}

type NewWrite = Extract<Write, { do: "row" }>;

/** The rows that entries of the log make. */
async function newRows(
	database: Database,
	from: number,
	to: number,
): Promise<NewWrite[]> {
	const found: NewWrite[] = [];
	for (let number = from; number <= to; number++)
		for (let piece = 0, of = 1; piece < of; piece++) {
			const { rows, ...entry } = await readPiece(database, number, piece);
			of = entry.of;
			found.push(...rows.filter((write) => write.do === "row"));
		}
	return found;
}

function overlap(a: string, b: string): boolean {
	return a.startsWith(b) || b.startsWith(a);
}

/** @param sorted by their bytes */
function overlapsOne(sorted: readonly string[], location: string): boolean {
	const inside = sorted[lowerBound(sorted, location)];
	return (
		inside?.startsWith(location) === true ||
		foldersAbove(location).some(
			(folder) => sorted[lowerBound(sorted, folder)] === folder,
		)
	);
}
