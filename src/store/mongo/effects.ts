import type {
	Collection,
	DroppedAsset,
	Line,
	RecordValue,
	Versioned,
} from "../records.ts";
import { endOf } from "../rules/history.ts";
import type { LineContent } from "../rules/state.ts";
import { idOf } from "../rules/state.ts";
import type { RowCollection } from "./collections.ts";
import { numberText } from "./collections.ts";
import type { NewRow } from "./documents.ts";
import {
	claimRow,
	commitRow,
	dropRow,
	entryRow,
	entryRowKey,
	mergeRow,
	recordRow,
	stretchRow,
} from "./documents.ts";
import type { Write } from "./log.ts";
import type { Overlay, TrackedContent } from "./overlay.ts";
import { MAP_OF, TrackedMap } from "./overlay.ts";

/** The writes that follow from what rules have changed in an overlay. */
export interface Effects {
	readonly ends: Write[];
	readonly rows: Write[];
}

export function effectsOf(overlay: Overlay): Effects {
	const effects: Effects = { ends: [], rows: [] };
	for (const collection of Object.keys(MAP_OF) as Collection[])
		recordEffects(overlay, effects, collection);
	claimEffects(overlay, effects);
	stretchEffects(overlay, effects);
	const { contents } = overlay.state;
	for (const line of contents.touched)
		if (
			contents.loaded.has(line) &&
			contents.get(line) !== contents.loaded.get(line)
		)
			effects.ends.push({ do: "wipe", l: line });
	for (const [line, content] of contents)
		contentEffects(overlay, effects, line, content);
	return effects;
}

/** `before`: a row with this key may be there and ends. */
function put(
	{ ends, rows }: Effects,
	c: RowCollection,
	row: NewRow,
	before = true,
): void {
	if (before) ends.push({ do: "end", c, k: row.k });
	rows.push({ do: "row", c, i: rows.length, row });
}

function recordEffects<C extends Collection>(
	{ state }: Overlay,
	effects: Effects,
	collection: C,
): void {
	const map = state[MAP_OF[collection]] as unknown as TrackedMap<
		string,
		Versioned<RecordValue<C>>
	>;
	for (const k of map.touched) {
		const before = map.loaded.get(k);
		const after = map.get(k);
		if (after === before || onlyHeadMoved(collection, before, after)) continue;
		if (after === undefined) {
			effects.ends.push({ do: "end", c: collection, k });
			continue;
		}
		const row = recordRow(collection, k, after);
		put(effects, collection, row, before !== undefined);
	}
}

/** A line's head is that of its newest commit: its record stays as it is. */
function onlyHeadMoved(
	collection: Collection,
	before: Versioned<unknown> | undefined,
	after: Versioned<unknown> | undefined,
): boolean {
	if (collection !== "line" || !before || !after) return false;
	const { head: _, headTimeMicros: __, ...old } = before.value as Line;
	const { head: ___, headTimeMicros: ____, ...now } = after.value as Line;
	return (
		before.version === after.version &&
		JSON.stringify(old) === JSON.stringify(now)
	);
}

function claimEffects({ state }: Overlay, effects: Effects): void {
	const { claims } = state;
	for (const k of claims.touched) {
		const before = claims.loaded.get(k);
		const after = claims.get(k);
		if (after === before) continue;
		if (after === undefined) effects.ends.push({ do: "end", c: "claim", k });
		else put(effects, "claim", claimRow(after), before !== undefined);
	}
}

function stretchEffects({ state }: Overlay, effects: Effects): void {
	const { forgotten } = state;
	for (const line of forgotten.touched) {
		const known = new Set(forgotten.loaded.get(line));
		const added = (forgotten.get(line) ?? []).filter(
			(each) => !known.has(each),
		);
		const unique = new Map(
			added.map((each) => [`${each.from}-${each.to}`, each]),
		);
		for (const stretch of unique.values())
			put(effects, "stretch", stretchRow(line, stretch));
	}
}

/** The content of a line that the rules made has no traces of reading. */
function contentEffects(
	overlay: Overlay,
	effects: Effects,
	line: string,
	{
		histories,
		commits,
		dropped,
		loadedRows = new Map(),
		loadedCommits = new Set(),
		merges,
		loadedMerges = new Map(),
	}: LineContent & Partial<TrackedContent>,
): void {
	const record = overlay.state.lines.get(line)?.value;
	if (record === undefined) return;
	entryEffects(effects, line, { histories, loadedRows });
	commitEffects(effects, record, line, { commits, loadedCommits });
	mergeEffects(effects, record, line, { merges, loadedMerges });
	dropEffects(effects, line, dropped);
}

function entryEffects(
	effects: Effects,
	line: string,
	{ histories, loadedRows }: Pick<TrackedContent, "histories" | "loadedRows">,
): void {
	const left = new Map(loadedRows);
	for (const [id, { rows }] of histories)
		rows.forEach((row, i) => {
			const k = entryRowKey(line, id, row.number);
			const before = loadedRows.get(k);
			left.delete(k);
			const end = endOf(rows, i);
			const closing = end && { en: end.number, et: end.timeMicros };
			if (before === undefined)
				put(effects, "entry", { ...entryRow(line, k, row), ...closing }, false);
			else if (before.ended === undefined && closing !== undefined)
				effects.ends.push({ do: "close", k, ...closing });
		});
	for (const k of left.keys()) effects.ends.push({ do: "end", c: "entry", k });
}

function commitEffects(
	effects: Effects,
	record: Line,
	line: string,
	{ commits, loadedCommits }: Pick<TrackedContent, "commits" | "loadedCommits">,
): void {
	const left = new Set(loadedCommits);
	for (const commit of commits) {
		if (left.delete(commit.number)) continue;
		put(effects, "commit", commitRow(record, line, commit), false);
	}
	for (const number of left) {
		const k = idOf(line, numberText(number));
		effects.ends.push({ do: "end", c: "commit", k });
	}
}

function mergeEffects(
	effects: Effects,
	record: Line,
	line: string,
	{ merges, loadedMerges }: Pick<TrackedContent, "merges" | "loadedMerges">,
): void {
	const left = new Map(loadedMerges);
	for (const merge of merges) {
		const before = loadedMerges.get(merge.number);
		left.delete(merge.number);
		if (merge === before) continue;
		put(effects, "merge", mergeRow(record, line, merge), before !== undefined);
	}
	for (const number of left.keys()) {
		const k = idOf(line, numberText(number));
		effects.ends.push({ do: "end", c: "merge", k });
	}
}

function dropEffects(
	effects: Effects,
	line: string,
	dropped: Map<string, DroppedAsset>,
): void {
	const { touched, loaded } =
		dropped instanceof TrackedMap
			? (dropped as TrackedMap<string, DroppedAsset>)
			: { touched: dropped.keys(), loaded: undefined };
	for (const asset of touched) {
		const after = dropped.get(asset);
		if (after === loaded?.get(asset)) continue;
		const k = idOf(line, asset);
		if (after === undefined) effects.ends.push({ do: "end", c: "drop", k });
		else put(effects, "drop", dropRow(line, after));
	}
}
