import { namespaceTree, summarizeCatalog } from "../../../catalog/overview.ts";
import { BRANCH_QUERY, scopeOf } from "../../address.ts";
import { json } from "../../answer.ts";
import { route } from "../../route.ts";

export const overviewRoutes = [
	route({
		id: "getCatalogSummary",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/summary",
		summary: "Counts what a catalog holds, on main or another ref",
		allow: "catalog.read",
		errors: ["catalog-not-found", "ref-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			return json(200, await summarizeCatalog(deps.catalog, scope));
		},
	}),
	route({
		id: "getNamespaceTree",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/namespaces/tree",
		summary: "Shows all namespaces of a catalog as a tree",
		allow: "namespace.list",
		errors: ["catalog-not-found", "ref-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			return json(200, { root: await namespaceTree(deps.catalog, scope) });
		},
	}),
];
