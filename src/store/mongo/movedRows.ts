import { brandId } from "../../model/ids.ts";
import type { PathKey } from "../../model/names.ts";
import type { MovedContent, MovedRecord, MovedRow, Part } from "../moving.ts";
import type {
	Claim,
	Commit,
	DroppedAsset,
	Entry,
	EntryKey,
	Line,
	Merge,
} from "../records.ts";
import { entryId, idOf, recordId } from "../rules/state.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import type { NewRow } from "./documents.ts";
import {
	commitRow,
	dropRow,
	entryRow,
	entryRowKey,
	mergeRow,
	recordRow,
	stretchRow,
} from "./documents.ts";
import { parsed, versioned } from "./queries.ts";

/** Rows as they move (see ../moving.ts) out of derived rows, and into them. */

/** The collection of a part's rows. Both are in the same order, that of the keys. */
export function collectionOf(part: Part): RowCollection {
	switch (part) {
		case "row":
			return "entry";
		case "forgotten":
			return "stretch";
		case "dropped":
			return "drop";
		default:
			return part;
	}
}

export function recordToRow({ part, value, version }: MovedRecord): NewRow {
	// The part says what its value is, which the types cannot follow here.
	const record = { value, version } as { value: never; version: number };
	return recordRow(part, recordId(part, value), record);
}

/**
 * @param line the record of the line that the row is of
 * @param timeMicros of the commit that made a row of a line
 */
export function contentToRow(
	row: Exclude<MovedContent, { part: "claim" }>,
	line: Pick<Line, "tenant" | "catalog">,
	timeMicros: number,
): NewRow {
	const of = idOf(row.tenant, row.line);
	switch (row.part) {
		case "commit":
			return commitRow(line, of, row.commit);
		case "merge":
			return mergeRow(line, of, row.merge);
		case "row": {
			const { key, number, entry, end } = row;
			const k = entryRowKey(of, entryId(key), number);
			const stored = entryRow(of, k, { number, timeMicros, entry });
			return end === null
				? stored
				: { ...stored, en: end.number, et: end.timeMicros };
		}
		case "forgotten":
			return stretchRow(of, row);
		case "dropped":
			return dropRow(of, row.dropped);
	}
}

/** @param headOf the head of a line (tenant and id, joined) at the number that is read at */
export function toMoved(
	part: Exclude<Part, "line" | "forgotten">,
	row: RowDocument,
	headOf: (line: string) => number,
): MovedRow {
	switch (part) {
		case "commit":
			return { part, ...ownerOf(row.k), commit: parsed<Commit>(row) };
		case "merge":
			return { part, ...ownerOf(row.k), merge: parsed<Merge>(row) };
		case "row":
			return lineRow(row, headOf);
		case "dropped":
			return { part, ...ownerOf(row.k), dropped: parsed<DroppedAsset>(row) };
		case "claim":
			return { part, claim: parsed<Claim>(row) };
		default:
			// The part says which of the records it is.
			return { part, ...versioned(row) } as MovedRow;
	}
}

/** Whose a row is, by its key. */
export function ownerOf(k: string) {
	const [tenant = "", line = ""] = k.split("\u0000");
	return { tenant: brandId<never>(tenant), line: brandId<never>(line) };
}

function lineRow(row: RowDocument, headOf: (line: string) => number): MovedRow {
	const { k, l = "", num: number = 0, en, et } = row;
	const [, , space, parent, name = ""] = k.split("\u0000");
	const { entry } = parsed<{ entry: Entry | null }>(row);
	const isEnded =
		typeof en === "number" && typeof et === "number" && en <= headOf(l);
	return {
		part: "row",
		...ownerOf(row.k),
		key: {
			space: space as EntryKey["space"],
			parent: parent as PathKey,
			name,
		},
		number,
		entry,
		end: isEnded ? { number: en, timeMicros: et } : null,
	};
}
