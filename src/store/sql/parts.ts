import { brandId } from "../../model/ids.ts";
import type { Part, RowOf } from "../moving.ts";
import type { Collection, RecordValue, Versioned } from "../records.ts";
import type { CollectionTable } from "./collections.ts";
import { COLLECTIONS } from "./collections.ts";
import {
	CLAIM_COLUMNS,
	COMMIT_COLUMNS,
	claimParams,
	commitParams,
	ENTRY_COLUMNS,
	entryParams,
	readClaim,
	readCommit,
	readEntry,
	readKey,
	spaceNumber,
} from "./contents.ts";
import type { SqlRow, SqlValue } from "./values.ts";
import { numberAt, textAt } from "./values.ts";

/** A part of what moves (see moving.ts) as columns: for SQL, and for files. */
export interface PartColumns<P extends Part> {
	readonly columns: readonly string[];
	/** One per column. */
	params(row: RowOf<P>): SqlValue[];
	/** From the values of `columns`. */
	read(values: SqlRow): RowOf<P>;
}

/** What a row of a line begins with: whose it is. */
const OF_LINE = ["tenant_id", "line_id"] as const;
const KEY_COLUMNS = ["space", "parent", "name"] as const;

const COMMITS: PartColumns<"commit"> = {
	columns: [...OF_LINE, ...COMMIT_COLUMNS],
	params: ({ tenant, line, commit }) => [tenant, line, ...commitParams(commit)],
	read: (values) => {
		const owner = ownerAt(values);
		const commit = readCommit(owner.line, values.slice(OF_LINE.length));
		return { part: "commit", ...owner, commit };
	},
};

const MERGES: PartColumns<"merge"> = {
	columns: [...OF_LINE, "number", "merged_parents"],
	params: ({ tenant, line, merge: { number, mergedParents } }) => [
		...[tenant, line, number],
		JSON.stringify(mergedParents.map(({ line, number }) => ({ line, number }))),
	],
	read: (values) => {
		const mergedParents = JSON.parse(textAt(values, 3));
		const merge = { number: numberAt(values, 2), mergedParents };
		return { part: "merge", ...ownerAt(values), merge };
	},
};

const ROWS: PartColumns<"row"> = {
	columns: [
		...OF_LINE,
		...KEY_COLUMNS,
		"number",
		"to_number",
		"ended_at_micros",
		...ENTRY_COLUMNS,
	],
	params: ({ tenant, line, key, number, end, entry }) => [
		...[tenant, line, spaceNumber(key.space), key.parent, key.name, number],
		...[end?.number ?? null, end?.timeMicros ?? null],
		...entryParams(entry),
	],
	read: (values) => ({
		part: "row",
		...ownerAt(values),
		key: readKey(values, 2),
		number: numberAt(values, 5),
		end:
			values[6] === null
				? null
				: { number: numberAt(values, 6), timeMicros: numberAt(values, 7) },
		entry: readEntry(values, 8),
	}),
};

const FORGOTTEN: PartColumns<"forgotten"> = {
	columns: [...OF_LINE, "from_number", "to_number"],
	params: ({ tenant, line, from, to }) => [tenant, line, from, to],
	read: (values) => ({
		part: "forgotten",
		...ownerAt(values),
		from: numberAt(values, 2),
		to: numberAt(values, 3),
	}),
};

const DROPPED: PartColumns<"dropped"> = {
	columns: [...OF_LINE, "asset_id", "number", ...KEY_COLUMNS],
	params: ({ tenant, line, dropped: { asset, number, key } }) => [
		...[tenant, line, asset, number],
		...[spaceNumber(key.space), key.parent, key.name],
	],
	read: (values) => ({
		part: "dropped",
		...ownerAt(values),
		dropped: {
			asset: brandId(textAt(values, 2)),
			number: numberAt(values, 3),
			key: readKey(values, 4),
		},
	}),
};

const CLAIMS: PartColumns<"claim"> = {
	columns: CLAIM_COLUMNS,
	params: ({ claim }) => claimParams(claim),
	read: (values) => ({ part: "claim", claim: readClaim(values) }),
};

function ownerAt(values: SqlRow): Pick<RowOf<"commit">, "tenant" | "line"> {
	return {
		tenant: brandId(textAt(values, 0)),
		line: brandId(textAt(values, 1)),
	};
}

function recordColumns<C extends Collection>(part: C): PartColumns<C> {
	const table = COLLECTIONS[part] as unknown as CollectionTable<C>;
	return {
		columns: [...table.columns, "version"],
		// The part of a record says what its value is, which the types cannot follow here.
		params: (row) => {
			const { value, version } = row as unknown as Versioned<RecordValue<C>>;
			return [...table.params(value), version];
		},
		read: (values) =>
			({
				part,
				value: table.read(values, 0),
				version: numberAt(values, table.columns.length),
			}) as unknown as RowOf<C>,
	};
}

const RECORDS = Object.fromEntries(
	(Object.keys(COLLECTIONS) as Collection[]).map((part) => [
		part,
		recordColumns(part),
	]),
) as unknown as { readonly [C in Collection]: PartColumns<C> };

const ALL: { readonly [P in Part]: PartColumns<P> } = {
	...RECORDS,
	commit: COMMITS,
	merge: MERGES,
	row: ROWS,
	forgotten: FORGOTTEN,
	dropped: DROPPED,
	claim: CLAIMS,
};

/** The columns of a part; `Part` where only the row itself knows which. */
export function columnsOf<P extends Part>(part: P): PartColumns<P> {
	return ALL[part] as unknown as PartColumns<P>;
}
