import { assert } from "../../../model/errors.ts";
import type { EntryReader } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import { spaceNumber } from "../../sql/contents.ts";
import { textAt, textOrNullAt } from "../../sql/values.ts";
import type { Read } from "./rows.ts";
import { readTogether, unnested } from "./together.ts";

const NAMES = `SELECT q.place, n.state, n.names
	FROM ${unnested("text", "text", "bigint", "smallint", "text", "text", "text", "integer", "text")}
	WITH ORDINALITY AS q (tenant_id, line_id, number, space, parent, after, kinds, most, known, place)
	CROSS JOIN LATERAL names_shown(q.tenant_id, q.line_id, q.number,
		q.space, q.parent, q.after, q.kinds::text[], q.most, q.known) n`;
/** Each may be thousands of names, which the others wait for. */
const MAX_ASKS = 16;
/** Forgets everything rather than growing beyond this. */
const MAX_NAMES = 100_000;
const SEPARATOR = "\u001f";

/** Names, and the state of the database for which they are the answer. */
interface Known {
	readonly state: string;
	readonly names: readonly string[];
}

/**
 * Again and again the same lists are asked for. The database is asked each
 * time, but answers with the names only where its state is another one than
 * that of those which are kept here.
 */
export function namesReader(read: Read): EntryReader["names"] {
	const kept = createKept();
	const ask = readTogether(read, NAMES, MAX_ASKS);
	return async ({ tenant, line, number }, { parent, kinds }, page) => {
		const [kind] = kinds;
		if (kind === undefined) return [];
		const question = [
			...[tenant, line, number ?? null, spaceNumber(spaceOf(kind)), parent],
			// The database's text of an array; the names of kinds need no quotes.
			...[page.after ?? "", `{${kinds.join(",")}}`, page.limit],
		];
		const place = JSON.stringify(question);
		const known = kept.get(place);
		const row = await ask([...question, known?.state ?? null]);
		assert(row !== undefined, "a list has an answer");
		const changed = textOrNullAt(row, 1);
		if (changed === null) return known?.names.slice() ?? [];
		const names = changed === "" ? [] : changed.split(SEPARATOR);
		kept.keep(place, { state: textAt(row, 0), names });
		return names.slice();
	};
}

function createKept() {
	const pages = new Map<string, Known>();
	let size = 0;
	const sizeOf = (known: Known | undefined) =>
		known === undefined ? 0 : known.names.length + 1;
	return {
		get: (place: string) => pages.get(place),
		keep(place: string, known: Known): void {
			size += sizeOf(known) - sizeOf(pages.get(place));
			pages.set(place, known);
			if (size <= MAX_NAMES) return;
			pages.clear();
			size = 0;
		},
	};
}
