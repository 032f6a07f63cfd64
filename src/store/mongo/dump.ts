import type { TenantId } from "../../model/ids.ts";
import { StoreUnavailable } from "../contract.ts";
import type { MovedRow, Part } from "../moving.ts";
import { PARTS } from "../moving.ts";
import type { Line } from "../records.ts";
import type { Stretch } from "../rules/state.ts";
import type { RowDocument } from "./collections.ts";
import type { Database } from "./database.ts";
import { collectionOf, ownerOf, toMoved } from "./movedRows.ts";
import { newestCommit, withHead } from "./overlay.ts";
import type { Rows, Selection } from "./queries.ts";
import { below, rowsAt, versioned } from "./queries.ts";

const PAGE = 1000;
/** One pass for all pages, also where another index has the tenant. */
const BY_KEY = { k: 1, f: 1 } as const;

/**
 * Every row at one number of the log, or those of one tenant (sentence M1).
 * @throws StoreUnavailable when rows of that number were trimmed before they were read
 */
export async function* dumpRows(
	database: Database,
	at: number,
	tenant: TenantId | undefined,
): AsyncGenerator<MovedRow, void, void> {
	const rows = rowsAt(database, at);
	const heads = new Map<string, number>();
	for (const part of PARTS) {
		const pages = inPages(rows, part, tenant, () => assertKept(database, at));
		if (part === "line") yield* lines(rows, pages, heads);
		else if (part === "forgotten") yield* stretches(pages);
		else
			for await (const page of pages)
				for (const row of page)
					yield toMoved(part, row, (line) => heads.get(line) ?? 0);
	}
}

/** How many rows `dumpRows` gives. */
export async function countRows(
	database: Database,
	at: number,
	tenant: TenantId | undefined,
): Promise<number> {
	const rows = rowsAt(database, at);
	const counts = PARTS.map(async (part) => {
		if (part !== "forgotten")
			return await rows.count(collectionOf(part), filterOf(part, tenant));
		const pages = inPages(rows, part, tenant);
		return (await Array.fromAsync(stretches(pages))).length;
	});
	return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** The first part of which anything is there. */
export async function firstPart(
	rows: Rows,
	tenant: TenantId | undefined,
): Promise<Part | undefined> {
	const found = await Promise.all(
		PARTS.map((part) =>
			rows.select(collectionOf(part), {
				filter: filterOf(part, tenant),
				limit: 1,
			}),
		),
	);
	return PARTS.find((_, i) => (found[i]?.length ?? 0) > 0);
}

function filterOf(
	part: Part,
	tenant: TenantId | undefined,
): Selection["filter"] {
	if (tenant === undefined) return { k: { $exists: true } };
	if (part === "tenant") return { k: tenant };
	return part === "claim" ? { c: below([tenant]) } : { k: below([tenant]) };
}

/** The rows of a part by their keys. */
export async function* inPages(
	rows: Rows,
	part: Part,
	tenant: TenantId | undefined,
	afterPage: () => Promise<void> = async () => undefined,
): AsyncGenerator<RowDocument[]> {
	const filter = filterOf(part, tenant);
	for (let after: string | undefined; ; ) {
		const rest =
			after === undefined ? filter : { $and: [filter, { k: { $gt: after } }] };
		const page = await rows.select(collectionOf(part), {
			filter: rest,
			sort: { k: 1 },
			limit: PAGE,
			hint: BY_KEY,
		});
		await afterPage();
		yield page;
		after = page.at(-1)?.k;
		if (page.length < PAGE) return;
	}
}

/** Trimming empties the log before the rows: while the next entry is whole, no row that was read is missing. */
async function assertKept({ log }: Database, at: number): Promise<void> {
	const next = await log.findOne(
		{ _id: at + 1 },
		{ projection: { writer: 1 } },
	);
	if (next !== null && next.writer === undefined)
		throw new StoreUnavailable(
			"not-applied",
			"the store was read for so long that rows of that moment are gone: read it again, when less is written",
		);
}

async function* lines(
	rows: Rows,
	pages: AsyncIterable<RowDocument[]>,
	heads: Map<string, number>,
): AsyncGenerator<MovedRow> {
	for await (const page of pages) {
		const newest = await Promise.all(
			page.map(({ k }) => newestCommit(rows, k)),
		);
		for (const [i, row] of page.entries()) {
			const { value, version } = versioned<Line>(row);
			const line = withHead(value, newest[i]);
			heads.set(row.k, line.head);
			yield { part: "line", value: line, version };
		}
	}
}

/** Stretches of a line that touch come as one. */
async function* stretches(
	pages: AsyncIterable<RowDocument[]>,
): AsyncGenerator<MovedRow> {
	let last: (Stretch & ReturnType<typeof ownerOf>) | undefined;
	for await (const page of pages)
		for (const { k, x: from = 0, d: to = 0 } of page) {
			const owner = ownerOf(k);
			if (
				last?.line === owner.line &&
				last.tenant === owner.tenant &&
				from <= last.to
			)
				last = { ...last, to: Math.max(last.to, to) };
			else {
				if (last !== undefined) yield { part: "forgotten", ...last };
				last = { ...owner, from, to };
			}
		}
	if (last !== undefined) yield { part: "forgotten", ...last };
}
