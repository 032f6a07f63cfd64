import type {
	Collection,
	Commit,
	DroppedAsset,
	Entry,
	Line,
	Merge,
	RecordValue,
} from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { IndexFields } from "./collections.ts";
import { numberText } from "./collections.ts";

type FieldsOf = {
	readonly [C in Collection]: (value: RecordValue<C>) => IndexFields;
};

/** The fields by which records are found, beside their key. */
export const RECORD_FIELDS: FieldsOf = {
	tenant: () => ({}),
	warehouse: ({ tenant, id }) => ({ i: idOf(tenant, id) }),
	catalog: ({ tenant, id, warehouse }) => ({
		i: idOf(tenant, id),
		...(warehouse === null ? {} : { w: idOf(tenant, warehouse) }),
	}),
	ref: ({ tenant, line }) => ({ l: idOf(tenant, line) }),
	line: ({ tenant, catalog, parent }) => ({
		c: idOf(tenant, catalog),
		...(parent === null ? {} : { p: idOf(tenant, parent.line) }),
	}),
	idempotency: ({ expiresAtMillis }) => ({ x: expiresAtMillis }),
	job: ({ runAfterMillis, leaseOwner, leaseUntilMillis }) => ({
		x: runAfterMillis,
		d:
			leaseOwner === null
				? runAfterMillis
				: Math.max(runAfterMillis, leaseUntilMillis),
	}),
	garbage: ({ tenant, catalog }) => ({ c: idOf(tenant, catalog) }),
	report: () => ({}),
	mergeOperation: ({ tenant, catalog }) => ({ c: idOf(tenant, catalog) }),
	mergeConflict: ({ tenant, operation }) => ({ o: idOf(tenant, operation) }),
};

export function entryFields(
	tenant: string,
	line: string,
	entry: Entry | null,
): IndexFields {
	const named =
		entry?.kind === "table" || entry?.kind === "view"
			? { m: entry.metadataLocation }
			: {};
	return {
		l: line,
		...(entry === null ? {} : { a: idOf(tenant, entry.id) }),
		...named,
	};
}

export function commitFields(
	{ tenant, catalog }: Line,
	line: string,
	commit: Commit,
): IndexFields {
	return {
		l: line,
		i: idOf(tenant, catalog, commit.id),
		x: commit.timeMicros,
	};
}

export function mergeFields(
	{ tenant }: Line,
	line: string,
	{ mergedParents }: Merge,
): IndexFields {
	const lines = mergedParents.map((parent) => idOf(tenant, parent.line));
	return { l: line, s: [...new Set(lines)] };
}

export function dropFields(line: string, drop: DroppedAsset): IndexFields {
	return { l: line, r: idOf(numberText(drop.number), drop.asset) };
}
