import type { LineId, TenantId } from "../../model/ids.ts";
import type { Advance, ApplyResult, ChangeSet } from "../changes.ts";
import type { Located } from "../contract.ts";
import { estimatedBytes } from "../estimate.ts";
import type { EntryKey, EntryRow } from "../records.ts";
import type { Level } from "./lines.ts";

/** Forgets everything rather than growing beyond this. */
const MAX_ROWS = 10_000;
/** Of pages of names, estimated: clients may ask for lists of any namespaces, after any names, that are not there. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Small rows that every request needs, kept because this process is the only
 * one that writes to the file. While a change set that may alter a row is
 * under way, the row is neither kept nor taken from here, so a read never sees
 * less than the one before it.
 */
export interface ReadCache {
	/** Whether a change set is under way that may alter what `located` and `chain` keep: several rows are then not of one moment. */
	isChanging(): boolean;
	located(key: string, read: () => Located | undefined): Located | undefined;
	/** Chains are kept when they are not empty. */
	chain(
		tenant: TenantId,
		line: LineId,
		read: () => readonly Level[],
	): readonly Level[];
	/** Names that a line shows at its head. */
	readonly names: ReadNames;
	/** Names that a line shows at a number that it has reached; the number is part of `page`. */
	readonly fixedNames: ReadNames;
	/** What a line shows at its head under a key; nothing is not kept. */
	entry(
		tenant: TenantId,
		line: LineId,
		key: EntryKey,
		read: () => EntryRow | undefined,
	): EntryRow | undefined;
	/**
	 * Call before a change set is applied; call the result once it is settled,
	 * with what became of it where that is known.
	 */
	begin(changes: ChangeSet): (result?: ApplyResult) => void;
}

/** A page of a line's names, from the cache or read; the caller may keep the list. */
type ReadNames = (
	tenant: TenantId,
	line: LineId,
	page: string,
	read: () => string[],
) => string[];

export function createReadCache(): ReadCache {
	const locatedRows = new Map<string, Located>();
	const chains = new Map<string, readonly Level[]>();
	const pages = createNamePages();
	const fixedPages = createNamePages();
	const entries = new Map<string, EntryRow>();
	const busyLines = new Map<string, number>();
	const busyEntries = new Map<string, number>();
	let busyRecords = 0;

	function forgetRecords(): void {
		locatedRows.clear();
		chains.clear();
		entries.clear();
		pages.clear();
		fixedPages.clear();
	}

	return {
		isChanging: () => busyRecords > 0,
		located: (key, read) =>
			busyRecords > 0 ? read() : remember(locatedRows, key, read),
		chain: (tenant, line, read) =>
			busyRecords > 0
				? read()
				: (remember(chains, lineKey(tenant, line), () => {
						const levels = read();
						return levels.length === 0 ? undefined : levels;
					}) ?? []),
		names: keptNames(pages, (line) => busyRecords > 0 || busyLines.has(line)),
		fixedNames: keptNames(fixedPages, () => busyRecords > 0),
		entry(tenant, line, key, read) {
			const place = entryPlace(lineKey(tenant, line), key);
			if (busyRecords > 0 || busyEntries.has(place)) return read();
			return remember(entries, place, read);
		},
		begin(changes) {
			const advances = changes.filter((change) => change.op === "advance");
			const lines = advances.map((a) => lineKey(a.tenant, a.line));
			const touched = advances.flatMap(placesOf);
			const records = changes.some(altersRecords) ? 1 : 0;
			const forget = () => {
				for (const line of lines) pages.forget(line);
				for (const place of touched) entries.delete(place);
				if (records > 0) forgetRecords();
			};
			for (const line of lines) count(busyLines, line, 1);
			for (const place of touched) count(busyEntries, place, 1);
			busyRecords += records;
			forget();
			return (result) => {
				for (const line of lines) count(busyLines, line, -1);
				for (const place of touched) count(busyEntries, place, -1);
				busyRecords -= records;
				forget();
				if (result?.outcome !== "applied") return;
				// While another change set is under way nobody sees these; it forgets them.
				for (const [place, row] of writtenRows(advances, result))
					keep(entries, place, row);
			};
		},
	};
}

/** Pages of names by line, bounded by what they take together. */
function createNamePages() {
	const pages = new Map<string, Map<string, string[]>>();
	let bytes = 0;
	const clear = () => {
		pages.clear();
		bytes = 0;
	};
	return {
		clear,
		get: (line: string, page: string) => pages.get(line)?.get(page),
		forget: (line: string) => pages.delete(line),
		keep(line: string, page: string, names: string[]): void {
			const more = estimatedBytes([page]) + estimatedBytes(names);
			if (bytes + more > MAX_BYTES) clear();
			const ofLine = pages.get(line) ?? new Map<string, string[]>();
			pages.set(line, ofLine.set(page, names));
			bytes += more;
		},
	};
}

/** @param isBusy whether a line's names may be changing now */
function keptNames(
	pages: ReturnType<typeof createNamePages>,
	isBusy: (line: string) => boolean,
): ReadNames {
	return (tenant, line, page, read) => {
		const key = lineKey(tenant, line);
		if (isBusy(key)) return read();
		const known = pages.get(key, page);
		if (known !== undefined) return known.slice();
		const names = read();
		pages.keep(key, page, names);
		return names.slice();
	};
}

/** Whether a change may alter what `located` and `chain` keep. */
function altersRecords(change: ChangeSet[number]): boolean {
	if (change.op === "forgetLine") return true;
	if (!("collection" in change) || change.op === "check") return false;
	const { collection } = change;
	return (
		collection === "warehouse" ||
		collection === "catalog" ||
		collection === "ref" ||
		collection === "line"
	);
}

function remember<Value>(
	rows: Map<string, Value>,
	key: string,
	read: () => Value | undefined,
): Value | undefined {
	const known = rows.get(key);
	if (known !== undefined) return known;
	const value = read();
	if (value !== undefined) keep(rows, key, value);
	return value;
}

function keep<Value>(rows: Map<string, Value>, key: string, value: Value) {
	if (rows.size >= MAX_ROWS) rows.clear();
	rows.set(key, value);
}

function placesOf({ tenant, line, entries }: Advance): string[] {
	const key = lineKey(tenant, line);
	return entries.map((entry) => entryPlace(key, entry.key));
}

/** What applied commits wrote: whoever commits to a table is the first to ask for it again. */
function writtenRows(
	advances: readonly Advance[],
	{ commits }: Extract<ApplyResult, { outcome: "applied" }>,
): Map<string, EntryRow> {
	const rows = new Map<string, EntryRow>();
	for (const [i, advance] of advances.entries()) {
		const commit = commits[i];
		if (commit === undefined) continue;
		const { line, number } = commit;
		const places = placesOf(advance);
		for (const [k, change] of advance.entries.entries()) {
			const place = places[k] ?? "";
			if (change.op === "drop") rows.delete(place);
			if (change.op === "drop" || change.op === "require") continue;
			const { key, entry } = change;
			rows.set(place, { key, entry, version: { line, number } });
		}
	}
	return rows;
}

function lineKey(tenant: TenantId, line: LineId): string {
	return `${tenant}\u0000${line}`;
}

/** U+0000 occurs in no key. */
function entryPlace(line: string, { space, parent, name }: EntryKey): string {
	return `${line}\u0000${space}\u0000${parent}\u0000${name}`;
}

function count(counts: Map<string, number>, key: string, by: 1 | -1): void {
	const next = (counts.get(key) ?? 0) + by;
	if (next === 0) counts.delete(key);
	else counts.set(key, next);
}
