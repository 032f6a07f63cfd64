import type { CatalogId, LineId, TenantId } from "../../model/ids.ts";
import type { Catalog, Tenant, Warehouse } from "../../model/registry.ts";
import { keyOf, keyParts } from "../recordKeys.ts";
import type {
	Claim,
	Collection,
	Commit,
	DroppedAsset,
	Entry,
	EntryKey,
	Garbage,
	IdempotencyRecord,
	Job,
	Line,
	Merge,
	MergeConflict,
	MergeOperation,
	MetricsReport,
	RecordValue,
	Ref,
	Versioned,
} from "../records.ts";

export type Rows<Value> = Map<string, Versioned<Value>>;

/** What a line wrote under one key, oldest first; never empty. */
export interface History {
	readonly key: EntryKey;
	readonly rows: StoredRow[];
}

export interface StoredRow {
	readonly number: number;
	readonly timeMicros: number;
	/** Null is a tombstone. */
	readonly entry: Entry | null;
	/** When it was replaced, where that is not what the next row says: the one that replaced it was forgotten. */
	readonly ended?: End;
}

export interface End {
	readonly number: number;
	readonly timeMicros: number;
}

/** Numbers from `from` up to before `to`. */
export interface Stretch {
	readonly from: number;
	readonly to: number;
}

/** The content of one line, beside its record. */
export interface LineContent {
	readonly histories: Map<string, History>;
	/** The keys of `histories`, by their UTF-8 bytes. */
	readonly keys: string[];
	/** The first one first; see `commitAt`. */
	readonly commits: Commit[];
	/** By number, with what passed to them (sentence H6). */
	readonly merges: Merge[];
	/** By asset. */
	readonly dropped: Map<string, DroppedAsset>;
}

/** Everything that the memory store holds. The keys of the maps come from `idOf`. */
export interface State {
	readonly tenants: Rows<Tenant>;
	readonly warehouses: Rows<Warehouse>;
	readonly catalogs: Rows<Catalog>;
	readonly refs: Rows<Ref>;
	readonly lines: Rows<Line>;
	readonly contents: Map<string, LineContent>;
	/** By line: the numbers that show no longer what they showed. */
	readonly forgotten: Map<string, readonly Stretch[]>;
	readonly garbage: Rows<Garbage>;
	readonly idempotency: Rows<IdempotencyRecord>;
	readonly jobs: Rows<Job>;
	readonly reports: Rows<MetricsReport>;
	readonly mergeOperations: Rows<MergeOperation>;
	readonly mergeConflicts: Rows<MergeConflict>;
	/** By location. */
	readonly claims: Map<string, Claim>;
	/** The keys of `claims`, by their UTF-8 bytes. */
	readonly claimLocations: string[];
}

export function emptyState(): State {
	return {
		tenants: new Map(),
		warehouses: new Map(),
		catalogs: new Map(),
		refs: new Map(),
		lines: new Map(),
		contents: new Map(),
		forgotten: new Map(),
		garbage: new Map(),
		idempotency: new Map(),
		jobs: new Map(),
		reports: new Map(),
		mergeOperations: new Map(),
		mergeConflicts: new Map(),
		claims: new Map(),
		claimLocations: [],
	};
}

/**
 * Joins the parts of a key. U+0000 occurs in no part and sorts before
 * everything, so joined keys sort as the list of their parts does.
 */
export function idOf(...parts: readonly string[]): string {
	return parts.join("\u0000");
}

export function entryId(key: EntryKey): string {
	return idOf(key.space, key.parent, key.name);
}

/** The joined key of a record. */
export function recordId<C extends Collection>(
	collection: C,
	value: RecordValue<C>,
): string {
	return idOf(...keyParts(collection, keyOf(collection, value)));
}

export function lineOf(
	state: State,
	tenant: TenantId,
	line: LineId,
): Line | undefined {
	return state.lines.get(idOf(tenant, line))?.value;
}

export function catalogById(
	state: State,
	tenant: TenantId,
	id: CatalogId,
): Catalog | undefined {
	for (const { value } of state.catalogs.values()) {
		if (value.tenant === tenant && value.id === id) return value;
	}
	return undefined;
}

export function linesOfCatalog(
	state: State,
	tenant: TenantId,
	catalog: CatalogId,
): Line[] {
	return [...state.lines.values()]
		.map((row) => row.value)
		.filter((line) => line.tenant === tenant && line.catalog === catalog);
}

/** Whether a line has reached a number and still keeps it (sentence H3). */
export function keepsNumber(
	state: State,
	{ tenant, id, head }: Line,
	number: number,
): boolean {
	const forgotten = state.forgotten.get(idOf(tenant, id)) ?? [];
	return (
		number <= head &&
		!forgotten.some(({ from, to }) => from <= number && number < to)
	);
}

/** The commit with a number: at index number - 1, unless the first ones are gone. */
export function commitAt(
	{ commits }: LineContent,
	number: number,
): Commit | undefined {
	const expected = commits[number - 1];
	return expected?.number === number
		? expected
		: commits.find((commit) => commit.number === number);
}
