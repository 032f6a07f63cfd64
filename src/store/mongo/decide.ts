import type { ApplyResult, ChangeSet } from "../changes.ts";
import { applySet } from "../rules/applySet.ts";
import { groupOf } from "./changeGroup.ts";
import type { Database } from "./database.ts";
import { effectsOf } from "./effects.ts";
import { loadGroup } from "./loadChanges.ts";
import type { Entry } from "./log.ts";
import { createOverlay, stateOf } from "./overlay.ts";
import { newWriter } from "./parts.ts";
import { rowsAt } from "./queries.ts";

/** What became of one change set of a group. */
export type SetOutcome =
	| { readonly result: ApplyResult }
	/** The set broke an assertion: a bug, and nothing of it counts. */
	| { readonly bug: Error };

export interface GroupDecision {
	/** One per change set, in order. */
	readonly outcomes: readonly SetOutcome[];
	/** What all that were applied come to; undefined when that is nothing. */
	readonly entry: Entry | undefined;
}

/** Applies change sets, one after the other, to the state at a number of the log. */
export async function decide(
	database: Database,
	at: number,
	sets: readonly ChangeSet[],
): Promise<GroupDecision> {
	const overlay = createOverlay(rowsAt(database, at));
	await loadGroup(overlay, groupOf(sets));
	const state = stateOf(overlay);
	const outcomes = sets.map((set): SetOutcome => {
		try {
			return { result: applySet(state, set) };
		} catch (bug) {
			if (!(bug instanceof Error)) throw bug;
			return { bug };
		}
	});
	const { ends, rows } = effectsOf(overlay);
	const isEmpty = ends.length === 0 && rows.length === 0;
	const entry = isEmpty ? undefined : { writer: newWriter(), ends, rows };
	return { outcomes, entry };
}
