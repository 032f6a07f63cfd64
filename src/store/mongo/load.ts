import type { TenantId } from "../../model/ids.ts";
import { StoreUnavailable } from "../contract.ts";
import type { LoadResult, MovedRow } from "../moving.ts";
import { createArrival } from "./arriving.ts";
import type { Database } from "./database.ts";
import type { Refused } from "./inTheWay.ts";
import { createObstacles } from "./inTheWay.ts";
import type { Write } from "./log.ts";
import { dropParts, isIntact, newWriter } from "./parts.ts";
import type { Progress } from "./progress.ts";
import type { Decision } from "./protocol.ts";
import { commit, read } from "./protocol.ts";
import { createStaging } from "./staging.ts";

/**
 * Loads rows (sentences M2 to M5): puts all of them down in parts that nobody
 * looks at, and then one entry into the log, of which they follow.
 */
export async function loadRows(
	database: Database,
	progress: Progress,
	tenant: TenantId | undefined,
	rows: AsyncIterable<MovedRow>,
): Promise<LoadResult> {
	const writer = newWriter();
	const target = { database, progress, tenant, writer };
	let mayBeLoaded = false;
	try {
		const staged = await stage(target, rows);
		if ("outcome" in staged) return staged;
		mayBeLoaded = true;
		const result = await enter(target, staged);
		mayBeLoaded = result.outcome === "loaded";
		return result;
	} catch (error) {
		if (error instanceof StoreUnavailable && error.outcome === "not-applied")
			mayBeLoaded = false;
		throw error;
	} finally {
		// Where that fails too, a server removes them later (sweep.ts).
		if (!mayBeLoaded) await dropParts(database, writer).catch(() => undefined);
	}
}

interface Target {
	readonly database: Database;
	readonly progress: Progress;
	readonly tenant: TenantId | undefined;
	readonly writer: string;
}

interface Staged {
	readonly rows: number;
	readonly parts: number;
	readonly locations: readonly string[];
}

async function stage(
	target: Target,
	rows: AsyncIterable<MovedRow>,
): Promise<Staged | Refused> {
	const { database, progress, tenant, writer } = target;
	const early = createObstacles(target, tenant, []);
	const { answer } = await progress.run(read<Write>(progress.known), (at) =>
		early.at(at),
	);
	if (answer !== undefined) return answer as Refused;
	const arrival = createArrival(tenant);
	const staging = createStaging(database, writer);
	const locations: string[] = [];
	for await (const row of rows) {
		await staging.add(arrival.take(row));
		if (row.part !== "claim") continue;
		const { part, claim } = row;
		const { location } = claim;
		if (arrival.overlaps(claim))
			return { outcome: "refused", reason: "exists", part, location };
		if (tenant !== undefined) locations.push(location);
	}
	arrival.end();
	return { rows: staging.rows, parts: await staging.end(), locations };
}

type LoadDecision = Decision<Write> & { readonly refused: Refused | undefined };

/** The commit point: an entry made of the parts, at a number before which nothing was in the way. */
async function enter(
	target: Target,
	{ rows, parts, locations }: Staged,
): Promise<LoadResult> {
	const { database, progress, tenant, writer } = target;
	const obstacles = createObstacles(target, tenant, locations);
	const decide = async (at: number): Promise<LoadDecision> => {
		const [refused, canEnter] = await Promise.all([
			obstacles.at(at),
			// After the number is known: see `abandon` in protocol.ts.
			isIntact(database, writer),
		]);
		if (refused !== undefined || parts === 0)
			return { refused, entry: undefined };
		if (!canEnter)
			throw new StoreUnavailable(
				"not-applied",
				"the import stood still for so long that a server removed its rows: import again",
			);
		const entry = { writer, ends: [], rows: [], parts };
		return { refused, entry };
	};
	const needsRows = false;
	const { decision, number } = await progress.run(
		commit<Write, LoadDecision>(progress.known, needsRows),
		decide,
	);
	if (decision.refused !== undefined) return decision.refused;
	// It is loaded. Whoever comes next derives the entry, or meets the same error.
	if (number !== undefined)
		await progress.rollTo(number).catch(() => undefined);
	return { outcome: "loaded", rows };
}
