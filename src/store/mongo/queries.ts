import type { Filter, FindOptions, Sort } from "mongodb";
import type { AssetId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { OwnedAsset } from "../contract.ts";
import { prefixRange } from "../folders.ts";
import type { Versioned } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { RowCollection, RowDocument } from "./collections.ts";
import { endOfPrefix, numberText, visibleAt } from "./collections.ts";
import type { Database } from "./database.ts";
import { firstRowReader } from "./firstRow.ts";

/** Rows in one answer: as many as fit, and not the first hundred alone. */
const BATCH = 100_000;

/** Keys in one query, which is one document of 16 MB at most: a long name of 32 levels has a key of 9 kB. */
const MAX_KEYS = 1000;

export interface Selection {
	readonly filter: Filter<RowDocument>;
	readonly sort?: Sort;
	readonly limit?: number;
	/** The keys of the index to go by, where the database might choose another one. */
	readonly hint?: Readonly<Record<string, 1>>;
	/** Whether the keys and values are all that is wanted, of many rows. */
	readonly onlyValues?: true;
}

/** Reads the derived rows as of one number of the log. */
export interface Rows {
	readonly at: number;
	select(from: RowCollection, what: Selection): Promise<RowDocument[]>;
	count(from: RowCollection, filter: Selection["filter"]): Promise<number>;
	/** The row with a key. */
	one(
		from: RowCollection,
		...parts: readonly string[]
	): Promise<RowDocument | undefined>;
	/** The rows with keys, in any order. */
	byKeys(from: RowCollection, keys: Iterable<string>): Promise<RowDocument[]>;
	/** The newest row of a line under a key (joined both) with a number up to a bound. */
	newest(
		line: string,
		key: string,
		bound?: number,
	): Promise<RowDocument | undefined>;
	/** See `EntryReader.assetsBelow`. */
	assetsBelow(
		prefix: string,
		except: string,
		limit: number,
	): Promise<OwnedAsset[]>;
}

/** @param first shared by readings that may ask together */
export function rowsAt(
	database: Database,
	at: number,
	first = firstRowReader(database),
): Rows {
	const visible = visibleAt(at);
	async function select(
		from: RowCollection,
		what: Selection,
	): Promise<RowDocument[]> {
		const { filter, sort, limit, hint } = what;
		if (limit === 0) return [];
		if (limit === 1 && hint === undefined) {
			const row = await first({ at, from, filter, sort });
			return row === undefined ? [] : [row];
		}
		return await database
			.rows(from)
			.find({ ...filter, ...visible }, optionsOf(what))
			.toArray();
	}
	return {
		at,
		select,
		count: (from, filter) =>
			database.rows(from).countDocuments({ ...filter, ...visible }),
		async one(from, ...parts) {
			const k = idOf(...parts);
			const [row] = await select(from, { filter: { k }, limit: 1 });
			return row;
		},
		async byKeys(from, keys) {
			const all = [...new Set(keys)];
			const found: RowDocument[] = [];
			for (let i = 0; i < all.length; i += MAX_KEYS) {
				const k = { $in: all.slice(i, i + MAX_KEYS) };
				for (const row of await select(from, { filter: { k } }))
					found.push(row);
			}
			return found;
		},
		newest(line, key, bound = Number.MAX_SAFE_INTEGER) {
			const k = {
				$gte: idOf(line, key, ""),
				$lte: idOf(line, key, numberText(bound)),
			};
			const sort = { k: -1 } as const;
			const from = "entry";
			return first({ at, from, filter: { k }, sort, newestUpTo: bound });
		},
		assetsBelow: (prefix, except, limit) =>
			assetsBelow(database, at, { prefix, except, limit }),
	};
}

async function assetsBelow(
	database: Database,
	at: number,
	what: { prefix: string; except: string; limit: number },
): Promise<OwnedAsset[]> {
	const [first, end] = prefixRange(what.prefix);
	const m = { $gte: first, $lt: end };
	const found = await database
		.rows("entry")
		.aggregate<{ _id: string }>([
			{ $match: { m, ...visibleAt(at) } },
			{ $group: { _id: "$a" } },
		])
		.toArray();
	return found
		.map(({ _id }) => ownerIn(_id))
		.filter(({ asset }) => asset !== what.except)
		.sort((a, b) =>
			compareUtf8(idOf(a.asset, a.tenant), idOf(b.asset, b.tenant)),
		)
		.slice(0, what.limit);
}

function optionsOf({ sort, limit, hint, onlyValues }: Selection): FindOptions {
	return {
		batchSize: BATCH,
		...(sort && { sort }),
		...(limit && { limit }),
		...(hint && { hint }),
		...(onlyValues && { projection: { _id: 0, k: 1, v: 1 } }),
	};
}

function ownerIn(key: string): OwnedAsset {
	const [tenant = "", asset = ""] = key.split("\u0000");
	return { tenant: brandId<TenantId>(tenant), asset: brandId<AssetId>(asset) };
}

/** Keys that begin with the parts; with `after` those that come after it. */
export function below(
	parts: readonly string[],
	after?: readonly string[],
): Filter<RowDocument>["k"] & object {
	const start = after === undefined ? idOf(...parts, "") : idOf(...after);
	const first = after === undefined ? { $gte: start } : { $gt: start };
	return parts.length === 0 ? first : { ...first, $lt: endOfPrefix(...parts) };
}

/** The value of a row. The caller knows its type from the collection. */
export function parsed<Value>({ v }: Pick<RowDocument, "v">): Value {
	return JSON.parse(v) as Value;
}

export function versioned<Value>(row: RowDocument): Versioned<Value> {
	return { value: parsed<Value>(row), version: row.n ?? 1 };
}

export function maybeVersioned<Value>(
	row: RowDocument | undefined,
): Versioned<Value> | undefined {
	return row && versioned<Value>(row);
}
