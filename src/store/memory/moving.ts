import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type {
	LoadResult,
	MovedContent,
	MovedLineRow,
	MovedRow,
	Part,
	RowOf,
	StoreMover,
} from "../moving.ts";
import { PARTS, requireOwned, tenantOf } from "../moving.ts";
import type { Collection, Line, RecordValue } from "../records.ts";
import { applyClaim } from "../rules/claims.ts";
import { endOf } from "../rules/history.ts";
import { lowerBound } from "../rules/lines.ts";
import type {
	History,
	LineContent,
	Rows,
	State,
	Stretch,
} from "../rules/state.ts";
import { catalogById, entryId, idOf, recordId } from "../rules/state.ts";
import { tableOf } from "../rules/tables.ts";
import type { Transaction } from "../rules/transaction.ts";
import { beginTransaction } from "../rules/transaction.ts";

/** Moves what a memory store holds, which shares its state. */
export function openMemoryMover(state: State): StoreMover {
	return {
		async *dump(tenant) {
			yield* allRows(state, tenant);
		},
		count: async (tenant) => allRows(state, tenant).length,
		async load(tenant, rows) {
			const all: MovedRow[] = [];
			for await (const row of rows) {
				requireOwned(tenant, row);
				all.push(row);
			}
			return loadAll(state, tenant, all);
		},
		async close() {},
	};
}

function allRows(state: State, tenant: TenantId | undefined): MovedRow[] {
	return PARTS.flatMap((part) => rowsOfPart(state, part)).filter(
		(row) => tenant === undefined || tenantOf(row) === tenant,
	);
}

function rowsOfPart(state: State, part: Part): MovedRow[] {
	switch (part) {
		case "commit":
		case "merge":
		case "row":
		case "forgotten":
		case "dropped":
			return linesById(state).flatMap((line) => contentOf(state, line, part));
		case "claim":
			return state.claimLocations.flatMap((location) => {
				const claim = state.claims.get(location);
				return claim === undefined ? [] : [{ part, claim }];
			});
		default:
			return byKey(recordRows(state, part)).map(
				// The part says which of the rows it is.
				([, row]) => ({ part, ...row }) as MovedRow,
			);
	}
}

function recordRows(state: State, collection: Collection): Rows<unknown> {
	return tableOf(state, beginTransaction(), collection).rows;
}

function byKey<Value>(rows: Map<string, Value>): [string, Value][] {
	return [...rows].sort(([a], [b]) => compareUtf8(a, b));
}

function linesById(state: State): Line[] {
	return byKey(state.lines).map(([, { value }]) => value);
}

function contentOf(
	state: State,
	{ tenant, id: line }: Line,
	part: Exclude<MovedContent["part"], "claim">,
): MovedRow[] {
	const id = idOf(tenant, line);
	const content = state.contents.get(id);
	const owner = { tenant, line };
	switch (part) {
		case "commit":
			return (content?.commits ?? []).map((commit) => ({
				...{ part, ...owner, commit },
			}));
		case "merge":
			return (content?.merges ?? []).map((merge) => ({
				...{ part, ...owner, merge },
			}));
		case "row":
			return byKey(content?.histories ?? NONE).flatMap(([, history]) =>
				rowsUnderKey(history).map((row) => ({ ...owner, ...row })),
			);
		case "forgotten":
			return joined(state.forgotten.get(id) ?? []).map((stretch) => ({
				...{ part, ...owner, ...stretch },
			}));
		case "dropped":
			return byKey(content?.dropped ?? NONE).map(([, dropped]) => ({
				...{ part, ...owner, dropped },
			}));
	}
}

const NONE = new Map<string, never>();

function rowsUnderKey({ key, rows }: History): MovedLineRow[] {
	return rows.map(({ number, entry }, i) => {
		const ended = endOf(rows, i);
		const end = ended
			? { number: ended.number, timeMicros: ended.timeMicros }
			: null;
		return { part: "row", key, number, entry, end };
	});
}

