import type {
	Claim,
	Collection,
	Commit,
	DroppedAsset,
	Entry,
	Line,
	Merge,
	RecordValue,
	Versioned,
} from "../records.ts";
import type { StoredRow, Stretch } from "../rules/state.ts";
import { idOf } from "../rules/state.ts";
import type { IndexFields, RowDocument } from "./collections.ts";
import { numberText } from "./collections.ts";

/** Values as derived rows: their keys, their text, and what they are found by. `line` is always tenant and id, joined. */

export type NewRow = Omit<RowDocument, "_id" | "f" | "t">;

type FieldsOf = {
	readonly [C in Collection]: (value: RecordValue<C>) => IndexFields;
};

/** The fields by which records are found, beside their key. */
const RECORD_FIELDS: FieldsOf = {
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

export function recordRow<C extends Collection>(
	collection: C,
	k: string,
	{ value, version }: Versioned<RecordValue<C>>,
): NewRow {
	const fieldsOf = RECORD_FIELDS[collection] as (
		value: RecordValue<C>,
	) => IndexFields;
	return { k, v: JSON.stringify(value), n: version, ...fieldsOf(value) };
}

export function claimRow(claim: Claim): NewRow {
	const { tenant, catalog, asset, location } = claim;
	return {
		k: location,
		v: JSON.stringify(claim),
		c: idOf(tenant, catalog),
		a: idOf(tenant, asset),
	};
}

export function stretchRow(line: string, { from, to }: Stretch): NewRow {
	return {
		k: idOf(line, numberText(from), numberText(to)),
		v: JSON.stringify({ from, to }),
		l: line,
		x: from,
		d: to,
	};
}

/** The key of a row that a line wrote under an entry's key (joined). */
export function entryRowKey(line: string, id: string, number: number): string {
	return idOf(line, id, numberText(number));
}

/** @param k of `entryRowKey` */
export function entryRow(
	line: string,
	k: string,
	{ number, timeMicros, entry }: StoredRow,
): NewRow {
	const [tenant = ""] = line.split("\u0000");
	return {
		k,
		v: JSON.stringify({ timeMicros, entry }),
		num: number,
		en: null,
		et: null,
		...entryFields(tenant, line, entry),
	};
}

function entryFields(
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

export function commitRow(
	{ tenant, catalog }: Pick<Line, "tenant" | "catalog">,
	line: string,
	commit: Commit,
): NewRow {
	return {
		k: idOf(line, numberText(commit.number)),
		v: JSON.stringify(commit),
		l: line,
		i: idOf(tenant, catalog, commit.id),
		x: commit.timeMicros,
	};
}

export function mergeRow(
	{ tenant }: Pick<Line, "tenant">,
	line: string,
	merge: Merge,
): NewRow {
	const lines = merge.mergedParents.map((parent) => idOf(tenant, parent.line));
	return {
		k: idOf(line, numberText(merge.number)),
		v: JSON.stringify(merge),
		l: line,
		s: [...new Set(lines)],
	};
}

export function dropRow(line: string, drop: DroppedAsset): NewRow {
	return {
		k: idOf(line, drop.asset),
		v: JSON.stringify(drop),
		l: line,
		r: idOf(numberText(drop.number), drop.asset),
	};
}
