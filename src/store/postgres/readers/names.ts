import { assert } from "../../../model/errors.ts";
import type { EntryReader, Listing } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import { estimatedBytes } from "../../estimate.ts";
import { spaceNumber } from "../../sql/contents.ts";
import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { textAt, textOrNullAt } from "../../sql/values.ts";
import type { Read } from "./rows.ts";
import { readTogether, unnested } from "./together.ts";

/** What a question `q` says of a list: the columns, and their types. */
export const LISTING = "space, parent, after, kinds, most, known";
export const LISTING_TYPES = [
	...["smallint", "text", "text", "text", "integer", "text"],
];
/** The names that the line `at` shows, as `q` asks. */
export const JOIN_LISTED = `CROSS JOIN LATERAL names_shown(at.tenant_id, at.line_id, at.number,
		q.space, q.parent, q.after, q.kinds::text[], q.most, q.known) n`;
export const LISTED_COLUMNS = "n.state, n.names";
const NAMES = `SELECT q.place, ${LISTED_COLUMNS}
	FROM ${unnested("text", "text", "bigint", ...LISTING_TYPES)}
	WITH ORDINALITY AS q (tenant_id, line_id, number, ${LISTING}, place)
	CROSS JOIN LATERAL (SELECT q.tenant_id, q.line_id, q.number) at ${JOIN_LISTED}`;
/** Each may be thousands of names, which the others wait for. */
export const MAX_LISTS = 16;
/**
 * Of what is kept, estimated. Forgets everything rather than growing beyond this:
 * clients may ask for lists of any namespaces, after any names, that are not there.
 */
const MAX_BYTES = 8 * 1024 * 1024;
const SEPARATOR = "\u001f";

export function namesReader(read: Read): EntryReader["names"] {
	const ask = askNames(readTogether(read, NAMES, MAX_LISTS), 0);
	return async ({ tenant, line, number }, of, page) => {
		const answer = await ask([tenant, line, number ?? null], { ...of, page });
		assert(answer !== undefined, "a list has an answer");
		return answer.names;
	};
}

/** Names, and the state of the database for which they are the answer. */
interface Known {
	readonly state: string;
	readonly names: readonly string[];
}

/**
 * Again and again the same lists are asked for. The database is asked each
 * time, but answers with the names only where its state is another one than
 * that of those which are kept here.
 * @param ask takes what says where the list is, then what LISTING says
 * @param start where LISTED_COLUMNS begin in its answer
 * @returns the answer and the names; undefined when nothing is there
 */
export function askNames(
	ask: (params: readonly SqlValue[]) => Promise<SqlRow | undefined>,
	start: number,
) {
	const kept = createKept();
	return async (
		place: readonly SqlValue[],
		{ parent, kinds, page }: Listing,
	): Promise<{ row: SqlRow; names: string[] } | undefined> => {
		const space = spaceNumber(spaceOf(kinds[0] ?? "table"));
		// The database's text of an array; the names of kinds need no quotes.
		const ofKinds = `{${kinds.join(",")}}`;
		const question = [
			...[...place, space, parent, page.after ?? "", ofKinds, page.limit],
		];
		const key = JSON.stringify(question);
		const known = kept.get(key);
		const row = await ask([...question, known?.state ?? null]);
		if (row === undefined) return undefined;
		const changed = textOrNullAt(row, start + 1);
		if (changed === null) return { row, names: known?.names.slice() ?? [] };
		const names = changed === "" ? [] : changed.split(SEPARATOR);
		kept.keep(key, { state: textAt(row, start), names });
		return { row, names: names.slice() };
	};
}

function createKept() {
	const pages = new Map<string, Known>();
	let bytes = 0;
	const bytesOf = (key: string, known: Known | undefined) =>
		known === undefined
			? 0
			: estimatedBytes([key, known.state]) + estimatedBytes(known.names);
	return {
		get: (key: string) => pages.get(key),
		keep(key: string, known: Known): void {
			bytes += bytesOf(key, known) - bytesOf(key, pages.get(key));
			pages.set(key, known);
			if (bytes <= MAX_BYTES) return;
			pages.clear();
			bytes = 0;
		},
	};
}
