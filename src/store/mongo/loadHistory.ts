import type { LineId } from "../../model/ids.ts";
import type { PathKey } from "../../model/names.ts";
import { compareUtf8 } from "../../model/names.ts";
import { enclosingNamespace, namespacePath } from "../entryKeys.ts";
import type { EntryKey, EntryRow, Line } from "../records.ts";
import { entriesAt } from "../rules/lines.ts";
import type { StoredRow } from "../rules/state.ts";
import { entryId, idOf } from "../rules/state.ts";
import type { RowDocument } from "./collections.ts";
import type { LoadedLevel } from "./loadLines.ts";
import { keyOfLine, loadKeys } from "./loadLines.ts";
import type { Overlay } from "./overlay.ts";
import {
	loadLine,
	loadRecords,
	putCommit,
	putEntry,
	putMerge,
	stateOf,
} from "./overlay.ts";
import type { Selection } from "./queries.ts";
import { below, parsed } from "./queries.ts";

/** Reads what pins numbers of a line: tags, forks, and merges of other lines with what replaces these. */
export function loadPins(overlay: Overlay, line: string): Promise<void> {
	return overlay.once(idOf("pins", line), async () => {
		const [found] = await Promise.all([
			loadMergesOf(overlay, line),
			loadRoots(overlay, line),
		]);
		if (found.length === 0) return;
		const others = new Set(found.map((row) => row.l ?? ""));
		await Promise.all([...others].map((other) => loadRoots(overlay, other)));
		const commits = await overlay.rows.byKeys(
			"commit",
			found.map(({ k }) => k),
		);
		for (const commit of commits) putCommit(overlay, commit);
	});
}

/** Reads the merges that took a line in, and the lines that they are on. */
export async function loadMergesOf(
	overlay: Overlay,
	line: string,
): Promise<RowDocument[]> {
	const found = await overlay.rows.select("merge", { filter: { s: line } });
	const others = new Set(found.map((row) => row.l ?? ""));
	await Promise.all(
		[...others].map((other) => {
			const [tenant = "", id = ""] = other.split("\u0000");
			return loadLine(overlay, tenant, id);
		}),
	);
	for (const row of found) putMerge(overlay, row);
	return found;
}

/** Reads what a line that goes passes on: its own merges, and those of it. */
export async function loadPassing(
	overlay: Overlay,
	line: string,
): Promise<void> {
	const [own] = await Promise.all([
		overlay.rows.select("merge", { filter: { k: below([line]) } }),
		loadMergesOf(overlay, line),
	]);
	for (const row of own) putMerge(overlay, row);
}

/** Reads the refs of a line and the lines that forked from it, at most `limit` of each. */
export async function loadRoots(
	overlay: Overlay,
	line: string,
	limit?: number,
): Promise<Line[]> {
	const some = limit === undefined ? {} : { limit };
	const [, forks] = await Promise.all([
		loadRecords(overlay, "ref", { filter: { l: line }, ...some }),
		overlay.rows.select("line", { filter: { p: line }, ...some }),
	]);
	const lines = await Promise.all(
		forks.map(({ k }) => {
			const [tenant = "", id = ""] = k.split("\u0000");
			return loadLine(overlay, tenant, id);
		}),
	);
	return lines.filter((each) => each !== undefined);
}

/** Which keys of a line are read: those that begin with `prefix` and come after `after`. */
interface Stretch {
	/** Joined; ends between two parts of a key. */
	readonly prefix: string;
	readonly after: string | undefined;
	readonly limit: number;
	isWanted(row: EntryRow): boolean;
}

/**
 * Reads the entries that a line shows, by key, as far as `limit` wanted ones
 * need: of each line of the chain in pieces, up to the last key that all pieces reach.
 */
export async function loadShown(
	overlay: Overlay,
	at: { tenant: string; line: string; number?: number | undefined },
	levels: readonly LoadedLevel[],
	{ prefix, after, limit, isWanted }: Stretch,
): Promise<EntryRow[]> {
	const found: EntryRow[] = [];
	let start = after;
	for (let size = Math.max(limit + 1, 16); found.length < limit; size *= 2) {
		const horizon = await loadPiece(overlay, levels, prefix, start, size);
		const rows = entriesAt(stateOf(overlay), at as never, prefix, start);
		for (const row of rows) {
			if (horizon !== undefined && compareUtf8(entryId(row.key), horizon) > 0)
				break;
			if (isWanted(row)) found.push(row);
			if (found.length === limit) break;
		}
		if (horizon === undefined) break;
		start = horizon;
	}
	return found;
}

