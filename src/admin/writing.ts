import type { ErrorCode } from "../model/errors.ts";
import { PangolinError } from "../model/errors.ts";
import type { ChangeSet, Refusal } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";

const ATTEMPTS = 5;

/** What a refusal of the store means to this caller. */
export type Refusals = Readonly<
	Partial<Record<Refusal, readonly [ErrorCode, string]>>
>;

/**
 * Applies a change set.
 * @throws PangolinError as `refusals` says; `commit-conflict` for a refusal it does not name
 */
export async function applyOrRefuse(
	store: Store,
	changes: ChangeSet,
	refusals: Refusals,
): Promise<void> {
	const result = await store.apply(changes);
	if (result.outcome === "applied") return;
	const [code, message] = refusals[result.reason] ?? [
		"commit-conflict",
		"It was changed by another request at the same time",
	];
	throw new PangolinError(code, message);
}

/** Repeats a read-and-write that another request outran; the last refusal is thrown. */
export async function retryConflicts<Result>(
	attempt: () => Promise<Result>,
): Promise<Result> {
	for (let left = ATTEMPTS - 1; left > 0; left--) {
		try {
			return await attempt();
		} catch (error) {
			if (!isConflict(error)) throw error;
		}
	}
	return attempt();
}

function isConflict(error: unknown): boolean {
	return error instanceof PangolinError && error.code === "commit-conflict";
}
