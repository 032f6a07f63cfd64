import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import { applySet } from "../rules/applySet.ts";
import { historyReader } from "../rules/history.ts";
import { emptyState, type State } from "../rules/state.ts";
import { assertWellFormed } from "../wellFormed.ts";
import { commitReader, dropReader } from "./commits.ts";
import {
	claimReader,
	entryReader,
	mergeReader,
	refReader,
	registryReader,
	workReader,
} from "./readers.ts";

/** A store in this process's memory: nothing outlives it, unless somebody else holds its state. */
export function openMemoryStore(state: State = emptyState()): Store {
	let isOpen = true;
	return {
		description: "memory (nothing is kept after a stop)",
		registry: registryReader(state),
		refs: refReader(state),
		entries: entryReader(state),
		commits: commitReader(state),
		drops: dropReader(state),
		merges: mergeReader(state),
		claims: claimReader(state),
		history: historyReader(state),
		work: workReader(state),
		async apply(changes) {
			if (!isOpen) throw closed();
			assertWellFormed(changes);
			return applySet(state, changes);
		},
		async ping() {
			if (!isOpen) throw closed();
		},
		async close() {
			isOpen = false;
		},
	};
}

function closed(): StoreUnavailable {
	return new StoreUnavailable("not-applied", "the store is closed");
}
