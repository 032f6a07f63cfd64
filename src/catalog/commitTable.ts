import type { Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { CommitTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function commitTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_request: CommitTableRequest,
): Promise<LoadedTable> {
	throw new Error("not built yet");
}
