import type { LineId, TenantId } from "../../model/ids.ts";
import type { MovedContent, MovedRecord, RowOf } from "../moving.ts";
import type { EntryKey } from "../records.ts";
import { COLLECTIONS } from "./collections.ts";
import {
	COMMIT_COLUMNS,
	commitParams,
	ENTRY_COLUMNS,
	entryParams,
	spaceNumber,
} from "./contents.ts";
import { columnsOf } from "./parts.ts";
import type { SqlValue } from "./values.ts";

/** One row of a table. */
export interface TableRow {
	readonly table: string;
	readonly columns: readonly string[];
	/** One per column. */
	readonly values: readonly SqlValue[];
}

/** Rows that a load may write as they come; claims are checked first. */
export type PlainRow = MovedRecord | Exclude<MovedContent, { part: "claim" }>;

/** The number that stands for a line in the tables. */
export type LineNumbers = (tenant: TenantId, line: LineId) => number;

const KEY_COLUMNS = ["space", "parent", "name"] as const;
const COMMIT = ["line", ...COMMIT_COLUMNS];
const MERGE = ["line", "number", "position", "parent_line", "parent_number"];
const CURRENT = ["line", "number", ...KEY_COLUMNS, ...ENTRY_COLUMNS];
const SUPERSEDED = [
	...["line", "from_number", "to_number", "ended_at_micros"],
	...KEY_COLUMNS,
	...ENTRY_COLUMNS,
];
const FORGOTTEN = ["line", "from_number", "to_number"];
const DROPPED = ["line", "asset_id", "number", ...KEY_COLUMNS];

/** What a row that moves is in the tables that both stores have. @throws whatever `lines` throws */
export function tableRows(row: PlainRow, lines: LineNumbers): TableRow[] {
	switch (row.part) {
		case "commit": {
			const values = [lines(row.tenant, row.line), ...commitParams(row.commit)];
			return [{ table: "commits", columns: COMMIT, values }];
		}
		case "merge": {
			const { number, mergedParents } = row.merge;
			const line = lines(row.tenant, row.line);
			return mergedParents.map((parent, position) => ({
				table: "merges",
				columns: MERGE,
				values: [line, number, position, parent.line, parent.number],
			}));
		}
		case "row":
			return [lineRow(row, lines(row.tenant, row.line))];
		case "forgotten": {
			const values = [lines(row.tenant, row.line), row.from, row.to];
			return [{ table: "forgotten", columns: FORGOTTEN, values }];
		}
		case "dropped": {
			const { asset, number, key } = row.dropped;
			const line = lines(row.tenant, row.line);
			const values = [line, asset, number, ...keyParams(key)];
			return [{ table: "dropped", columns: DROPPED, values }];
		}
		default: {
			const { columns, params } = columnsOf<MovedRecord["part"]>(row.part);
			const { table } = COLLECTIONS[row.part];
			return [{ table, columns, values: params(row) }];
		}
	}
}

function lineRow(row: RowOf<"row">, line: number): TableRow {
	const { key, number, end, entry } = row;
	const value = [...keyParams(key), ...entryParams(entry)];
	if (end === null) {
		const values = [line, number, ...value];
		return { table: "entries", columns: CURRENT, values };
	}
	const values = [line, number, end.number, end.timeMicros, ...value];
	return { table: "superseded", columns: SUPERSEDED, values };
}

function keyParams({ space, parent, name }: EntryKey): SqlValue[] {
	return [spaceNumber(space), parent, name];
}
