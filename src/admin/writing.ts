import type { ErrorCode } from "../model/errors.ts";
import { PangolinError } from "../model/errors.ts";
import type { ChangeSet, Refusal } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import type { AdminDeps, Call, Effect } from "./deps.ts";
import { recordOf } from "./deps.ts";

const ATTEMPTS = 5;

/** What a refusal of the store means to this caller. */
export type Refusals = Readonly<
	Partial<Record<Refusal, readonly [ErrorCode, string]>>
>;

const OUTRUN = [
	"commit-conflict",
	"It was changed by another request at the same time",
] as const;

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
	throw new PangolinError(...(refusals[result.reason] ?? OUTRUN));
}

/**
 * Applies a caller's change set together with the record of its answer, when the
 * caller gave an Idempotency-Key, and gives that answer.
 * @throws as `applyOrRefuse`
 */
export async function applyEffect(
	deps: AdminDeps,
	call: Call,
	answer: Effect,
	changes: ChangeSet,
	refusals: Refusals,
): Promise<Effect> {
	const record = recordOf(call, answer);
	const result = await deps.store.apply([...changes, ...record]);
	if (result.outcome === "applied") {
		call.slot?.applied();
		return answer;
	}
	const isOwn = result.at.change < changes.length;
	const refusal = isOwn ? refusals[result.reason] : undefined;
	throw new PangolinError(...(refusal ?? OUTRUN));
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
