import type { Collection, RecordKey, RecordValue } from "./records.ts";

/** By what the records of a collection are told apart. */
interface KeyRule<C extends Collection> {
	of(value: RecordValue<C>): RecordKey<C>;
	/** By the first of them that differs two records are in order. */
	parts(key: RecordKey<C>): readonly string[];
}

type Rules = { readonly [C in Collection]: KeyRule<C> };

const RULES: Rules = {
	tenant: {
		of: ({ id }) => ({ tenant: id }),
		parts: ({ tenant }) => [tenant],
	},
	warehouse: {
		of: ({ tenant, name }) => ({ tenant, name }),
		parts: ({ tenant, name }) => [tenant, name],
	},
	catalog: {
		of: ({ tenant, name }) => ({ tenant, name }),
		parts: ({ tenant, name }) => [tenant, name],
	},
	ref: {
		of: ({ tenant, catalog, name }) => ({ tenant, catalog, name }),
		parts: ({ tenant, catalog, name }) => [tenant, catalog, name],
	},
	line: {
		of: ({ tenant, id }) => ({ tenant, line: id }),
		parts: ({ tenant, line }) => [tenant, line],
	},
	idempotency: {
		of: ({ tenant, key }) => ({ tenant, key }),
		parts: ({ tenant, key }) => [tenant, key],
	},
	job: {
		of: ({ tenant, id }) => ({ tenant, job: id }),
		parts: ({ tenant, job }) => [tenant, job],
	},
	garbage: {
		of: ({ tenant, asset, metadataLocation }) => ({
			...{ tenant, asset, metadataLocation },
		}),
		parts: ({ tenant, asset, metadataLocation }) => [
			...[tenant, asset, metadataLocation],
		],
	},
	report: {
		of: ({ tenant, asset, id }) => ({ tenant, asset, report: id }),
		parts: ({ tenant, asset, report }) => [tenant, asset, report],
	},
	mergeOperation: {
		of: ({ tenant, id }) => ({ tenant, operation: id }),
		parts: ({ tenant, operation }) => [tenant, operation],
	},
	mergeConflict: {
		of: ({ tenant, id }) => ({ tenant, conflict: id }),
		parts: ({ tenant, conflict }) => [tenant, conflict],
	},
};

export function keyOf<C extends Collection>(
	collection: C,
	value: RecordValue<C>,
): RecordKey<C> {
	return RULES[collection].of(value);
}

export function keyParts<C extends Collection>(
	collection: C,
	key: RecordKey<C>,
): readonly string[] {
	return RULES[collection].parts(key);
}
