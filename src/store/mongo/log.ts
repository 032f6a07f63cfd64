import type { RowCollection, RowDocument } from "./collections.ts";
import type { ProtocolEntry } from "./protocol.ts";

/** One idempotent write that follows from a log entry. */
export type Write =
	/** Ends the row with a key. */
	| { readonly do: "end"; readonly c: RowCollection; readonly k: string }
	/** Says of a line's entry which commit replaced it. */
	| {
			readonly do: "close";
			readonly k: string;
			readonly en: number;
			readonly et: number;
	  }
	/** Ends all that a line holds. */
	| { readonly do: "wipe"; readonly l: string }
	/** A new row; `i` is its place in the entry. */
	| {
			readonly do: "row";
			readonly c: RowCollection;
			readonly i: number;
			readonly row: Omit<RowDocument, "_id" | "f" | "t">;
	  };

export type Entry = ProtocolEntry<Write>;

/** An entry as it lies in the log. One that was trimmed has lost all but its number. */
export interface LogDocument {
	readonly _id: number;
	readonly writer?: string;
	readonly ends?: readonly Write[];
	readonly rows?: readonly Write[];
	/** How many documents of `part` hold the writes, where one is too small. */
	readonly parts?: number;
}

/** A part of an entry, put down before it. */
export interface PartDocument {
	/** The entry's writer and the part's number. */
	readonly _id: string;
	readonly ends: readonly Write[];
	readonly rows: readonly Write[];
	/** Everything that follows from it is there. */
	readonly isMade?: boolean;
	/** Of a first part: nobody may insert the entry any more. */
	readonly isSpoilt?: boolean;
}

export interface MetaDocument {
	readonly _id: string;
	readonly n: number;
	/** Of the watermark: see `turns.ts`. */
	readonly writers?: readonly string[];
}
