import type { CatalogId, LineId, TenantId } from "../model/ids.ts";
import type {
	Claim,
	Collection,
	Commit,
	Entry,
	EntryKey,
	EntryVersion,
	RecordKey,
	RecordValue,
	RowName,
} from "./records.ts";

/**
 * A write as data: applied in order, as one, or not at all. Every change names
 * its own tenant; ids were made by the use case.
 */
export type ChangeSet = readonly Change[];

export type Change =
	| RecordChange
	| Advance
	| RequireHead
	| ClaimChange
	| HistoryChange;

/** What lets the changes after it happen, or does not. */
export type Guard = RecordChange | RequireHead;

export type RecordChange = { [C in Collection]: RecordChangeOf<C> }[Collection];

/** A change of one row of a collection. */
export type RecordChangeOf<C extends Collection> =
	| { op: "insert"; collection: C; value: RecordValue<C> }
	| {
			op: "update";
			collection: C;
			key: RecordKey<C>;
			value: RecordValue<C>;
			ifVersion: number;
	  }
	| {
			op: "delete";
			collection: C;
			key: RecordKey<C>;
			/** Absent: whatever the version; a missing row is then no refusal. */
			ifVersion?: number;
	  }
	| {
			op: "check";
			collection: C;
			key: RecordKey<C>;
			/** The row has this version; `absent`: there is no row. */
			version: number | "absent";
	  };

/**
 * One commit on a line. The store gives it the next number and fills that in
 * wherever the line's rows need it.
 */
export interface Advance {
	readonly op: "advance";
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly line: LineId;
	/** The branch that the commit is for: refused `missing` when it does not name the line (any more). */
	readonly branch?: string | undefined;
	readonly commit: Pick<
		Commit,
		"id" | "mergedParents" | "author" | "authorName" | "message"
	>;
	/** The caller's clock, microseconds; the commit's time is max(this, the previous one's + 1). */
	readonly nowMicros: number;
	readonly entries: readonly EntryChange[];
}

/** Nothing was committed to a line since it was read: for what replaces the line. */
export interface RequireHead {
	readonly op: "requireHead";
	readonly tenant: TenantId;
	readonly line: LineId;
	readonly head: number;
}

/** Preconditions hold on the effective view of the line, under its head's lock. */
export type EntryChange =
	/** Refused `exists` when the key is visible. Its enclosing namespace must be visible: `missing`. */
	| { op: "create"; key: EntryKey; entry: Entry }
	/** Refused `missing` when the key is not visible, `stale` when its version differs. */
	| { op: "replace"; key: EntryKey; entry: Entry; ifVersion: EntryVersion }
	/** As `replace`; a namespace with visible content is refused `notEmpty`. A final drop is not remembered. */
	| {
			op: "drop";
			key: EntryKey;
			ifVersion?: EntryVersion;
			isFinal?: boolean;
	  }
	/** Writes nothing: refused `missing` when not visible, `stale` when the version differs. */
	| { op: "require"; key: EntryKey; ifVersion?: EntryVersion };

export type ClaimChange =
	/**
	 * Takes `claim.location` for `claim.asset`. Refused `exists` when the same
	 * location, one inside it or one above it is claimed for another asset;
	 * a `dropped` claim with the same `uuid` and location is taken over instead.
	 * Claiming what the asset holds already sets its state.
	 */
	| { op: "claim"; claim: Claim }
	/** Sets the state of all claims of an asset; none is no refusal. */
	| {
			op: "setClaims";
			tenant: TenantId;
			asset: Claim["asset"];
			state: Claim["state"];
	  }
	/** Gives up all claims of an asset; none is no refusal. */
	| { op: "releaseClaims"; tenant: TenantId; asset: Claim["asset"] };

export type HistoryChange =
	/** Removes superseded rows that ended by `toMicros`, those that no pin shows. Refused `missing` without the line. */
	| {
			op: "forget";
			tenant: TenantId;
			line: LineId;
			rows: readonly RowName[];
			toMicros: number;
	  }
	/** Removes at most `limit` rows and commits of a line that nothing needs; with the last of them the line. Refused `missing`, `notEmpty`. */
	| { op: "forgetLine"; tenant: TenantId; line: LineId; limit: number };

export type Refusal = "exists" | "missing" | "stale" | "notEmpty";

export type ApplyResult =
	| { readonly outcome: "applied"; readonly commits: readonly AppliedCommit[] }
	| {
			readonly outcome: "refused";
			readonly reason: Refusal;
			readonly at: ChangePosition;
	  };

/** One per `advance`, in order. */
export interface AppliedCommit {
	readonly line: LineId;
	readonly number: number;
	readonly timeMicros: number;
}

/** Which change refused: its index, and within an `advance` the entry's. */
export interface ChangePosition {
	readonly change: number;
	readonly entry?: number;
}
