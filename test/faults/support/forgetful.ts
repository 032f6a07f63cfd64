import { type Store, StoreUnavailable } from "../../../src/store/contract.ts";

/** A planted bug: says that nothing happened whenever it does not know. */
export function forgetful(store: Store): Store {
	return {
		...store,
		apply: async (changes) => {
			try {
				return await store.apply(changes);
			} catch (error) {
				if (!(error instanceof StoreUnavailable)) throw error;
				throw new StoreUnavailable("not-applied", error.message);
			}
		},
	};
}
