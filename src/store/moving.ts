import { PangolinError } from "../model/errors.ts";
import type { LineId, TenantId } from "../model/ids.ts";
import type {
	Claim,
	Collection,
	Commit,
	DroppedAsset,
	Entry,
	EntryKey,
	Merge,
	RecordValue,
} from "./records.ts";

/**
 * What moves from one store into another: all that it holds, as rows in which
 * no store's own shape shows.
 *
 * Every sentence has a number; store/conformance/moving.ts has a case for it.
 *
 *  M1  `dump` gives every row once, part by part in the order of PARTS and within a part by key (the UTF-8 bytes), all as of the moment at which the first one is asked for, whatever is written meanwhile. Of one tenant it gives that tenant's rows.
 *  M2  After `load` of what `dump` gave, every read answers as it did where that came from, and `dump` gives the same rows.
 *  M3  `load` changes nothing and resolves to `refused` when a row stands in its way: for a whole store any row, for one tenant any row of it or a claim that overlaps one of the loaded claims.
 *  M4  Nobody sees anything of a load before all of it is there and durable; one whose rows fail, or whose process dies, leaves nothing.
 *  M5  `load` throws `bad-request` for rows of another tenant than the one named, and for rows that name what is missing.
 */
export interface StoreMover {
	/** `tenant` undefined: the whole store. Rows are read as they are asked for. */
	dump(tenant: TenantId | undefined): AsyncGenerator<MovedRow, void, void>;
	/** About how many rows `dump` gives, to show progress by. */
	count(tenant: TenantId | undefined): Promise<number>;
	/**
	 * Takes rows in the order of `dump`, as one: all of them, or nothing. Nobody
	 * may write to a store in one file meanwhile; a database may have servers.
	 * @throws StoreUnavailable, PangolinError `bad-request`, and whatever `rows` throws
	 */
	load(
		tenant: TenantId | undefined,
		rows: AsyncIterable<MovedRow>,
	): Promise<LoadResult>;
	close(): Promise<void>;
}

export type LoadResult =
	| { readonly outcome: "loaded"; readonly rows: number }
	| {
			readonly outcome: "refused";
			readonly reason: "exists";
			/** Where the row that is in the way was found. */
			readonly part: Part;
			/** Of a claim: the location that was to be claimed. */
			readonly location?: string;
	  };

/** In the order in which they travel: what a row names comes before it, a line's parent excepted. */
export const PARTS = [
	"tenant",
	"warehouse",
	"catalog",
	"line",
	"ref",
	"commit",
	"merge",
	"row",
	"forgotten",
	"dropped",
	"claim",
	"garbage",
	"mergeOperation",
	"mergeConflict",
	"idempotency",
	"job",
	"report",
] as const;
export type Part = (typeof PARTS)[number];

export type MovedRow = MovedRecord | MovedContent;

/** A record with the version that the store counted. */
export type MovedRecord = {
	readonly [C in Collection]: {
		readonly part: C;
		readonly value: RecordValue<C>;
		readonly version: number;
	};
}[Collection];

/** What lines hold, and who holds which location. */
export type MovedContent =
	| (OfLine & { readonly part: "commit"; readonly commit: Commit })
	/** A commit's merged parents, with what passed to them behind these (sentence H6). */
	| (OfLine & { readonly part: "merge"; readonly merge: Merge })
	| (OfLine & MovedLineRow)
	/** Numbers from `from` up to before `to` that the line keeps no longer (sentence H3); stretches do not touch. */
	| (OfLine & {
			readonly part: "forgotten";
			readonly from: number;
			readonly to: number;
	  })
	| (OfLine & { readonly part: "dropped"; readonly dropped: DroppedAsset })
	| { readonly part: "claim"; readonly claim: Claim };

interface OfLine {
	readonly tenant: TenantId;
	readonly line: LineId;
}

/** A row that a line wrote under a key, and where another one took its place. */
export interface MovedLineRow {
	readonly part: "row";
	readonly key: EntryKey;
	/** Of the commit that wrote it. */
	readonly number: number;
	/** Null: a tombstone. */
	readonly entry: Entry | null;
	/** The commit that replaced it, which may have left no row behind; null: the current row. */
	readonly end: { readonly number: number; readonly timeMicros: number } | null;
}

export type RowOf<P extends Part> = Extract<MovedRow, { part: P }>;

/** The tenant that a row belongs to. */
export function tenantOf(row: MovedRow): TenantId {
	switch (row.part) {
		case "tenant":
			return row.value.id;
		case "claim":
			return row.claim.tenant;
		case "commit":
		case "merge":
		case "row":
		case "forgotten":
		case "dropped":
			return row.tenant;
		default:
			return row.value.tenant;
	}
}

/**
 * That a row may come with a load (sentence M5).
 * @throws PangolinError `bad-request` for a row of another tenant than the one named
 */
export function requireOwned(
	tenant: TenantId | undefined,
	row: MovedRow,
): void {
	if (tenant !== undefined && tenantOf(row) !== tenant)
		throw new PangolinError(
			"bad-request",
			`a ${row.part} is of tenant ${tenantOf(row)}, not of ${tenant}`,
		);
}
