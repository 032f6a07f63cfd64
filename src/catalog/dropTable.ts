import type { Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function dropTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_options: { readonly purge: boolean },
): Promise<void> {
	throw new Error("not built yet");
}

export async function unregisterTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
): Promise<LoadedTable> {
	throw new Error("not built yet");
}
