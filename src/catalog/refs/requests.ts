import type { Principal } from "../../model/principal.ts";
import type { IdempotencySlot } from "../idempotencySlot.ts";

/** Who changes a ref, and what travels along with the change. */
export interface RefCaller {
	readonly principal: Principal;
	readonly slot?: IdempotencySlot | undefined;
}

export type BranchKind = "ingest" | "experimental";

export interface CreateBranchRequest {
	readonly name: string;
	/** Any branch, tag, commit id or time; default `main`. */
	readonly from?: string | undefined;
	readonly kind?: BranchKind | undefined;
	/** Tables, views and assets as `namespace.name`: the branch shows nothing else of what it comes from. Absent: everything. */
	readonly assets?: readonly string[] | undefined;
	readonly protected?: boolean | undefined;
	readonly expiresAtMillis?: number | null | undefined;
}

/** Absent fields stay as they are; `expiresAtMillis: null` takes the expiry away. */
export interface UpdateBranchRequest {
	readonly name?: string | undefined;
	readonly protected?: boolean | undefined;
	readonly expiresAtMillis?: number | null | undefined;
}

export interface CreateTagRequest {
	readonly name: string;
	/** A commit id, or any other ref; default `main`. */
	readonly at?: string | undefined;
}

/** What is to come back: by its id, or by where it was (the newest that was there). */
export interface UndropRequest {
	readonly id?: string | undefined;
	readonly kind?: "namespace" | "table" | "view" | "asset" | undefined;
	/** The levels of what enclosed it; absent: it was a top-level namespace. */
	readonly namespace?: readonly string[] | undefined;
	readonly name?: string | undefined;
	/** Where it goes; absent: where it was. */
	readonly newNamespace?: readonly string[] | undefined;
	readonly newName?: string | undefined;
}

export interface RollbackRequest {
	/** A commit id, a tag or a time of the branch's own history. */
	readonly to: string;
	/** Plans and changes nothing. */
	readonly dryRun?: boolean | undefined;
}
