import type { NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { PageRequest } from "./requests.ts";
import type { IdentifierList } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function listTables(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_page: PageRequest,
): Promise<IdentifierList> {
	throw new Error("not built yet");
}

export async function listViews(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_page: PageRequest,
): Promise<IdentifierList> {
	throw new Error("not built yet");
}
