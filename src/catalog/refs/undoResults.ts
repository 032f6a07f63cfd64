import type {
	ConflictedResult,
	ConflictResult,
	PlannedChange,
} from "./mergeResults.ts";

/*
 * What callers get of undoing: ready to be sent as JSON, because an idempotency
 * record keeps the very answer.
 */

/** Something that a branch dropped and can have again. */
export interface DroppedItem {
	readonly id: string;
	readonly kind: "namespace" | "table" | "view" | "asset";
	/** The levels of what enclosed it. */
	readonly namespace: readonly string[];
	readonly name: string;
	/** RFC 3339 with microseconds, as all times here. */
	readonly dropped_at: string;
	readonly dropped_by: string;
	/** The commit that dropped it. */
	readonly commit_id: string;
	readonly recoverable_until: string;
}

export interface UndropResult
	extends Pick<DroppedItem, "id" | "kind" | "namespace" | "name"> {
	/** Enclosing namespaces that came back with it, outermost first. */
	readonly namespaces: readonly (readonly string[])[];
	/** The commit that brought it back. */
	readonly commit_id: string;
}

export interface DroppedList {
	readonly dropped: readonly DroppedItem[];
	readonly nextPageToken: string | null;
}

/** What an undo changed, or would change. */
export interface UndoResult {
	readonly status: "completed" | "planned";
	readonly branch: string;
	/** Null when nothing was to be changed, and of a plan. */
	readonly commit_id: string | null;
	readonly changes: readonly PlannedChange[];
}

/** The body of a 409. Nothing is kept: the same request with a strategy decides. */
export interface UndoConflicted extends ConflictedResult {
	readonly operation_id: null;
	readonly details: readonly ConflictResult[];
}

export type RevertOutcome =
	| { readonly outcome: "undone"; readonly result: UndoResult }
	| { readonly outcome: "conflicted"; readonly conflicted: UndoConflicted };
