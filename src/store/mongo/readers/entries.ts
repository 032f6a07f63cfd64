import { assert } from "../../../model/errors.ts";
import type { EntryReader, LineAt, Page } from "../../contract.ts";
import { spaceOf } from "../../entryKeys.ts";
import type { EntryKey, EntryRow, InNamespace } from "../../records.ts";
import { entryAt } from "../../rules/lines.ts";
import {
	isReachable,
	namesMetadataFile,
	refsShowing,
} from "../../rules/reachability.ts";
import { entryId, idOf, type StoredRow } from "../../rules/state.ts";
import type { RowDocument } from "../collections.ts";
import { keepAnswers } from "../kept.ts";
import { loadAlone, loadPins, loadShown } from "../loadHistory.ts";
import { loadChain, loadKeys } from "../loadLines.ts";
import { loadReachability } from "../loadReachability.ts";
import type { Overlay } from "../overlay.ts";
import { loadLine, putEntry, stateOf } from "../overlay.ts";
import { parsed } from "../queries.ts";
import type { ReadContext } from "./context.ts";

/** What a line shows in a namespace; the list is kept, and the caller's to read only. */
export type List = (
	overlay: Overlay,
	at: LineAt,
	of: InNamespace,
	page: Page<string>,
) => Promise<readonly EntryRow[]>;

/** Again and again the same lists are asked for. */
export function keptLists(): List {
	const keep = keepAnswers<EntryRow[]>();
	return (overlay, at, { parent, kinds }, page) =>
		keep(overlay.rows.at, JSON.stringify([at, parent, kinds, page]), () =>
			listed(overlay, at, { parent, kinds }, page),
		);
}

export function namesIn(rows: readonly EntryRow[]): string[] {
	return rows.map((row) => row.key.name);
}

export function entryReader(
	{ read, readOver }: ReadContext,
	list: List,
): EntryReader {
	return {
		get: (at, key) => readOver((overlay) => shownAt(overlay, at, key)),
		list: (at, of, page) =>
			readOver(async (overlay) => [...(await list(overlay, at, of, page))]),
		names: (at, of, page) =>
			readOver(async (overlay) => namesIn(await list(overlay, at, of, page))),
		all: (at, { after, limit }) =>
			readOver(async (overlay) =>
				loadShown(overlay, at, await loadChain(overlay, at), {
					prefix: "",
					after: after && entryId(after),
					limit,
					isWanted: () => true,
				}),
			),
		namesMetadataFile: (location, sinceMicros) =>
			readOver(async (overlay) => {
				await loadFile(overlay, location);
				return namesMetadataFile(stateOf(overlay), location, sinceMicros);
			}),
		assetsBelow: (prefix, except, limit) =>
			read((rows) => rows.assetsBelow(prefix, except, limit)),
		isReachable: (tenant, asset) =>
			readOver(async (overlay) => {
				await loadReachability(overlay, tenant, asset);
				return isReachable(stateOf(overlay), tenant, asset);
			}),
		refsShowing: (tenant, catalog, asset, limit) =>
			readOver(async (overlay) => {
				await loadReachability(overlay, tenant, asset);
				const names = refsShowing(stateOf(overlay), tenant, catalog, asset);
				return names.slice(0, limit);
			}),
	};
}

/**
 * What a line shows under a key. A row of its own says that whatever its
 * ancestors have, so these are read only where it has none.
 */
export async function shownAt(
	overlay: Overlay,
	at: LineAt,
	key: EntryKey,
): Promise<EntryRow | undefined> {
	const id = entryId(key);
	const own = await loadOwn(overlay, at, key);
	if (own !== undefined) {
		const { entry } = parsed<Pick<StoredRow, "entry">>(own);
		assert(own.num !== undefined, "a row of a line has its number");
		return entry === null
			? undefined
			: { key, entry, version: { line: at.line, number: own.num } };
	}
	const ancestors = (await loadChain(overlay, at)).slice(1);
	const counting = ancestors.filter(({ shown }) => shown?.has(id) ?? true);
	await loadKeys(overlay, counting, [id]);
	return entryAt(stateOf(overlay), at, id);
}

/** The row of a line itself under a key, ancestors or not. */
export function loadOwn(
	overlay: Overlay,
	{ tenant, line, number }: LineAt,
	key: EntryKey,
): Promise<RowDocument | undefined> {
	const of = [idOf(tenant, line), entryId(key)] as const;
	return overlay.once(idOf("own", ...of, String(number)), () =>
		overlay.rows.newest(...of, number),
	);
}

async function listed(
	overlay: Overlay,
	at: LineAt,
	{ parent, kinds }: InNamespace,
	{ after, limit }: Page<string>,
): Promise<EntryRow[]> {
	const [kind] = kinds;
	if (kind === undefined) return [];
	const space = spaceOf(kind);
	const levels = await loadChain(overlay, at);
	const stretch = {
		prefix: idOf(space, parent, ""),
		after: after === undefined ? undefined : idOf(space, parent, after),
		limit,
		isWanted: (row: EntryRow) => kinds.includes(row.entry.kind),
	};
	const [own, ...ancestors] = levels;
	return own !== undefined && ancestors.length === 0
		? await loadAlone(overlay, own, stretch)
		: await loadShown(overlay, at, levels, stretch);
}

/** Reads the rows that name a file, and what pins their lines. */
async function loadFile(overlay: Overlay, location: string): Promise<void> {
	const rows = await overlay.rows.select("entry", { filter: { m: location } });
	const lines = new Set(rows.map((row) => row.l ?? ""));
	await Promise.all(
		[...lines].map(async (line) => {
			const [tenant = "", id = ""] = line.split("\u0000");
			await Promise.all([
				loadLine(overlay, tenant, id),
				loadPins(overlay, line),
			]);
		}),
	);
	for (const row of rows) putEntry(overlay, row);
}