/** Stretches that touch become one; by their first number. */
function joined(stretches: readonly Stretch[]): Stretch[] {
	const result: Stretch[] = [];
	for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
		const last = result.at(-1);
		if (last === undefined || from > last.to) result.push({ from, to });
		else result.splice(-1, 1, { from: last.from, to: Math.max(last.to, to) });
	}
	return result;
}

function loadAll(
	state: State,
	tenant: TenantId | undefined,
	rows: readonly MovedRow[],
): LoadResult {
	const [inTheWay] = allRows(state, tenant);
	if (inTheWay !== undefined)
		return { outcome: "refused", reason: "exists", part: inTheWay.part };
	const tx = beginTransaction();
	try {
		for (const row of rows) {
			if (loadRow(state, tx, row) === undefined) continue;
			tx.rollBack();
			const location = row.part === "claim" ? row.claim.location : "";
			return { outcome: "refused", reason: "exists", part: row.part, location };
		}
		requireLines(state);
	} catch (error) {
		tx.rollBack();
		throw error;
	}
	return { outcome: "loaded", rows: rows.length };
}

function loadRow(
	state: State,
	tx: Transaction,
	row: MovedRow,
): "exists" | "missing" | "stale" | "notEmpty" | undefined {
	switch (row.part) {
		case "claim":
			return applyClaim(state, tx, { op: "claim", claim: row.claim });
		case "commit":
		case "merge":
		case "row":
		case "forgotten":
		case "dropped":
			loadContent(state, tx, row);
			return undefined;
		default:
			loadRecord(state, tx, row.part, row.value as never, row.version);
			return undefined;
	}
}

function loadRecord<C extends Collection>(
	state: State,
	tx: Transaction,
	collection: C,
	value: RecordValue<C>,
	version: number,
): void {
	const table = tableOf(state, tx, collection);
	const needs = NEEDS_LATER.has(collection) ? undefined : table.needs;
	if (needs?.(value) !== undefined) throw missing(collection);
	tx.set(table.rows, recordId(collection, value), { value, version });
	table.inserted?.(value);
}

/** Parents come in any order, and what is going may have forks and tags at numbers that it keeps no longer. */
const NEEDS_LATER: ReadonlySet<Collection> = new Set(["line", "ref"]);

function missing(part: Part): PangolinError {
	return new PangolinError("bad-request", `a ${part} names what is missing`);
}

function requireLines(state: State): void {
	for (const { value } of state.lines.values()) {
		const { tenant, catalog, parent } = value;
		const isWhole =
			catalogById(state, tenant, catalog) !== undefined &&
			(parent === null || state.lines.has(idOf(tenant, parent.line)));
		if (!isWhole) throw missing("line");
	}
	for (const { value } of state.refs.values())
		if (!state.lines.has(idOf(value.tenant, value.line))) throw missing("ref");
}

function loadContent(
	state: State,
	tx: Transaction,
	row: Exclude<MovedContent, { part: "claim" }>,
): void {
	const id = idOf(row.tenant, row.line);
	const content = state.contents.get(id);
	if (content === undefined) throw missing(row.part);
	switch (row.part) {
		case "commit":
			tx.insert(content.commits, content.commits.length, row.commit);
			return;
		case "merge":
			tx.insert(content.merges, content.merges.length, row.merge);
			return;
		case "row":
			loadLineRow(tx, content, row);
			return;
		case "forgotten": {
			const before = state.forgotten.get(id) ?? [];
			tx.set(state.forgotten, id, [...before, { from: row.from, to: row.to }]);
			return;
		}
		case "dropped":
			tx.set(content.dropped, row.dropped.asset, row.dropped);
	}
}

/** Rows of a key come by number, so that each goes to the end. */
function loadLineRow(
	tx: Transaction,
	{ histories, keys, commits }: LineContent,
	{ key, number, entry, end }: RowOf<"row">,
): void {
	const id = entryId(key);
	const timeMicros = commits[number - 1]?.timeMicros ?? 0;
	const row = { number, timeMicros, entry, ...(end ? { ended: end } : {}) };
	const history = histories.get(id);
	if (history !== undefined) {
		tx.insert(history.rows, history.rows.length, row);
		return;
	}
	tx.set(histories, id, { key, rows: [row] });
	tx.insert(keys, lowerBound(keys, id), id);
}
