import type { MergeOperation } from "../../store/records.ts";
import type { ResolutionStrategy } from "../../versioning/mergeTypes.ts";
import type { ManualValue } from "./mergeRequests.ts";

/*
 * What callers get of merges: ready to be sent as JSON, in the original's field
 * names; an idempotency record keeps the very answer.
 */

export type MergeOutcome =
	/** Done, or there was nothing to do. */
	| { readonly outcome: "completed"; readonly operation: MergeResult }
	| { readonly outcome: "conflicted"; readonly conflicted: ConflictedResult }
	| { readonly outcome: "planned"; readonly preview: MergePreview };

export interface MergeResult {
	readonly id: string;
	readonly tenant_id: string;
	readonly catalog_name: string;
	readonly source_branch: string;
	readonly target_branch: string;
	/** Null before the catalog's first commit. */
	readonly base_commit_id: string | null;
	readonly status: MergeOperation["status"];
	readonly strategy: ResolutionStrategy;
	readonly squash: boolean;
	readonly conflicts: readonly ConflictResult[];
	readonly initiated_by: string;
	/** RFC 3339, like all times here. */
	readonly initiated_at: string;
	readonly completed_at: string | null;
	/** Null while it is open, and when there was nothing to merge. */
	readonly result_commit_id: string | null;
}

export interface MergeSummary {
	readonly id: string;
	readonly status: MergeOperation["status"];
	readonly source_branch: string;
	readonly target_branch: string;
	readonly conflicts_count: number;
	readonly initiated_at: string;
	readonly completed_at: string | null;
}

/** The body of a 409. */
export interface ConflictedResult {
	readonly status: "conflicted";
	readonly operation_id: string | null;
	/** How many are not decided. */
	readonly conflicts: number;
	readonly message: string;
}

export interface ConflictResult {
	readonly id: string;
	readonly merge_operation_id: string | null;
	readonly conflict_type: string;
	/** Of the first asset of the conflict. */
	readonly asset_id: string;
	/** `namespace.name`. */
	readonly asset_name: string;
	readonly description: string;
	/** What differs; see docs/guides/merging.md. */
	readonly details: ConflictDetails;
	readonly resolution: ResolutionResult | null;
	readonly created_at: string;
}

export interface ConflictDetails {
	readonly [member: string]: unknown;
	readonly source: readonly ConflictAsset[];
	readonly target: readonly ConflictAsset[];
}

export interface ConflictAsset {
	readonly asset_id: string;
	readonly kind: string;
	/** Its levels, the enclosing namespace's first. */
	readonly path: readonly string[];
}

export interface ResolutionResult {
	readonly conflict_id: string;
	readonly strategy: ResolutionStrategy;
	readonly resolved_value: ManualValue | null;
	readonly resolved_by: string;
	readonly resolved_at: string;
}

/** What a merge would do. */
export interface MergePreview {
	readonly dry_run: true;
	readonly status: "Ready" | "Conflicted";
	readonly source_branch: string;
	readonly target_branch: string;
	readonly base_commit_id: string | null;
	/** The target was not changed since the source left it. */
	readonly fast_forward: boolean;
	readonly changes: readonly PlannedChange[];
	readonly conflicts: readonly ConflictResult[];
}

export interface PlannedChange extends ConflictAsset {
	readonly op: "create" | "replace" | "drop";
	/** Both sides' changes are combined in it. */
	readonly combined: boolean;
}

export interface MergeList {
	readonly operations: readonly MergeSummary[];
	readonly nextPageToken: string | null;
}
