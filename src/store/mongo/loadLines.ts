import { shownKeys } from "../entryKeys.ts";
import type { Line } from "../records.ts";
import { entryId, idOf } from "../rules/state.ts";
import { numberText, type RowDocument } from "./collections.ts";
import type { Overlay } from "./overlay.ts";
import { loadLine, putCommit, putEntry, putStretch } from "./overlay.ts";

/** A line of a chain and the number up to which it is read. */
export interface LoadedLevel {
	readonly line: Line;
	readonly bound: number;
	/** The joined keys that the lines below it let through; undefined: all. */
	readonly shown: ReadonlySet<string> | undefined;
}

/**
 * Reads a line and its ancestors. `pending` are lines as change sets that are
 * decided together make them: what any of them may read is read.
 */
export async function loadChain(
	overlay: Overlay,
	at: { tenant: string; line: string; number?: number | undefined },
	pending: readonly Line[] = [],
): Promise<LoadedLevel[]> {
	const levels: LoadedLevel[] = [];
	const seen = new Set<string>();
	const visit = async (
		id: string,
		bound: number,
		shown: ReadonlySet<string> | undefined,
	): Promise<void> => {
		const name = idOf(id, String(bound));
		if (seen.has(name)) return;
		seen.add(name);
		const stored = await loadLine(overlay, at.tenant, id);
		const made = pending.filter(
			(line) => line.tenant === at.tenant && line.id === id,
		);
		if (stored !== undefined)
			levels.push({ line: stored, bound: Math.min(bound, stored.head), shown });
		for (const line of [...(stored ? [stored] : []), ...made]) {
			if (line.parent === null) continue;
			const passed = pending.length > 0 ? undefined : narrowed(shown, line);
			await visit(line.parent.line, line.parent.number, passed);
		}
	};
	await visit(at.line, at.number ?? Number.MAX_SAFE_INTEGER, undefined);
	return levels;
}

function narrowed(
	shown: ReadonlySet<string> | undefined,
	{ filter }: Line,
): ReadonlySet<string> | undefined {
	if (filter === null) return shown;
	const keys = new Set(shownKeys(filter).map(entryId));
	return shown === undefined ? keys : keys.intersection(shown);
}

export function keyOfLine({ tenant, id }: Pick<Line, "tenant" | "id">): string {
	return idOf(tenant, id);
}

/** Reads what the lines of a chain hold under keys (joined). */
export async function loadKeys(
	overlay: Overlay,
	levels: readonly LoadedLevel[],
	ids: Iterable<string>,
): Promise<RowDocument[]> {
	const wanted = [...new Set(ids)];
	const found = await Promise.all(
		levels.flatMap(({ line, bound }) =>
			wanted.map((id) => loadNewest(overlay, keyOfLine(line), id, bound)),
		),
	);
	return found.filter((row) => row !== undefined);
}

function loadNewest(
	overlay: Overlay,
	line: string,
	id: string,
	bound: number,
): Promise<RowDocument | undefined> {
	const name = idOf("newest", line, id, numberText(bound));
	return overlay.once(name, async () => {
		const row = await overlay.rows.newest(line, id, bound);
		if (row !== undefined) putEntry(overlay, row);
		return row;
	});
}

/** Reads one commit of a line that was loaded. */
export function loadCommit(
	overlay: Overlay,
	line: string,
	number: number,
): Promise<void> {
	return overlay.once(idOf("commit", line, String(number)), async () => {
		const row = await overlay.rows.one("commit", line, numberText(number));
		if (row !== undefined) putCommit(overlay, row);
	});
}

/** Reads what a line remembers of the drops of assets. */
export async function loadDrops(
	overlay: Overlay,
	line: string,
	assets: Iterable<string>,
): Promise<void> {
	const wanted = [...new Set(assets)];
	await Promise.all(wanted.map((asset) => overlay.drop(idOf(line, asset))));
}

/** Reads what a line has forgotten of one number. */
export function loadStretches(
	overlay: Overlay,
	line: string,
	number: number,
): Promise<void> {
	const name = idOf("stretches", line, String(number));
	return overlay.once(name, async () => {
		const filter = { l: line, d: { $gt: number }, x: { $lte: number } };
		const found = await overlay.rows.select("stretch", { filter, limit: 1 });
		for (const row of found) putStretch(overlay, row);
	});
}
