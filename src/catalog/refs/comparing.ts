import type { LineId, TenantId } from "../../model/ids.ts";
import { keyText, shownKeys } from "../../store/entryKeys.ts";
import type { EntryKey, EntryRow } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { chainOf, type Level, type State } from "./states.ts";

/** Rows by `keyText` of their key. */
export type Rows = ReadonlyMap<string, EntryRow>;

/** Three states of one catalog: two sides and what they are compared with. */
export interface ThreeStates {
	readonly base: State;
	readonly ours: State;
	readonly theirs: State;
}

/** What the three show, of the keys in which a side may differ from the base. */
export type Compared = { readonly [Name in keyof ThreeStates]: Rows };

/** Numbers of a line in (after, upTo]. */
interface Stretch {
	readonly line: LineId;
	readonly after: number;
	readonly upTo: number;
}

const COMMITS_AT_ONCE = 1000;
const READS_AT_ONCE = 256;

/**
 * Reads what three states show under every key that some commit wrote between
 * the base and a side: whatever the size of the catalog, the work grows with
 * what was changed only. What a partial side hides counts as unchanged, and so
 * does what the other side did to it where it is `ours` that hides it.
 */
export async function compareStates(
	deps: CatalogDeps,
	tenant: TenantId,
	{ base, ours, theirs }: ThreeStates,
): Promise<Compared> {
	const chains = await Promise.all(
		[base, ours, theirs].map((state) => chainOf(deps, tenant, state)),
	);
	const [atBase = [], atOurs = [], atTheirs = []] = chains;
	const stretches = [...apart(atBase, atOurs), ...apart(atBase, atTheirs)];
	const keys = await keysWritten(deps, tenant, stretches);
	const [before, mine, other] = await Promise.all(
		[base, ours, theirs].map((at) => rowsAt(deps, tenant, at, keys)),
	);
	const compared = {
		base: before ?? new Map(),
		ours: mine ?? new Map(),
		theirs: other ?? new Map(),
	};
	const hiddenInOurs = await hiddenKeys(deps, tenant, atOurs, keys);
	const hiddenInTheirs = await hiddenKeys(deps, tenant, atTheirs, keys);
	for (const key of hiddenInOurs) {
		asInBase(compared.base, compared.ours, key);
		asInBase(compared.base, compared.theirs, key);
	}
	for (const key of hiddenInTheirs)
		asInBase(compared.base, compared.theirs, key);
	return compared;
}

/** What a state shows of these keys. */
export async function rowsAt(
	{ store }: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	{ line, number }: State,
	keys: readonly EntryKey[],
): Promise<Map<string, EntryRow>> {
	const found = new Map<string, EntryRow>();
	const at = { tenant, line, number };
	for (let i = 0; i < keys.length; i += READS_AT_ONCE) {
		const rows = await Promise.all(
			keys.slice(i, i + READS_AT_ONCE).map((key) => store.entries.get(at, key)),
		);
		for (const row of rows)
			if (row !== undefined) found.set(keyText(row.key), row);
	}
	return found;
}

function asInBase(
	base: Rows,
	side: Map<string, EntryRow>,
	key: EntryKey,
): void {
	const row = base.get(keyText(key));
	if (row === undefined) side.delete(keyText(key));
	else side.set(keyText(key), row);
}

/** What either of two chains has and the other has not. */
function apart(a: readonly Level[], b: readonly Level[]): Stretch[] {
	return [...beyond(a, b), ...beyond(b, a)];
}

function beyond(chain: readonly Level[], other: readonly Level[]): Stretch[] {
	const reach = new Map(other.map(({ line, number }) => [line.id, number]));
	const stretches: Stretch[] = [];
	for (const { line, number } of chain) {
		const after = reach.get(line.id);
		if (after === undefined || after < number)
			stretches.push({ line: line.id, after: after ?? 0, upTo: number });
		// Below a line that both have, they have the same.
		if (after !== undefined) break;
	}
	return stretches;
}

async function keysWritten(
	deps: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	stretches: readonly Stretch[],
): Promise<EntryKey[]> {
	const keys = new Map<string, EntryKey>();
	for (const stretch of stretches)
		for await (const key of keysOfStretch(deps, tenant, stretch))
			keys.set(keyText(key), key);
	return [...keys.values()];
}

async function* keysOfStretch(
	{ store }: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	{ line, after, upTo }: Stretch,
): AsyncGenerator<EntryKey> {
	for (let next = upTo; next > after; ) {
		const limit = Math.min(COMMITS_AT_ONCE, next - after);
		const page = { after: next + 1, limit };
		const commits = await store.commits.commits(tenant, line, page);
		for (const commit of commits) yield* commit.keys;
		next -= limit;
	}
}

/** Those of the keys that a partial branch of the chain does not let through. */
async function hiddenKeys(
	deps: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	chain: readonly Level[],
	keys: readonly EntryKey[],
): Promise<EntryKey[]> {
	const filters = chain.map(({ line: { filter } }) =>
		filter === null ? undefined : new Set([...shownKeys(filter)].map(keyText)),
	);
	if (filters.every((filter) => filter === undefined)) return [];
	const hidden: EntryKey[] = [];
	for (const key of keys)
		if (await isHidden(deps, tenant, chain, filters, key)) hidden.push(key);
	return hidden;
}

/** A line shows what it wrote itself; of its ancestors only what its filter lets through. */
async function isHidden(
	{ store }: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	chain: readonly Level[],
	filters: readonly (ReadonlySet<string> | undefined)[],
	key: EntryKey,
): Promise<boolean> {
	for (const [i, { line, number }] of chain.entries()) {
		const page = { after: number + 1, limit: 1 };
		const own = await store.commits.ofKey(tenant, line.id, key, page);
		if (own.length > 0) return false;
		const filter = filters[i];
		if (filter !== undefined && !filter.has(keyText(key))) return true;
	}
	return false;
}
