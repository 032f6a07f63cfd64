import type { PathKey } from "../../model/names.ts";
import type {
	Claim,
	Collection,
	Commit,
	DroppedAsset,
	Entry,
	EntryKey,
	Line,
	Merge,
	RecordValue,
	Versioned,
} from "../records.ts";
import { lowerBound } from "../rules/lines.ts";
import { idOf, type State, type StoredRow } from "../rules/state.ts";
import { askTogether } from "../together.ts";
import type { RowDocument } from "./collections.ts";
import type { Rows, Selection } from "./queries.ts";
import { below, parsed, versioned } from "./queries.ts";

/** A map that knows what was read into it and which keys were written since. */
export class TrackedMap<Key, Value> extends Map<Key, Value> {
	readonly loaded = new Map<Key, Value>();
	readonly touched = new Set<Key>();

	/** Notes a row that was read; the first reading of a key counts. */
	load(key: Key, value: Value): void {
		if (this.loaded.has(key)) return;
		this.loaded.set(key, value);
		super.set(key, value);
	}

	override set(key: Key, value: Value): this {
		this.touched.add(key);
		return super.set(key, value);
	}

	override delete(key: Key): boolean {
		this.touched.add(key);
		return super.delete(key);
	}
}

/** What was read of a line's content. */
export interface TrackedContent {
	readonly histories: Map<string, { key: EntryKey; rows: StoredRow[] }>;
	readonly keys: string[];
	readonly commits: Commit[];
	readonly dropped: TrackedMap<string, DroppedAsset>;
	/** The rows as they were read, by their keys. */
	readonly loadedRows: Map<string, StoredRow>;
	readonly loadedCommits: Set<number>;
	readonly merges: Merge[];
	readonly loadedMerges: Map<number, Merge>;
}

type Tracked<Part> =
	Part extends Map<infer Key, infer Value> ? TrackedMap<Key, Value> : Part;

/** A state of the memory store with the rows that were read at one number of the log. */
export type TrackedState = {
	readonly [Part in keyof State]: Part extends "contents"
		? TrackedMap<string, TrackedContent>
		: Tracked<State[Part]>;
};

export interface Overlay {
	readonly rows: Rows;
	readonly state: TrackedState;
	/** Runs a piece of loading once, by its name. */
	once<Result>(name: string, run: () => Promise<Result>): Promise<Result>;
	/** Reads what a line remembers of the drop of an asset; those that are asked for together are one query. */
	drop(key: string): Promise<void>;
}

export const MAP_OF = {
	tenant: "tenants",
	warehouse: "warehouses",
	catalog: "catalogs",
	ref: "refs",
	line: "lines",
	idempotency: "idempotency",
	job: "jobs",
	garbage: "garbage",
	report: "reports",
	mergeOperation: "mergeOperations",
	mergeConflict: "mergeConflicts",
} as const satisfies Record<Collection, keyof State>;

export function createOverlay(rows: Rows): Overlay {
	const running = new Map<string, Promise<unknown>>();
	const state = emptyTrackedState();
	const drop = askTogether(async (keys: readonly string[]) => {
		for (const row of await rows.byKeys("drop", keys)) putDrop(state, row);
		return keys.map(() => undefined);
	}, Number.POSITIVE_INFINITY);
	return {
		rows,
		state,
		drop,
		once<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
			const known = running.get(name);
			if (known !== undefined) return known as Promise<Result>;
			const started = run();
			running.set(name, started);
			return started;
		},
	};
}

function emptyTrackedState(): TrackedState {
	return {
		tenants: new TrackedMap(),
		warehouses: new TrackedMap(),
		catalogs: new TrackedMap(),
		refs: new TrackedMap(),
		lines: new TrackedMap(),
		contents: new TrackedMap(),
		forgotten: new TrackedMap(),
		garbage: new TrackedMap(),
		idempotency: new TrackedMap(),
		jobs: new TrackedMap(),
		reports: new TrackedMap(),
		mergeOperations: new TrackedMap(),
		mergeConflicts: new TrackedMap(),
		claims: new TrackedMap(),
		claimLocations: [],
	};
}

/** Reads one record, or that there is none. */
export function loadRecord(
	overlay: Overlay,
	collection: Exclude<Collection, "line">,
	...parts: readonly string[]
): Promise<RowDocument | undefined> {
	const name = idOf(collection, ...parts);
	return overlay.once(name, async () => {
		const row = await overlay.rows.one(collection, ...parts);
		if (row !== undefined) putRecord(overlay, collection, row);
		return row;
	});
}

/** Reads the records of a selection. */
export async function loadRecords<C extends Exclude<Collection, "line">>(
	overlay: Overlay,
	collection: C,
	what: Selection,
): Promise<RecordValue<C>[]> {
	const found = await overlay.rows.select(collection, what);
	for (const row of found) putRecord(overlay, collection, row);
	return found.map((row) => parsed<RecordValue<C>>(row));
}

/** Notes a record that was loaded. */
export function putRecord(
	{ state }: Overlay,
	collection: Exclude<Collection, "line">,
	row: RowDocument,
): void {
	const map = state[MAP_OF[collection]] as TrackedMap<
		string,
		Versioned<unknown>
	>;
	map.load(row.k, versioned(row));
}

