import type { Change, ChangeSet } from "../changes.ts";
import type { Line } from "../records.ts";

/** What is known of the change sets that are decided together. */
export interface Group {
	readonly changes: readonly Change[];
	/** Lines as the sets insert and update them. */
	readonly lines: readonly Line[];
	/** One more than all rows that the sets may take away. */
	readonly slack: number;
	/** How many rows and commits the sets remove at most with their lines. */
	readonly removals: number;
}

export function groupOf(sets: readonly ChangeSet[]): Group {
	const changes = sets.flat();
	const lines = changes.flatMap((change) =>
		(change.op === "insert" || change.op === "update") &&
		change.collection === "line"
			? [change.value]
			: [],
	);
	const entries = changes.reduce(
		(sum, change) =>
			sum + (change.op === "advance" ? change.entries.length : 0),
		0,
	);
	const removals = changes.reduce(
		(sum, change) => sum + (change.op === "forgetLine" ? change.limit : 0),
		0,
	);
	return { changes, lines, slack: changes.length + entries + 1, removals };
}
