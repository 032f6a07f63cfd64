import type { AdvanceResult } from "../applyInOrder.ts";
import type { Advance, EntryChange, Refusal, RequireHead } from "../changes.ts";
import { namespacePath, writtenKeys } from "../entryKeys.ts";
import { entryRefusal } from "../entryRefusal.ts";
import type { Entry, EntryKey, EntryRow, Line } from "../records.ts";
import { entriesAt, entryAt, lowerBound } from "./lines.ts";
import type { LineContent, State } from "./state.ts";
import { entryId, idOf } from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** Appends one commit to a line, or says what refused it. */
export function applyAdvance(
	state: State,
	tx: Transaction,
	change: Advance,
): AdvanceResult {
	const id = idOf(change.tenant, change.line);
	const record = state.lines.get(id);
	const content = state.contents.get(id);
	if (record === undefined || content === undefined)
		return { refused: "missing" };
	if (record.value.catalog !== change.catalog) return { refused: "missing" };
	if (!isOfBranch(state, change)) return { refused: "missing" };
	const line = record.value;
	const number = line.head + 1;
	const timeMicros = Math.max(change.nowMicros, line.headTimeMicros + 1);
	const view = {
		shows: (key: EntryKey) => shownUnder(state, line, key) !== undefined,
		showsContent: (key: EntryKey) => showsContent(state, line, key),
	};
	for (const [entry, entryChange] of change.entries.entries()) {
		const shown = shownUnder(state, line, entryChange.key);
		const refused = entryRefusal(view, entryChange, shown);
		if (refused !== undefined) return { refused, entry };
		if (entryChange.op === "require") continue;
		remember(tx, content, entryChange, shown, number);
		const value = entryChange.op === "drop" ? null : entryChange.entry;
		writeRow(tx, content, entryChange.key, {
			number,
			timeMicros,
			entry: value,
		});
	}
	tx.insert(content.commits, content.commits.length, {
		...change.commit,
		line: line.id,
		number,
		timeMicros,
		keys: writtenKeys(change.entries),
	});
	const { mergedParents } = change.commit;
	if (mergedParents.length > 0)
		tx.insert(content.merges, content.merges.length, { number, mergedParents });
	tx.set(state.lines, id, {
		value: { ...line, head: number, headTimeMicros: timeMicros },
		version: record.version,
	});
	return { applied: { line: line.id, number, timeMicros } };
}

/** See `RequireHead`. */
export function headRefusal(
	state: State,
	{ tenant, line, head }: RequireHead,
): Refusal | undefined {
	const row = state.lines.get(idOf(tenant, line));
	if (row === undefined) return "missing";
	return row.value.head === head ? undefined : "stale";
}

function isOfBranch(
	state: State,
	{ tenant, catalog, line, branch }: Advance,
): boolean {
	if (branch === undefined) return true;
	const ref = state.refs.get(idOf(tenant, catalog, branch))?.value;
	return ref?.kind === "branch" && ref.line === line;
}

function shownUnder(
	state: State,
	{ tenant, id }: Line,
	key: EntryKey,
): EntryRow | undefined {
	return entryAt(state, { tenant, line: id }, entryId(key));
}

/** Sentence L15. */
function remember(
	tx: Transaction,
	{ dropped }: LineContent,
	change: Exclude<EntryChange, { op: "require" }>,
	shown: EntryRow | undefined,
	number: number,
): void {
	const asset = shown?.entry.id;
	const written = change.op === "drop" ? undefined : change.entry.id;
	if (asset === written) return;
	if (asset !== undefined) {
		if (change.op === "drop" && change.isFinal === true)
			tx.delete(dropped, asset);
		else tx.set(dropped, asset, { asset, key: change.key, number });
	}
	if (written !== undefined) tx.delete(dropped, written);
}

function showsContent(state: State, line: Line, namespace: EntryKey): boolean {
	const path = namespacePath(namespace);
	const at = { tenant: line.tenant, line: line.id };
	return (["namespace", "object"] as const).some(
		(space) =>
			entriesAt(state, at, idOf(space, path, ""), undefined).next().done !==
			true,
	);
}

function writeRow(
	tx: Transaction,
	content: LineContent,
	key: EntryKey,
	row: { number: number; timeMicros: number; entry: Entry | null },
): void {
	const id = entryId(key);
	const history = content.histories.get(id);
	if (history === undefined) {
		tx.set(content.histories, id, { key, rows: [row] });
		tx.insert(content.keys, lowerBound(content.keys, id), id);
	} else if (history.rows.at(-1)?.number === row.number) {
		tx.replaceLast(history.rows, row);
	} else {
		tx.insert(history.rows, history.rows.length, row);
	}
}
