import type { CatalogDeps } from "./deps.ts";
import type { TableChange } from "./requests.ts";
import type { Scope } from "./scope.ts";

export async function commitTransaction(
	_deps: CatalogDeps,
	_scope: Scope,
	_changes: readonly TableChange[],
): Promise<void> {
	throw new Error("not built yet");
}
