import type { TableMetadata, TableUpdate } from "../types.ts";

/**
 * Metadata between two updates of one commit, with what later updates of the
 * same commit may refer to. Every update makes a new draft, or returns the one
 * it got when it changes nothing.
 */
export interface Draft {
	readonly metadata: TableMetadata;
	/** The table does not exist yet. */
	readonly isNew: boolean;
	/** The time of this commit: never before that of the last one. */
	readonly updatedMs: number;
	/** What -1 stands for. */
	readonly lastAddedSchemaId?: number | undefined;
	readonly lastAddedSpecId?: number | undefined;
	readonly lastAddedSortOrderId?: number | undefined;
	readonly addedSnapshotIds: ReadonlySet<bigint>;
	/** Added snapshots that `main` pointed to at some time during this commit. */
	readonly addedToMain: ReadonlySet<bigint>;
	readonly removedSnapshots: boolean;
	readonly removedSchemaIds: ReadonlySet<number>;
}

/** One update: what it does to a draft. */
export type Apply<Action extends TableUpdate["action"]> = (
	draft: Draft,
	update: Extract<TableUpdate, { readonly action: Action }>,
) => Draft;

/** In place of an id: the one that was added last in this commit. */
export const LAST_ADDED = -1;

export function draftOf(
	metadata: TableMetadata,
	isNew: boolean,
	nowMillis: number,
): Draft {
	return {
		metadata,
		isNew,
		updatedMs: Math.max(nowMillis, metadata["last-updated-ms"]),
		addedSnapshotIds: new Set(),
		addedToMain: new Set(),
		removedSnapshots: false,
		removedSchemaIds: new Set(),
	};
}

/** The draft with some members of its metadata replaced. */
export function changed(draft: Draft, members: Partial<TableMetadata>): Draft {
	return { ...draft, metadata: { ...draft.metadata, ...members } };
}
