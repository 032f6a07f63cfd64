import { unreachable } from "../../model/errors.ts";
import type { ApplyResult, ChangeSet } from "../changes.ts";
import { StoreUnavailable } from "../contract.ts";
import type { SetOutcome } from "./group.ts";

interface Waiting {
	resolve(result: ApplyResult): void;
	reject(error: Error): void;
}

/** Change sets without an answer; they are answered in the order in which they came. */
export interface Pending {
	readonly size: number;
	add(changes: ChangeSet): Promise<ApplyResult>;
	/** What was added since the last call: it is on its way now. */
	takeUnsent(): ChangeSet[];
	/** Answers the oldest ones. */
	settle(outcomes: readonly SetOutcome[]): void;
	/** Answers all: what was on its way may be applied, the rest is not. */
	failAll(message: string): void;
}

export function createPending(): Pending {
	const waiting: Waiting[] = [];
	let unsent: ChangeSet[] = [];
	return {
		get size() {
			return waiting.length;
		},
		add(changes) {
			unsent.push(changes);
			return new Promise((resolve, reject) => {
				waiting.push({ resolve, reject });
			});
		},
		takeUnsent() {
			const taken = unsent;
			unsent = [];
			return taken;
		},
		settle(outcomes) {
			waiting.splice(0, outcomes.length).forEach((set, i) => {
				const outcome = outcomes[i];
				if (outcome !== undefined) answer(set, outcome);
			});
		},
		failAll(message) {
			const sent = waiting.length - unsent.length;
			unsent = [];
			waiting.splice(0).forEach((set, i) => {
				const outcome = i < sent ? "unknown" : "not-applied";
				set.reject(new StoreUnavailable(outcome, message));
			});
		},
	};
}

function answer(set: Waiting, outcome: SetOutcome): void {
	switch (outcome.kind) {
		case "decided":
			set.resolve(outcome.result);
			break;
		case "unavailable":
			set.reject(new StoreUnavailable(outcome.outcome, outcome.message));
			break;
		case "bug":
			set.reject(new Error(outcome.message));
			break;
		default:
			unreachable(outcome);
	}
}
