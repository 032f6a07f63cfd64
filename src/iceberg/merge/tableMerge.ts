import type { ContentConflict } from "../../model/mergeConflict.ts";
import type { TableMetadata } from "../types.ts";

/** The three versions of one table. */
export interface TableVersions {
	readonly base: TableMetadata;
	/** Of the target. */
	readonly ours: TableMetadata;
	/** Of the source. */
	readonly theirs: TableMetadata;
}

/** Some members of the merged metadata, or why they cannot be merged. */
export type PartialMerge =
	| { readonly members: Partial<TableMetadata> }
	| Conflicting;

export interface Conflicting {
	readonly conflict: ContentConflict;
}

export function inConflict(...members: string[]): Conflicting {
	return {
		conflict: {
			type: "MetadataConflict",
			conflictingProperties: members.sort(),
		},
	};
}
