import { listDropped } from "../../../catalog/refs/dropped.ts";
import { undrop } from "../../../catalog/refs/undrop.ts";
import { BRANCH_QUERY, scopeOf } from "../../address.ts";
import { json } from "../../answer.ts";
import { route } from "../../route.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";
import { undropBody } from "./undoBodies.ts";

export const droppedRoutes = [
	route({
		id: "listDropped",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/dropped",
		summary: "Lists what a branch dropped and can have again, newest first",
		allow: "dropped.list",
		errors: ["catalog-not-found", "ref-not-found"],
		query: { ...BRANCH_QUERY, ...LIST_QUERY },
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			return listAnswer(request.query, async (page) => {
				const list = await listDropped(deps.catalog, scope, page);
				return { rows: list.dropped, nextPageToken: list.nextPageToken };
			});
		},
	}),
	route({
		id: "undrop",
		method: "POST",
		path: "/api/v1/catalogs/{catalog}/undrop",
		summary: "Brings back something that a branch dropped, as it was",
		allow: "dropped.restore",
		errors: [
			"catalog-not-found",
			"ref-not-found",
			"asset-not-found",
			"namespace-not-found",
			"file-not-found",
			"already-exists",
			"location-busy",
			"commit-conflict",
			"commit-state-unknown",
		],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: undropBody,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			return json(200, await undrop(deps.catalog, scope, request.body));
		},
	}),
];
