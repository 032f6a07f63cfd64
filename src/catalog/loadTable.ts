import type { Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { LoadTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function loadTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_request: LoadTableRequest,
): Promise<LoadedTable | "not-modified"> {
	throw new Error("not built yet");
}

export async function tableExists(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
): Promise<boolean> {
	throw new Error("not built yet");
}
