import { type Store, StoreUnavailable } from "../../../src/store/contract.ts";

/** Less than one commit takes on any line that tests slow down, however many travel together. */
const PATIENCE_MILLIS = 50;

/** A planted bug: says that nothing happened of what took long. */
export function hasty(store: Store): Store {
	return {
		...store,
		apply: async (changes) => {
			const since = performance.now();
			const result = await store.apply(changes);
			if (performance.now() - since < PATIENCE_MILLIS) return result;
			throw new StoreUnavailable("not-applied", "it took long");
		},
	};
}
