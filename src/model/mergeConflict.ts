import type { Properties } from "./registry.ts";

/** A merge goes from its source into its target. */
export type MergeSide = "source" | "target";

/** A snapshot that one side of a merge added since the base. */
export interface AddedSnapshot {
	readonly snapshotId: bigint;
	readonly summary: Properties;
}

/** Why two versions of one asset cannot become one, and what differs. */
export type ContentConflict =
	| {
			readonly type: "SchemaChange";
			readonly sourceSchema: unknown;
			readonly targetSchema: unknown;
	  }
	/** Both sides wrote data; the snapshots say how, so that they can be combined. */
	| {
			readonly type: "DataOverlap";
			readonly source: readonly AddedSnapshot[];
			readonly target: readonly AddedSnapshot[];
	  }
	/** Properties by their names, other members of the metadata by theirs. */
	| {
			readonly type: "MetadataConflict";
			readonly conflictingProperties: readonly string[];
	  };

/** What becomes of the content of an asset that both sides changed. */
export type ContentMerge<Merged> =
	| { readonly outcome: "ours" }
	| { readonly outcome: "theirs" }
	| { readonly outcome: "merged"; readonly content: Merged }
	| { readonly outcome: "conflict"; readonly conflict: ContentConflict };
