import type { Collection as RecordCollection } from "../records.ts";

/** The collections of derived rows. */
export type RowCollection =
	| RecordCollection
	| "claim"
	| "entry"
	| "commit"
	| "merge"
	| "drop"
	| "stretch";

/**
 * A derived row. `_id` names the log entry and the place in it, so that a row
 * is the same whoever derives it. It shows from `f` to before `t`.
 */
export interface RowDocument extends IndexFields {
	readonly _id: string;
	/** The row's key, joined; the key of a line's row ends with its number. */
	readonly k: string;
	/** The log number that made it. */
	readonly f: number;
	/** The log number that ended it, else Infinity. */
	readonly t: number;
	/** The value as JSON text. */
	readonly v: string;
	/** The version of a record. */
	readonly n?: number;
	/** Of a line's entry: the number and the time of the commit that replaced it. */
	readonly en?: number | null;
	readonly et?: number | null;
	/** Of a line's entry: its number, which ends its key. */
	readonly num?: number;
}

/** What is looked for beside the key. All ids begin with the tenant, joined. */
export interface IndexFields {
	/** The id of a warehouse or catalog; of a commit, with its catalog. */
	readonly i?: string;
	/** The warehouse of a catalog. */
	readonly w?: string;
	/** The line of a ref, an entry, a commit, a merge, a drop, a stretch. */
	readonly l?: string;
	/** The catalog of a line, a claim, garbage, a merge operation. */
	readonly c?: string;
	/** The line's parent. */
	readonly p?: string;
	/** The operation of a conflict. */
	readonly o?: string;
	/** When it is due or expires; the time of a commit; the first number of a stretch. */
	readonly x?: number;
	/** When a job is due, its lease counted; the number after a stretch. */
	readonly d?: number;
	/** The asset of a claim or an entry. */
	readonly a?: string;
	/** The metadata file of an entry. */
	readonly m?: string;
	/** The lines that a merge took in. */
	readonly s?: readonly string[];
	/** Of a drop: number and asset, joined. */
	readonly r?: string;
}

/** Beside the keys' own: what each collection is looked up and paged by. */
export const INDEXES: Readonly<
	Record<RowCollection, readonly (readonly (keyof RowDocument)[])[]>
> = {
	tenant: [],
	warehouse: [["i"]],
	catalog: [["i"], ["w"]],
	ref: [["l"]],
	line: [["c", "k"], ["p"]],
	idempotency: [["x", "k"]],
	job: [["x", "k"], ["d"]],
	garbage: [["c", "k"]],
	report: [],
	mergeOperation: [["c", "k"]],
	mergeConflict: [["o", "k"]],
	claim: [["c"], ["a", "k"]],
	entry: [["a", "m"], ["m"], ["l", "et", "k"]],
	commit: [["i"], ["l", "x"]],
	merge: [["s"]],
	drop: [["l", "r"]],
	stretch: [["l", "d"]],
};

export const ROW_COLLECTIONS = Object.keys(INDEXES) as RowCollection[];

/** Of rows that show as of a number of the log. */
export function visibleAt(at: number) {
	return { f: { $lte: at }, t: { $gt: at } };
}

/** The rows that go with a line. */
export const OF_LINES = [
	"entry",
	"commit",
	"merge",
	"drop",
	"stretch",
] as const;

/** Numbers in keys, so that they sort as text. */
export function numberText(number: number): string {
	return String(number).padStart(16, "0");
}

/** The least text that comes after all texts that begin with these parts. */
export function endOfPrefix(...parts: readonly string[]): string {
	return `${parts.join("\u0000")}\u0001`;
}
