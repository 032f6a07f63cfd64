import type { Page } from "../store/contract.ts";

/** Part of a list: `offset` rows are passed over; without `limit` all others are given. */
export interface Slice {
	readonly offset?: number | undefined;
	readonly limit?: number | undefined;
}

const PAGE_ROWS = 1000;

/**
 * Reads a slice of a keyset list, page by page. `readPage` gives at most
 * `page.limit` rows after `page.after`; `keyOf` gives a row's key.
 */
export async function readSlice<Row, Key>(
	slice: Slice,
	readPage: (page: Page<Key>) => Promise<Row[]>,
	keyOf: (row: Row) => Key,
): Promise<Row[]> {
	const end = (slice.offset ?? 0) + (slice.limit ?? Number.POSITIVE_INFINITY);
	const rows: Row[] = [];
	let passed = 0;
	let after: Key | undefined;
	while (passed < end) {
		const limit = Math.min(PAGE_ROWS, end - passed);
		const page = await readPage({ after, limit });
		const from = Math.max(0, (slice.offset ?? 0) - passed);
		rows.push(...page.slice(from));
		passed += page.length;
		const last = page.at(-1);
		if (last === undefined || page.length < limit) break;
		after = keyOf(last);
	}
	return rows;
}
