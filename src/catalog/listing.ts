import type { NamespacePath } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import { listPage } from "./pages.ts";
import type { PageRequest } from "./requests.ts";
import type { IdentifierList } from "./results.ts";
import type { Scope } from "./scope.ts";

/**
 * The tables of a namespace, by name; no views.
 * @throws PangolinError `namespace-not-found`, `bad-request`
 */
export async function listTables(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	page: PageRequest,
): Promise<IdentifierList> {
	return listObjects(deps, scope, "table", namespace, page);
}

/**
 * The views of a namespace, by name; no tables.
 * @throws PangolinError `namespace-not-found`, `bad-request`
 */
export async function listViews(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	page: PageRequest,
): Promise<IdentifierList> {
	return listObjects(deps, scope, "view", namespace, page);
}

async function listObjects(
	deps: CatalogDeps,
	scope: Scope,
	kind: "table" | "view",
	namespace: NamespacePath,
	page: PageRequest,
): Promise<IdentifierList> {
	const { names, nextPageToken } = await listPage(deps, scope, page, {
		parent: namespace,
		kinds: [kind],
	});
	return { body: deps.lists.render({ namespace, names, nextPageToken }) };
}
