import type { NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { CreateTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function createTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_request: CreateTableRequest,
): Promise<LoadedTable> {
	throw new Error("not built yet");
}
