import type { Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { CommitViewRequest } from "./requests.ts";
import type { LoadedView } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function replaceView(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_request: CommitViewRequest,
): Promise<LoadedView> {
	throw new Error("not built yet");
}
