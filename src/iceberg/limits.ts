import { MAX_NAMESPACE_LEVELS } from "../model/names.ts";

/**
 * Bounds, listed in docs/guides/operations.md, of what one request may ask for. They are far above what
 * clients send, and keep the cost of any request bounded.
 */
export const LIMITS = {
	/** Fields of a schema, nested ones included. */
	schemaFields: 5_000,
	/** Fields of a partition spec or a sort order. */
	layoutFields: 1_000,
	requirements: 1_000,
	/** Updates of one commit, besides those that only remove snapshots and statistics. */
	updates: 1_000,
	/** All updates of one commit: clients send one for each snapshot that they remove. */
	updatesWithRemovals: 100_000,
	/** Snapshots that one update removes. */
	removedIds: 100_000,
	/** Properties of one request, and of a snapshot's summary. */
	properties: 5_000,
	tablesPerTransaction: 500,
	namespaceLevels: MAX_NAMESPACE_LEVELS,
	representations: 100,
} as const;
