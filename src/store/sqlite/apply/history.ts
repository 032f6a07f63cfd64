import type { LineId, TenantId } from "../../../model/ids.ts";
import type { HistoryChange, Refusal } from "../../changes.ts";
import type { RowName } from "../../records.ts";
import { spaceNumber } from "../../sql/contents.ts";
import { isPinned } from "../../sql/pins.ts";
import type { SqlValue } from "../../sql/values.ts";
import { numberAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import { TABLES } from "../tables.ts";
import { leaveGarbage } from "./garbage.ts";
import { passOn } from "./merges.ts";
import { LINE_RULES } from "./rules.ts";

const LINE = "SELECT seq, head FROM lines WHERE tenant_id = ? AND id = ?";
const ROW = "line = ? AND space = ? AND parent = ? AND name = ?";
const FORGETTABLE = `SELECT s.to_number, s.asset_id FROM superseded s JOIN lines l ON l.seq = s.line
	WHERE s.line = ?1 AND s.space = ?2 AND s.parent = ?3 AND s.name = ?4 AND s.from_number = ?5
	AND s.ended_at_micros <= ?6 AND NOT ${isPinned("?6")}`;
const DELETE_ROW = `DELETE FROM superseded WHERE ${ROW} AND from_number = ?`;
const ROW_GARBAGE = `${leaveGarbage("superseded")}
	AND r.space = ? AND r.parent = ? AND r.name = ? AND r.from_number = ? ON CONFLICT DO NOTHING`;
/** A drop whose asset cannot come back any more. */
const DELETE_DROP =
	"DELETE FROM dropped WHERE line = ? AND asset_id = ? AND number = ?";
const TOUCHING = `SELECT min(from_number), max(to_number) FROM forgotten
	WHERE line = ? AND to_number >= ? AND from_number <= ?`;

export function applyHistory(
	db: Database,
	change: HistoryChange,
): Refusal | undefined {
	const { tenant, line } = change;
	const found = readLine(db, tenant, line);
	if (found === undefined) return "missing";
	switch (change.op) {
		case "forget":
			forget(db, found, change.rows, change.toMicros);
			return undefined;
		case "forgetLine":
			return forgetLine(db, tenant, line, found, change.limit);
	}
}

interface LineRow {
	readonly seq: number;
	readonly head: number;
}

function readLine(
	db: Database,
	tenant: TenantId,
	line: LineId,
): LineRow | undefined {
	const row = db.prepare(LINE).get(tenant, line);
	return row && { seq: numberAt(row, 0), head: numberAt(row, 1) };
}

function forget(
	db: Database,
	{ seq }: LineRow,
	rows: readonly RowName[],
	toMicros: number,
): void {
	const gone = rows.flatMap((row) => forgetRow(db, seq, row, toMicros) ?? []);
	for (const { from, to } of joined(gone)) markForgotten(db, seq, from, to);
}

/** Numbers from `from` up to before `to`. */
interface Stretch {
	readonly from: number;
	readonly to: number;
}

/** Those that touch become one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
	const result: Stretch[] = [];
	for (const next of stretches.toSorted((a, b) => a.from - b.from)) {
		const last = result.at(-1);
		if (last === undefined || next.from > last.to) result.push(next);
		else
			result.splice(-1, 1, {
				from: last.from,
				to: Math.max(last.to, next.to),
			});
	}
	return result;
}

/** @returns where the row showed; undefined when it stays */
function forgetRow(
	db: Database,
	seq: number,
	{ key, number }: RowName,
	toMicros: number,
): Stretch | undefined {
	const { space, parent, name } = key;
	const row = [seq, spaceNumber(space), parent, name, number] as const;
	const found = db.prepare(FORGETTABLE).get(...row, toMicros);
	if (found === undefined) return undefined;
	db.prepare(ROW_GARBAGE).run(...row);
	db.prepare(DELETE_ROW).run(...row);
	db.prepare(DELETE_DROP).run(seq, found[1] ?? null, found[0] ?? null);
	return { from: number, to: numberAt(found, 0) };
}

/** Adds the numbers from `from` up to before `to` to what a line has forgotten. */
function markForgotten(
	db: Database,
	seq: number,
	from: number,
	to: number,
): void {
	const touching = db.prepare(TOUCHING).get(seq, from, to) ?? [];
	const isApart = touching[0] === null;
	const first = isApart ? from : Math.min(from, numberAt(touching, 0));
	const end = isApart ? to : Math.max(to, numberAt(touching, 1));
	db.prepare(
		"DELETE FROM forgotten WHERE line = ? AND from_number >= ? AND to_number <= ?",
	).run(seq, first, end);
	db.prepare("INSERT INTO forgotten VALUES (?, ?, ?)").run(seq, first, end);
}

function forgetLine(
	db: Database,
	tenant: TenantId,
	line: LineId,
	{ seq, head }: LineRow,
	limit: number,
): Refusal | undefined {
	const value = TABLES.line.read(
		db.prepare(TABLES.line.select).get(tenant, line) ?? [],
		0,
	);
	if (LINE_RULES.isInUse?.(db, value)) return "notEmpty";
	passOn(db, value, seq);
	markForgotten(db, seq, 0, head + 1);
	db.prepare("DELETE FROM dropped WHERE line = ?").run(seq);
	let left = limit;
	for (const part of PARTS) left -= removeFirst(db, part, seq, left);
	if (left === 0) return undefined;
	db.prepare("DELETE FROM forgotten WHERE line = ?").run(seq);
	db.prepare(TABLES.line.delete).run(tenant, line);
	return undefined;
}

/** The tables of a line's content, with what sorts behind every row of it. */
const PARTS = [
	{ table: "entries", key: "space, parent, name", end: [2, "", ""] },
	{
		table: "superseded",
		key: "space, parent, name, from_number",
		end: [2, "", "", 0],
	},
	{ table: "commits", key: "number", end: [Number.MAX_SAFE_INTEGER] },
] as const;

/** Removes the first rows of one table of a line's content. @returns how many, at most `limit` */
function removeFirst(
	db: Database,
	{ table, key, end }: (typeof PARTS)[number],
	seq: number,
	limit: number,
): number {
	if (limit === 0) return 0;
	const place = `(${key}) < (${end.map(() => "?").join(", ")})`;
	const next = db
		.prepare(
			`SELECT ${key} FROM ${table} WHERE line = ? ORDER BY ${key} LIMIT 1 OFFSET ?`,
		)
		.get(seq, limit);
	const params: SqlValue[] = [seq, ...(next ?? end)];
	if (table !== "commits")
		db.prepare(
			`${leaveGarbage(table)} AND ${place} ON CONFLICT DO NOTHING`,
		).run(...params);
	return db
		.prepare(`DELETE FROM ${table} WHERE line = ? AND ${place}`)
		.run(...params);
}
