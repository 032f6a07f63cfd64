import { brandId, type LineId } from "../../../model/ids.ts";
import type { EntryReader, LineAt, Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import { prefixRange } from "../../folders.ts";
import type { EntryKey, EntryKind, EntryRow } from "../../records.ts";
import {
	ENTRY_COLUMNS,
	readEntry,
	readKey,
	spaceNumber,
} from "../../sql/contents.ts";
import { isPinned } from "../../sql/pins.ts";
import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import { namesReader } from "./names.ts";
import type { Read } from "./rows.ts";
import { readExists } from "./rows.ts";
import { readTogether, unnested } from "./together.ts";

const COLUMNS = `space, parent, name, line, number, ${ENTRY_COLUMNS.join(", ")}`;
/** What a line shows under a key, from JOIN_SHOWN: see `shownEntry`. */
export const SHOWN_COLUMNS = [
	"CASE WHEN own.line IS NULL THEN e.line ELSE l.id END",
	...["number", ...ENTRY_COLUMNS].map(
		(each) => `coalesce(own.${each}, e.${each})`,
	),
].join(", ");
/**
 * What the line `at` shows under the key of `q`. Most lines have a row of their own
 * for what is asked for; the function, which costs more than all the rest, is for the others.
 */
export const JOIN_SHOWN = `LEFT JOIN lines l ON l.tenant_id = at.tenant_id AND l.id = at.line_id
	LEFT JOIN entries own ON own.line = l.seq AND own.space = q.space AND own.parent = q.parent
		AND own.name = q.name AND (at.number IS NULL OR own.number <= at.number)
	LEFT JOIN LATERAL (
		SELECT * FROM entry_at(at.tenant_id, at.line_id, at.number, q.space, q.parent, q.name)
		WHERE own.line IS NULL AND q.name IS NOT NULL OFFSET 0) e ON true`;
const GET = `SELECT q.place, found.* FROM ${unnested("text", "text", "bigint", "smallint", "text", "text")}
	WITH ORDINALITY AS q (tenant_id, line_id, number, space, parent, name, place)
	CROSS JOIN LATERAL (SELECT ${SHOWN_COLUMNS}
		FROM (SELECT q.tenant_id, q.line_id, q.number) at ${JOIN_SHOWN} LIMIT 1) found`;
const ROWS = `SELECT ${COLUMNS}
	FROM entries_between($1, $2, $3, $4, $5, $6, $7, $8, $9::text[], $10)`;
const NAMES_FILE = `SELECT 1 WHERE EXISTS (SELECT FROM entries WHERE metadata_location = $1)
	OR EXISTS (
		SELECT FROM superseded s JOIN lines l ON l.seq = s.line
		WHERE s.metadata_location = $1 AND (s.ended_at_micros > $2 OR ${isPinned("$2")}))`;
const BELOW = `SELECT asset_id, l.tenant_id FROM entries JOIN lines l ON l.seq = line
	WHERE metadata_location >= $1 AND metadata_location < $2 AND asset_id <> $3
	UNION SELECT asset_id, l.tenant_id FROM superseded JOIN lines l ON l.seq = line
	WHERE metadata_location >= $1 AND metadata_location < $2 AND asset_id <> $3
	ORDER BY 1, 2 LIMIT $4`;
const REFS_SHOWING = "SELECT * FROM refs_showing($1, $2, $3, $4)";

export function entryReader(read: Read): EntryReader {
	const getRow = readTogether(read, GET);
	return {
		get: async (at, key) => {
			const row = await getRow([...lineAt(at), ...keyParams(key)]);
			return row && shownEntry(row, 0, key);
		},
		list: async (at, filter, page) => {
			if (filter.kinds.length === 0) return [];
			const rows = await read(ROWS, inNamespace(at, filter, page));
			return rows.map(entryRow);
		},
		names: namesReader(read),
		all: async (at, page) =>
			(await read(ROWS, afterKey(at, page))).map(entryRow),
		namesMetadataFile: (location, sinceMicros) =>
			readExists(read, NAMES_FILE, [location, sinceMicros]),
		assetsBelow: async (prefix, except, limit) => {
			const rows = await read(BELOW, [...prefixRange(prefix), except, limit]);
			return rows.map((row) => ({
				asset: brandId(textAt(row, 0)),
				tenant: brandId(textAt(row, 1)),
			}));
		},
		isReachable: (tenant, asset) =>
			readExists(read, REFS_SHOWING, [tenant, null, asset, 1]),
		refsShowing: async (tenant, catalog, asset, limit) =>
			(await read(REFS_SHOWING, [tenant, catalog, asset, limit])).map((row) =>
				textAt(row, 0),
			),
	};
}

function lineAt({ tenant, line, number }: LineAt): SqlValue[] {
	return [tenant, line, number ?? null];
}

/** The parameters of BETWEEN for one namespace and space; the kinds share one. */
function inNamespace(
	at: LineAt,
	{ parent, kinds }: { parent: string; kinds: readonly EntryKind[] },
	{ after = "", limit }: Page<string>,
): SqlValue[] {
	const space = kinds[0] === undefined ? 0 : spaceNumber(spaceOf(kinds[0]));
	const range = [space, parent, after, space, parent];
	// The driver's text of an array; the names of kinds need no quotes.
	return [...lineAt(at), ...range, `{${kinds.join(",")}}`, limit];
}

/** The same for everything after a key. */
function afterKey(at: LineAt, { after, limit }: Page<EntryKey>): SqlValue[] {
	const from =
		after === undefined
			? [-1, "", ""]
			: [spaceNumber(after.space), after.parent, after.name];
	return [...lineAt(at), ...from, 2, "", null, limit];
}

/** From COLUMNS. */
function entryRow(row: SqlRow): EntryRow {
	const shown = shownEntry(row, 3, readKey(row, 0));
	if (shown === undefined) throw new Error("a tombstone shows nothing");
	return shown;
}

/** The parameters of a key. */
export function keyParams({ space, parent, name }: EntryKey): SqlValue[] {
	return [spaceNumber(space), parent, name];
}

/** From SHOWN_COLUMNS, which begin at `start`; undefined: nothing shows. */
export function shownEntry(
	row: SqlRow,
	start: number,
	key: EntryKey,
): EntryRow | undefined {
	const entry = readEntry(row, start + 2);
	if (entry === null) return undefined;
	const line = brandId<LineId>(textAt(row, start));
	return { key, entry, version: { line, number: numberAt(row, start + 1) } };
}
