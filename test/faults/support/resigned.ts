import type { Store } from "../../../src/store/contract.ts";

/** A planted bug: when a ref could not be read, none is asked for any more. */
export function resigned(store: Store): Store {
	const failures: unknown[] = [];
	const { refs } = store;
	return {
		...store,
		refs: {
			...refs,
			locate: async (...what) => {
				if (failures.length > 0) throw failures[0];
				try {
					return await refs.locate(...what);
				} catch (error) {
					failures.push(error);
					throw error;
				}
			},
		},
	};
}