/**
 * The same of a line without ancestors: its rows say it all, each key once and
 * in order, so they need not be noted and merged, which costs many times as much.
 */
export async function loadAlone(
	overlay: Overlay,
	level: LoadedLevel,
	{ prefix, after, limit, isWanted }: Stretch,
): Promise<EntryRow[]> {
	const found: EntryRow[] = [];
	let start = after;
	for (let size = Math.max(limit + 1, 16); found.length < limit; size *= 2) {
		const rows = await overlay.rows.select("entry", {
			...currentRows(level, prefix, start, size),
			onlyValues: true,
		});
		for (const document of rows) {
			const row = entryIn(document, level.line.id);
			if (row !== undefined && isWanted(row)) found.push(row);
			if (found.length === limit) break;
		}
		if (rows.length < size) break;
		start = idIn(rows.at(-1)?.k ?? "");
	}
	return found;
}

/** What a row of a line shows; undefined: it is a tombstone. */
function entryIn(row: RowDocument, line: LineId): EntryRow | undefined {
	const [, , space, parent, name = "", digits] = row.k.split("\u0000");
	const { entry } = parsed<Pick<StoredRow, "entry">>(row);
	if (entry === null) return undefined;
	const key = {
		space: space as EntryKey["space"],
		parent: parent as PathKey,
		name,
	};
	return { key, entry, version: { line, number: Number(digits) } };
}

/** Resolves to the key up to which everything was read; undefined: to the end. */
async function loadPiece(
	overlay: Overlay,
	levels: readonly LoadedLevel[],
	prefix: string,
	start: string | undefined,
	size: number,
): Promise<string | undefined> {
	const horizons = await Promise.all(
		levels.map(async (level) => {
			if (level.shown !== undefined) {
				const ids = [...level.shown].filter((id) => id.startsWith(prefix));
				await loadKeys(overlay, [level], ids);
				return undefined;
			}
			const rows = await overlay.rows.select(
				"entry",
				currentRows(level, prefix, start, size),
			);
			for (const row of rows) putEntry(overlay, row);
			return rows.length < size ? undefined : idIn(rows.at(-1)?.k ?? "");
		}),
	);
	return horizons.reduce(
		(least, each) =>
			each !== undefined &&
			(least === undefined || compareUtf8(least, each) > 0)
				? each
				: least,
		undefined,
	);
}

/** What a line itself has under each key at its bound, tombstones too. */
function currentRows(
	{ line, bound }: LoadedLevel,
	prefix: string,
	start: string | undefined,
	limit: number,
): Selection {
	const key = keyOfLine(line);
	const first =
		start === undefined ? idOf(key, prefix) : `${idOf(key, start)}\u0001`;
	const last =
		prefix === "" ? `${key}\u0001` : `${idOf(key, prefix.slice(0, -1))}\u0001`;
	return {
		filter: {
			k: { $gte: first, $lt: last },
			// The number is the last part of the key and part of the value.
			num: { $lte: bound },
			$or: [{ en: null }, { en: { $gt: bound } }],
		},
		sort: { k: 1 },
		limit,
	};
}

/** The joined entry key in the key of a row. */
function idIn(k: string): string {
	return k.split("\u0000").slice(2, 5).join("\u0000");
}

/** Reads what of a namespace's content a line shows, at most `limit` entries of each space. */
export async function loadChildren(
	overlay: Overlay,
	line: Pick<Line, "tenant" | "id">,
	levels: readonly LoadedLevel[],
	namespace: EntryKey,
	limit: number,
): Promise<void> {
	const path = namespacePath(namespace);
	const at = { tenant: line.tenant, line: line.id };
	await Promise.all(
		["namespace", "object"].map((space) =>
			loadShown(overlay, at, levels, {
				prefix: idOf(space, path, ""),
				after: undefined,
				limit,
				isWanted: () => true,
			}),
		),
	);
}

/** The joined keys that a precondition on a key looks at. */
export function keysAround(key: EntryKey): string[] {
	const parent = enclosingNamespace(key);
	return parent === undefined
		? [entryId(key)]
		: [entryId(key), entryId(parent)];
}
