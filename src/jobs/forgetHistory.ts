import type { LineId } from "../model/ids.ts";
import type { Catalog } from "../model/registry.ts";
import type { ExpiredRow } from "../store/contract.ts";
import { applyCounted } from "./catalogs.ts";
import type { JobDeps } from "./deps.ts";
import type { Lease } from "./lease.ts";

const LINES = 100;
/** Of one step: small, because other writes wait for it. */
const ROWS = 100;

/**
 * Forgets the rows of a catalog that were replaced by `toMicros` and that no
 * pin shows, in steps.
 * @returns how many rows were given to be forgotten
 */
export async function forgetHistory(
	deps: JobDeps,
	lease: Lease,
	catalog: Catalog,
	toMicros: number,
): Promise<number> {
	const { tenant, id } = catalog;
	let rows = 0;
	for (let after: LineId | undefined; ; ) {
		const page = { after, limit: LINES };
		const lines = await deps.store.history.lines(tenant, id, page);
		for (const line of lines)
			rows += await forgetLineHistory(deps, lease, catalog, line, toMicros);
		if (lines.length < LINES) return rows;
		after = lines.at(-1);
	}
}

async function forgetLineHistory(
	{ store, settings }: JobDeps,
	lease: Lease,
	catalog: Catalog,
	line: LineId,
	toMicros: number,
): Promise<number> {
	const { tenant } = catalog;
	const limit = Math.min(settings.pageSize, ROWS);
	let forgotten = 0;
	for (let last: ExpiredRow | undefined; ; ) {
		const ended = { fromMicros: last?.endedAtMicros ?? 0, toMicros };
		const rows = await store.history.expired(tenant, line, ended, limit);
		// A row that stays although it was given was pinned this very moment.
		if (rows.length === 0 || isSame(rows[0], last)) return forgotten;
		await lease.keep();
		const names = rows.map(({ key, number }) => ({ key, number }));
		const change = {
			op: "forget",
			tenant,
			line,
			rows: names,
			toMicros,
		} as const;
		if (!(await applyCounted(store, catalog, [change]))) return forgotten;
		forgotten += rows.length;
		if (rows.length < limit) return forgotten;
		last = rows.at(-1);
	}
}

function isSame(a: ExpiredRow | undefined, b: ExpiredRow | undefined): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
