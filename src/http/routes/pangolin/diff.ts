import { diffRefs } from "../../../catalog/refs/diff.ts";
import { stringifyJson } from "../../../iceberg/json.ts";
import type { Answer } from "../../answer.ts";
import { route } from "../../route.ts";
import { PAGE_QUERY, pageOf } from "../iceberg/paging.ts";

export const diffRoutes = [
	route({
		id: "diffRefs",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/diff",
		summary: "Compares two branches, tags, commits or times of a catalog",
		allow: "catalog.diff",
		errors: ["catalog-not-found", "ref-not-found", "file-not-found"],
		query: {
			from: "text",
			to: "text",
			sinceMergeBase: "boolean",
			details: "boolean",
			...PAGE_QUERY,
		},
		handler: async (deps, { principal, params, query }): Promise<Answer> => {
			const { from, to, sinceMergeBase, details } = query;
			const sides = { from, to, sinceMergeBase };
			const request = { ...sides, details, ...pageOf(query) };
			const { catalog } = params;
			const diff = await diffRefs(deps.catalog, principal, catalog, request);
			// Snapshot ids and totals are 64 bits wide.
			return { status: 200, body: stringifyJson(diff) };
		},
	}),
];
