import assert from "node:assert/strict";
import type { MovedRow, Part, RowOf } from "../moving.ts";

/** What a damage does: to the first row of a part that fits, or to all rows. */
export type Damage = (rows: MovedRow[]) => MovedRow[];

export function changed<P extends Part>(
	part: P,
	fits: (row: RowOf<P>) => boolean,
	change: (row: RowOf<P>) => readonly MovedRow[],
): Damage {
	return (rows) => {
		const isIt = (row: MovedRow): row is RowOf<P> =>
			row.part === part && fits(row as RowOf<P>);
		const i = rows.findIndex(isIt);
		const row = rows[i];
		assert.ok(row !== undefined && isIt(row), `there is such a ${part}`);
		return rows.toSpliced(i, 1, ...change(row));
	};
}

type RecordPart = "line" | "ref" | "job" | "mergeOperation" | "mergeConflict";

/** Another value of a record. */
export function set<P extends RecordPart>(
	part: P,
	fields: Partial<RowOf<RecordPart & P>["value"]>,
	fits: (row: RowOf<P>) => boolean = () => true,
): Damage {
	return changed<RecordPart>(
		part,
		(row) => fits(row as RowOf<P>),
		(row) => [{ ...row, value: { ...row.value, ...fields } } as MovedRow],
	);
}

export const lost = <P extends Part>(
	part: P,
	fits: (row: RowOf<P>) => boolean = () => true,
): Damage => changed(part, fits, () => []);
