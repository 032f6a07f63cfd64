import type { Identifier, NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { CreateViewRequest } from "./requests.ts";
import type { LoadedView } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function createView(
	_deps: CatalogDeps,
	_scope: Scope,
	_namespace: NamespacePath,
	_request: CreateViewRequest,
): Promise<LoadedView> {
	throw new Error("not built yet");
}

export async function loadView(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
): Promise<LoadedView> {
	throw new Error("not built yet");
}

export async function viewExists(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
): Promise<boolean> {
	throw new Error("not built yet");
}

export async function dropView(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
): Promise<void> {
	throw new Error("not built yet");
}
