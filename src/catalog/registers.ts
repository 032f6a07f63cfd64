import type { NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { RegisterRequest } from "./requests.ts";
import type { LoadedTable, LoadedView } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function registerTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_request: RegisterRequest,
): Promise<LoadedTable> {
	throw new Error("not built yet");
}

export async function registerView(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_request: RegisterRequest,
): Promise<LoadedView> {
	throw new Error("not built yet");
}