/** Reads a line's record, its head from its newest commit. */
export function loadLine(
	overlay: Overlay,
	tenant: string,
	id: string,
): Promise<Line | undefined> {
	const key = idOf(tenant, id);
	return overlay.once(idOf("line", key), async () => {
		const [row, commit] = await Promise.all([
			overlay.rows.one("line", tenant, id),
			newestCommit(overlay.rows, key),
		]);
		if (row === undefined) return undefined;
		const { value, version } = versioned<Line>(row);
		const line = withHead(value, commit);
		const content = emptyContent();
		overlay.state.lines.load(key, { value: line, version });
		overlay.state.contents.load(key, content);
		return line;
	});
}

/** @param line tenant and id, joined */
export async function newestCommit(
	rows: Rows,
	line: string,
): Promise<Commit | undefined> {
	const [newest] = await rows.select("commit", {
		filter: { k: below([line]) },
		sort: { k: -1 },
		limit: 1,
	});
	return newest && parsed<Commit>(newest);
}

/** A line's record with its newest commit as its head. */
export function withHead(line: Line, commit: Commit | undefined): Line {
	if (commit === undefined || commit.number <= line.head) return line;
	return { ...line, head: commit.number, headTimeMicros: commit.timeMicros };
}

function emptyContent(): TrackedContent {
	return {
		histories: new Map(),
		keys: [],
		commits: [],
		dropped: new TrackedMap(),
		loadedRows: new Map(),
		loadedCommits: new Set(),
		merges: [],
		loadedMerges: new Map(),
	};
}

/** Notes a row of a line that was loaded. */
export function putEntry({ state }: Overlay, row: RowDocument): void {
	const [tenant = "", line = "", space, parent, name = "", digits] =
		row.k.split("\u0000");
	const content = state.contents.loaded.get(idOf(tenant, line));
	const head = state.lines.loaded.get(idOf(tenant, line))?.value.head ?? 0;
	if (content === undefined || content.loadedRows.has(row.k)) return;
	const number = Number(digits);
	const { timeMicros, entry } = parsed<{
		timeMicros: number;
		entry: Entry | null;
	}>(row);
	const { en, et } = row;
	const isEnded =
		typeof en === "number" && typeof et === "number" && en <= head;
	const stored: StoredRow = {
		number,
		timeMicros,
		entry,
		...(isEnded ? { ended: { number: en, timeMicros: et } } : {}),
	};
	const key = {
		space: space as EntryKey["space"],
		parent: parent as PathKey,
		name,
	};
	const id = idOf(key.space, key.parent, key.name);
	content.loadedRows.set(row.k, stored);
	const history = content.histories.get(id);
	if (history === undefined) {
		content.histories.set(id, { key, rows: [stored] });
		content.keys.splice(lowerBound(content.keys, id), 0, id);
		return;
	}
	const before = history.rows.findLastIndex((each) => each.number < number);
	history.rows.splice(before + 1, 0, stored);
}

/** Notes a commit of a line that was loaded. */
export function putCommit({ state }: Overlay, row: RowDocument): void {
	const commit = parsed<Commit>(row);
	const content = state.contents.loaded.get(row.l ?? "");
	if (content === undefined || content.loadedCommits.has(commit.number)) return;
	content.loadedCommits.add(commit.number);
	const { commits } = content;
	const before = commits.findLastIndex((each) => each.number < commit.number);
	commits.splice(before + 1, 0, commit);
}

/** Notes a merge of a line that was loaded. */
export function putMerge({ state }: Overlay, row: RowDocument): void {
	const merge = parsed<Merge>(row);
	const content = state.contents.loaded.get(row.l ?? "");
	if (content === undefined || content.loadedMerges.has(merge.number)) return;
	content.loadedMerges.set(merge.number, merge);
	const { merges } = content;
	const before = merges.findLastIndex((each) => each.number < merge.number);
	merges.splice(before + 1, 0, merge);
}

function putDrop({ contents }: TrackedState, row: RowDocument): void {
	const drop = parsed<DroppedAsset>(row);
	contents.loaded.get(row.l ?? "")?.dropped.load(drop.asset, drop);
}

export function putStretch({ state }: Overlay, row: RowDocument): void {
	const line = row.l ?? "";
	const stretch = parsed<{ from: number; to: number }>(row);
	const known = state.forgotten.loaded.get(line) ?? [];
	if (known.some(({ from, to }) => from === stretch.from && to === stretch.to))
		return;
	const all = [...known, stretch];
	state.forgotten.loaded.set(line, all);
	Map.prototype.set.call(state.forgotten, line, all);
}

export function putClaim({ state }: Overlay, row: RowDocument): void {
	const claim = parsed<Claim>(row);
	const { claims, claimLocations } = state;
	if (claims.loaded.has(claim.location)) return;
	claims.load(claim.location, claim);
	const at = lowerBound(claimLocations, claim.location);
	claimLocations.splice(at, 0, claim.location);
}

/** The overlay as what the rules of the memory store work on. */
export function stateOf({ state }: Overlay): State {
	return state;
}
