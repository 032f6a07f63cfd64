import type { ResolutionStrategy } from "../../versioning/mergeTypes.ts";
import type { RefCaller } from "./requests.ts";

/** Who merges, and what travels along with the commit. */
export interface MergeCaller extends RefCaller {
	/** Message of the commit; absent: that of the request, else a generated one. */
	readonly message?: string | undefined;
}

export interface MergeRequest {
	/** Any branch, tag, commit id or time. */
	readonly source: string;
	/** A branch, protected or not. */
	readonly target: string;
	/** Default `AutoMerge`. */
	readonly strategy?: ResolutionStrategy | undefined;
	/** On conflicts that are expected. */
	readonly resolutions?: readonly ExpectedResolution[] | undefined;
	/** Plans and changes nothing. */
	readonly dryRun?: boolean | undefined;
	/** The commit does not name the source as its parent. */
	readonly squash?: boolean | undefined;
	/** `only`: refused when the target was changed since the source left it. */
	readonly fastForward?: "only" | undefined;
	readonly message?: string | undefined;
}

/** What is decided on one conflict. */
export interface ConflictDecision {
	readonly strategy: ResolutionStrategy;
	/** With `Manual`, and only with it. */
	readonly value?: ManualValue | undefined;
}

export interface ExpectedResolution extends ConflictDecision {
	/** Id of an asset of the conflict, or its name on either side as `namespace.name`. */
	readonly asset: string;
}

/** All that is to stand of the assets of a conflict; what is not named is dropped. */
export interface ManualValue {
	readonly keep: readonly KeptAsset[];
}

export interface KeptAsset {
	/** The side whose version stands. */
	readonly side: "source" | "target";
	/** May be absent when the side has one asset only. */
	readonly asset_id?: string | null | undefined;
	/** Another name for it: the levels of the namespace, then its own. */
	readonly as?: readonly string[] | null | undefined;
}

export interface RebaseRequest {
	/** The branch. */
	readonly name: string;
	/** Any branch, tag, commit id or time; default `main`. */
	readonly onto?: string | undefined;
	/** Plan only: nothing is changed. */
	readonly dryRun?: boolean | undefined;
	readonly strategy?: ResolutionStrategy | undefined;
	readonly resolutions?: readonly ExpectedResolution[] | undefined;
	readonly message?: string | undefined;
}
