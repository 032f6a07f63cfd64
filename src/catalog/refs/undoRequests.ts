import type { ResolutionStrategy } from "../../versioning/mergeTypes.ts";
import type { ExpectedResolution } from "./mergeRequests.ts";

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

export interface RevertRequest {
	/** Any commit of the catalog, also a merge: it is undone against its first parent. */
	readonly commit: string;
	/** Default `AutoMerge`; the source is what was before the commit. */
	readonly strategy?: ResolutionStrategy | undefined;
	/** On conflicts that are expected. */
	readonly resolutions?: readonly ExpectedResolution[] | undefined;
	/** Plans and changes nothing. */
	readonly dryRun?: boolean | undefined;
}

export interface RollbackRequest {
	/** A commit id, a tag or a time of the branch's own history. */
	readonly to: string;
	/** Plans and changes nothing. */
	readonly dryRun?: boolean | undefined;
}
