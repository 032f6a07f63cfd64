import type { ApplyResult, ChangeSet } from "../changes.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import type { GroupDecision, SetOutcome } from "./decide.ts";
import { decide } from "./decide.ts";
import { driverFailure } from "./driverErrors.ts";
import { unavailable } from "./entries.ts";
import type { Write } from "./log.ts";
import type { Progress } from "./progress.ts";
import { commit } from "./protocol.ts";

/** Change sets in one entry at most. */
const MAX_GROUP = 64;

interface Waiting {
	readonly changes: ChangeSet;
	resolve(result: ApplyResult): void;
	reject(error: unknown): void;
}

export interface Writer {
	/** @throws StoreUnavailable */
	apply(changes: ChangeSet): Promise<ApplyResult>;
	/** Resolves when nothing waits any more. */
	idle(): Promise<void>;
}

/** Change sets that wait together travel in one entry of the log. */
export function createWriter(
	database: Database,
	progress: Progress,
	maxQueued: number,
): Writer {
	let waiting: Waiting[] = [];
	let working: Promise<void> | undefined;

	async function work(): Promise<void> {
		while (waiting.length > 0) {
			const turn = progress.turn();
			// What comes until then travels along. What goes wrong is for the group to tell.
			await Promise.allSettled([turn]);
			const group = waiting.slice(0, MAX_GROUP);
			waiting = waiting.slice(MAX_GROUP);
			await applyGroup(database, progress, group, turn);
		}
		// At once, so that a set which comes now starts the work again.
		working = undefined;
	}

	return {
		apply(changes) {
			if (waiting.length >= maxQueued) {
				const message = "too many writes wait for the database";
				return Promise.reject(
					new StoreUnavailable("not-applied", message, { overloaded: true }),
				);
			}
			return new Promise((resolve, reject) => {
				waiting.push({ changes, resolve, reject });
				// A moment later, so that sets which come at once travel together.
				working ??= Promise.resolve().then(work);
			});
		},
		async idle() {
			await working;
		},
	};
}

async function applyGroup(
	database: Database,
	progress: Progress,
	group: readonly Waiting[],
	turn: Promise<void>,
): Promise<void> {
	const sets = group.map(({ changes }) => changes);
	let number: number | undefined;
	let decisions = 0;
	try {
		await turn;
		const committed = await progress.run(
			commit<Write, GroupDecision>(progress.known),
			(at) => {
				decisions++;
				return decide(database, at, sets);
			},
		);
		number = committed.number;
		// Who is refused in the end does not go on to write.
		if (decisions > 1 && number !== undefined) progress.lost();
		committed.decision.outcomes.forEach((outcome, i) => {
			const set = group[i];
			if (set !== undefined) answer(set, outcome);
		});
	} catch (error) {
		const reason =
			driverFailure(error) === undefined
				? error
				: unavailable("not-applied", error);
		for (const set of group) set.reject(reason);
		return;
	}
	if (number === undefined) return;
	// The sets are applied and answered. Whoever comes next derives the entry, or meets the same error.
	await progress.rollTo(number).catch(() => undefined);
}

function answer(set: Waiting, outcome: SetOutcome): void {
	if ("bug" in outcome) set.reject(outcome.bug);
	else set.resolve(outcome.result);
}
