import type {
	AppliedCommit,
	ApplyResult,
	Change,
	ChangeSet,
	Refusal,
} from "./changes.ts";

/** What an `advance` comes to; `entry`: which of its entries refused it. */
export type AdvanceResult =
	| { readonly applied: AppliedCommit }
	| { readonly refused: Refusal; readonly entry?: number };

/**
 * Applies changes one after the other up to the first refusal. Taking back what
 * came before it is the caller's.
 */
export function applyInOrder(
	changes: ChangeSet,
	applyOne: (change: Change) => Refusal | undefined | AdvanceResult,
): ApplyResult {
	const commits: AppliedCommit[] = [];
	for (const [index, change] of changes.entries()) {
		const result = applyOne(change);
		if (result === undefined) continue;
		if (typeof result === "string")
			return { outcome: "refused", reason: result, at: { change: index } };
		if ("applied" in result) {
			commits.push(result.applied);
			continue;
		}
		const { refused, entry } = result;
		const at =
			entry === undefined ? { change: index } : { change: index, entry };
		return { outcome: "refused", reason: refused, at };
	}
	return { outcome: "applied", commits };
}
