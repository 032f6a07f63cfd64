import { loadTable } from "../../src/catalog/loadTable.ts";
import type { LoadTableRequest } from "../../src/catalog/requests.ts";
import type { LoadedTable } from "../../src/catalog/results.ts";
import { openScope, prefixOf } from "../../src/catalog/scope.ts";
import type { FileStorage } from "../../src/files/contract.ts";
import { type ErrorCode, PangolinError } from "../../src/model/errors.ts";
import type { Identifier } from "../../src/model/names.ts";
import { NO_AUTH_PRINCIPAL } from "../../src/model/principal.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqliteStore.ts";
import type { TestCatalog } from "./catalog.ts";
import { openRecycledPostgres } from "./emptyPostgres.ts";
import { openRecycledMongo } from "./mongo/emptyMongo.ts";

export const CALLER = { principal: NO_AUTH_PRINCIPAL };

/** The stores on which refs are tested. */
export const STORES: readonly (readonly [
	string,
	() => Store | Promise<Store>,
])[] = [
	["memory", openMemoryStore],
	["SQLite", () => openSqliteStore({ path: ":memory:" })],
	["PostgreSQL", openRecycledPostgres],
	["MongoDB", openRecycledMongo],
];

/** How many of the runs of a property are made on a store: over a network fewer take as long. */
export function runsOn(store: string, runs: number): number {
	return Math.ceil(runs * (SHARES[store] ?? 1));
}

const SHARES: Readonly<Record<string, number>> = {
	PostgreSQL: 1 / 5,
	MongoDB: 1 / 8,
};

export function codeIs(code: ErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

/** The same catalog at another of its refs. */
export async function atRef(
	catalog: TestCatalog,
	ref: string,
): Promise<TestCatalog> {
	const { deps, scope } = catalog;
	const prefix = prefixOf(scope.located.catalog.name, ref);
	return { ...catalog, scope: await openScope(deps, CALLER.principal, prefix) };
}

export async function loadAt(
	catalog: Pick<TestCatalog, "deps" | "scope">,
	identifier: Identifier,
	request: LoadTableRequest = {},
): Promise<LoadedTable> {
	const { deps, scope } = catalog;
	const loaded = await loadTable(deps, scope, identifier, request);
	if (loaded === "not-modified") throw new Error("not expected here");
	return loaded;
}

/** Counts the calls of everything that reads from a store or a storage, and of `apply`. */
export function counting(calls: string[]): {
	store(store: Store): Store;
	storage(storage: FileStorage): FileStorage;
} {
	return {
		store: (store) => ({
			...store,
			refs: counted(store.refs, calls),
			entries: counted(store.entries, calls),
			commits: counted(store.commits, calls),
			drops: counted(store.drops, calls),
			registry: counted(store.registry, calls),
			claims: counted(store.claims, calls),
			apply: (changes) => {
				calls.push("apply");
				return store.apply(changes);
			},
		}),
		storage: (storage) => ({
			...storage,
			read: (location) => {
				calls.push("read");
				return storage.read(location);
			},
		}),
	};
}

function counted<Reader extends object>(
	reader: Reader,
	calls: string[],
): Reader {
	return new Proxy(reader, {
		get: (target, name, receiver) => {
			calls.push(String(name));
			return Reflect.get(target, name, receiver);
		},
	});
}
