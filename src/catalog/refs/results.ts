import type { BranchKind } from "./requests.ts";

/*
 * What callers get of refs and commits: ready to be sent as JSON, because an
 * idempotency record keeps the very answer.
 */

export interface BranchResult {
	readonly name: string;
	readonly branch_type: BranchKind;
	/** Null before the catalog's first commit. */
	readonly head_commit_id: string | null;
	/** Of a partial branch: what it shows, as `namespace.name`; empty: everything. */
	readonly assets: readonly string[];
	readonly protected: boolean;
	/** RFC 3339. */
	readonly expires_at: string | null;
}

export interface TagResult {
	readonly name: string;
	readonly commit_id: string | null;
}

export interface ChangedKey {
	readonly kind: "namespace" | "object";
	/** Its levels, the enclosing namespace's first. */
	readonly path: readonly string[];
}

export interface CommitResult {
	readonly id: string;
	/** The previous commit of the line. */
	readonly parent_id: string | null;
	/** All parents; more than one after a merge. */
	readonly parent_ids: readonly string[];
	readonly author: string;
	readonly author_id: string;
	readonly message: string;
	/** Milliseconds since the epoch. */
	readonly timestamp: number;
	/** The same in RFC 3339 with microseconds, which addresses exactly this state. */
	readonly committed_at: string;
	readonly changes: readonly ChangedKey[];
}

export interface BranchList {
	readonly branches: readonly BranchResult[];
	readonly nextPageToken: string | null;
}

export interface TagList {
	readonly tags: readonly TagResult[];
	readonly nextPageToken: string | null;
}

export interface CommitList {
	readonly commits: readonly CommitResult[];
	readonly nextPageToken: string | null;
}

export interface TableCommitResult extends CommitResult {
	/** On which it was made; null when that branch is gone. */
	readonly branch: string | null;
}

export interface TableCommitList {
	readonly commits: readonly TableCommitResult[];
	readonly nextPageToken: string | null;
}
