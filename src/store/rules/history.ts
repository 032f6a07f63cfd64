import { compareUtf8 } from "../../model/names.ts";
import type { HistoryChange, Refusal } from "../changes.ts";
import type { ExpiredRow, HistoryReader } from "../contract.ts";
import type { Line, RowName } from "../records.ts";
import { leaveGarbage, removeContent } from "./garbage.ts";
import { passOn } from "./passing.ts";
import { pinnedNumbers } from "./pins.ts";
import { rowsBelow } from "./records.ts";
import type { End, LineContent, State, StoredRow } from "./state.ts";
import { entryId, idOf, keepsNumber, lineOf, linesOfCatalog } from "./state.ts";
import { isLineInUse } from "./tables.ts";
import type { Transaction } from "./transaction.ts";

export function historyReader(state: State): HistoryReader {
	return {
		lines: async (tenant, catalog, { after, limit }) =>
			linesOfCatalog(state, tenant, catalog)
				.map(({ id }) => id)
				.filter((id) => after === undefined || compareUtf8(id, after) > 0)
				.sort(compareUtf8)
				.slice(0, limit),
		expired: async (tenant, id, { fromMicros, toMicros }, limit) => {
			const line = lineOf(state, tenant, id);
			if (line === undefined) return [];
			return expiredRows(state, line, toMicros)
				.filter(({ endedAtMicros }) => endedAtMicros >= fromMicros)
				.slice(0, limit);
		},
		async isKept(tenant, id, number) {
			const line = lineOf(state, tenant, id);
			return line !== undefined && keepsNumber(state, line, number);
		},
		garbage: async (tenant, catalog, { after, limit }) => {
			const start = after && idOf(tenant, after.asset, after.metadataLocation);
			return rowsBelow(state.garbage, tenant)
				.filter(([id]) => start === undefined || compareUtf8(id, start) > 0)
				.sort(([a], [b]) => compareUtf8(a, b))
				.map(([, value]) => value)
				.filter((value) => value.catalog === catalog)
				.slice(0, limit);
		},
		metadataOf: async (tenant, asset, { after, limit }) => {
			const found = new Set<string>();
			for (const [id, { histories }] of state.contents) {
				if (state.lines.get(id)?.value.tenant !== tenant) continue;
				for (const { rows } of histories.values())
					for (const { entry } of rows)
						if (
							entry?.id === asset &&
							(entry.kind === "table" || entry.kind === "view")
						)
							found.add(entry.metadataLocation);
			}
			return [...found]
				.filter((file) => after === undefined || compareUtf8(file, after) > 0)
				.sort(compareUtf8)
				.slice(0, limit);
		},
	};
}

/** When a row was replaced; undefined for the current one. */
export function endOf(rows: readonly StoredRow[], i: number): End | undefined {
	return rows[i]?.ended ?? rows[i + 1];
}

/** The superseded rows that no pin shows, the first to end first. */
export function expiredRows(
	state: State,
	line: Line,
	toMicros: number,
): ExpiredRow[] {
	const pinned = pinnedNumbers(state, line, toMicros);
	const content = state.contents.get(idOf(line.tenant, line.id));
	const found: (ExpiredRow & { id: string })[] = [];
	for (const [id, { key, rows }] of content?.histories ?? [])
		rows.forEach(({ number }, i) => {
			const end = endOf(rows, i);
			if (end === undefined || end.timeMicros > toMicros) return;
			if (pinned.some((pin) => number <= pin && pin < end.number)) return;
			found.push({ id, key, number, endedAtMicros: end.timeMicros });
		});
	return found
		.sort(
			(a, b) =>
				a.endedAtMicros - b.endedAtMicros ||
				compareUtf8(a.id, b.id) ||
				a.number - b.number,
		)
		.map(({ id: _, ...row }) => row);
}

export function applyHistory(
	state: State,
	tx: Transaction,
	change: HistoryChange,
): Refusal | undefined {
	const line = lineOf(state, change.tenant, change.line);
	if (line === undefined) return "missing";
	switch (change.op) {
		case "forget": {
			const expired = expiredRows(state, line, change.toMicros);
			const names = new Set(expired.map(nameOf));
			for (const row of change.rows)
				if (names.has(nameOf(row))) forget(state, tx, line, row);
			return undefined;
		}
		case "forgetLine":
			return forgetLine(state, tx, line, change.limit);
	}
}

function nameOf({ key, number }: RowName): string {
	return idOf(entryId(key), String(number));
}

function forget(
	state: State,
	tx: Transaction,
	line: Line,
	{ key, number }: RowName,
): void {
	const content = state.contents.get(idOf(line.tenant, line.id));
	const rows = content?.histories.get(entryId(key))?.rows ?? [];
	const i = rows.findIndex((row) => row.number === number);
	const row = rows[i];
	const end = endOf(rows, i);
	if (row === undefined || end === undefined) return;
	leaveGarbage(state, tx, line, row);
	const drop = content?.dropped.get(row.entry?.id ?? "");
	if (content !== undefined && drop?.number === end.number)
		tx.delete(content.dropped, drop.asset);
	const before = rows[i - 1];
	if (before !== undefined && before.ended === undefined) {
		const { timeMicros } = row;
		tx.remove(rows, i - 1);
		tx.insert(rows, i - 1, { ...before, ended: { number, timeMicros } });
	}
	tx.remove(rows, i);
	markForgotten(state, tx, line, number, end.number);
}

function markForgotten(
	state: State,
	tx: Transaction,
	{ tenant, id }: Line,
	from: number,
	to: number,
): void {
	const key = idOf(tenant, id);
	const before = state.forgotten.get(key) ?? [];
	tx.set(state.forgotten, key, [...before, { from, to }]);
}

function forgetLine(
	state: State,
	tx: Transaction,
	line: Line,
	limit: number,
): Refusal | undefined {
	if (isLineInUse(state, line)) return "notEmpty";
	passOn(state, tx, line);
	markForgotten(state, tx, line, 0, line.head + 1);
	const id = idOf(line.tenant, line.id);
	const content = state.contents.get(id);
	if (content !== undefined && sizeOf(content) >= limit) {
		removeFirst(state, tx, line, content, limit);
		return undefined;
	}
	removeContent(state, tx, line);
	tx.delete(state.lines, id);
	return undefined;
}

/** How many rows and commits a line has. */
function sizeOf({ histories, commits }: LineContent): number {
	let count = commits.length;
	for (const { rows } of histories.values()) count += rows.length;
	return count;
}

function removeFirst(
	state: State,
	tx: Transaction,
	line: Line,
	{ histories, keys, commits }: LineContent,
	limit: number,
): void {
	let left = limit;
	for (const [id, { rows }] of [...histories]) {
		for (; left > 0 && rows[0] !== undefined; left--) {
			leaveGarbage(state, tx, line, rows[0]);
			tx.remove(rows, 0);
		}
		if (rows.length > 0) return;
		tx.remove(keys, keys.indexOf(id));
		tx.delete(histories, id);
	}
	for (; left > 0 && commits.length > 0; left--) tx.remove(commits, 0);
}
