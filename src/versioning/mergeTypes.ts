import type {
	ContentConflict,
	ContentMerge,
	MergeSide,
} from "../model/mergeConflict.ts";
import type { Content, EntryKey, IcebergEntry, Item } from "./entries.ts";

/**
 * An item of the result. With `content`, both sides changed a table or a view:
 * the entry is then the target's, and its metadata is to be written from this.
 */
export interface Placed<Merged> extends Item {
	readonly content?: Merged | undefined;
}

/** Pure: all metadata that it needs was read before. */
export type MergeContent<Merged> = (
	base: IcebergEntry | undefined,
	ours: IcebergEntry,
	theirs: IcebergEntry,
) => ContentMerge<Merged>;

/**
 * `AutoMerge` and `ThreeWayMerge` combine what can be combined and leave the
 * rest as conflicts; `TakeSource` and `TakeTarget` decide conflicts, and only
 * those; `Manual` makes a conflict of everything that both sides changed.
 */
export type ResolutionStrategy =
	| "AutoMerge"
	| "TakeSource"
	| "TakeTarget"
	| "Manual"
	| "ThreeWayMerge";

/**
 * What was decided on one conflict. `AutoMerge` and `ThreeWayMerge` combine what
 * a merge with the strategy `Manual` left open; what cannot be combined stays open.
 */
export type Resolution<Merged> =
	| { readonly strategy: Exclude<ResolutionStrategy, "Manual"> }
	/** All that is to stand of the assets of the conflict; without items they are dropped. */
	| { readonly strategy: "Manual"; readonly items: readonly Placed<Merged>[] };

export type ConflictDetail =
	| ContentConflict
	| {
			readonly type: "DeletionConflict";
			readonly deletedIn: MergeSide;
			readonly modifiedIn: MergeSide;
	  }
	| {
			readonly type: "NamespaceConflict";
			readonly reason: /** Two assets have one name. */
				| "one-name-twice"
				/** One asset was renamed on both sides. */
				| "renamed-twice"
				/** One side dropped the namespace of what the other side has there. */
				| "namespace-dropped";
	  };

export interface MergeConflict {
	/** The same in every plan that has this conflict: made of the subjects' ids. */
	readonly id: string;
	readonly detail: ConflictDetail;
	/** What the conflict is about, in all its places on both sides, by key. */
	readonly source: readonly Item[];
	readonly target: readonly Item[];
}

/**
 * The three versions. It suffices that each holds, of what it has, the keys that
 * changed on either side since the base.
 */
export interface MergeInput<Merged> {
	readonly base: Content;
	/** The target, which the changes of the plan are for. */
	readonly ours: Content;
	/** The source. */
	readonly theirs: Content;
	readonly strategy: ResolutionStrategy;
	/** By id of the conflict. */
	readonly resolutions: ReadonlyMap<string, Resolution<Merged>>;
	readonly mergeContent: MergeContent<Merged>;
}

export type MergeChange<Merged> =
	| ({ readonly op: "create" | "replace" } & Placed<Merged>)
	/** `entry` is what the target has. */
	| ({ readonly op: "drop" } & Item);

export type MergePlan<Merged> =
	| {
			readonly outcome: "merged";
			/** To be applied to the target in this order; none when there is nothing to merge. */
			readonly changes: readonly MergeChange<Merged>[];
			/** What the plan took as it is in the target and relied upon. */
			readonly requires: readonly EntryKey[];
	  }
	| {
			readonly outcome: "conflicted";
			readonly conflicts: readonly MergeConflict[];
	  };
