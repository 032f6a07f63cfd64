import type { CatalogDeps } from "./deps.ts";
import type { RenameRequest } from "./requests.ts";
import type { Scope } from "./scope.ts";

export async function renameTable(
	_deps: CatalogDeps,
	_scope: Scope,
	_request: RenameRequest,
): Promise<void> {
	throw new Error("not built yet");
}

export async function renameView(
	_deps: CatalogDeps,
	_scope: Scope,
	_request: RenameRequest,
): Promise<void> {
	throw new Error("not built yet");
}
