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
