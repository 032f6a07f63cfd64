import { getCommit, listCommits } from "../../../catalog/refs/log.ts";
import type { Principal } from "../../../model/principal.ts";
import type { Answer } from "../../answer.ts";
import { json } from "../../answer.ts";
import { type HandlerDeps, route } from "../../route.ts";
import { CATALOG_QUERY, catalogOf } from "./catalogNames.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";

/** History has no natural end, so a request that names no limit gets so many. */
export const LOG_LIMIT = 1000;

export const logRoutes = [
	route({
		id: "listCommits",
		method: "GET",
		path: "/api/v1/commits",
		summary:
			"Lists the commits that made a branch, tag, commit or time, newest first",
		allow: "commit.list",
		errors: ["catalog-not-found", "ref-not-found"],
		query: { ref: "text", ...CATALOG_QUERY, ...LIST_QUERY },
		handler: (deps, { principal, query }) =>
			logAnswer(deps, principal, query.ref, query),
	}),
	route({
		id: "listBranchCommits",
		method: "GET",
		path: "/api/v1/branches/{name}/commits",
		summary: "Lists the commits that made a branch, newest first",
		allow: "commit.list",
		errors: ["catalog-not-found", "ref-not-found"],
		query: { ...CATALOG_QUERY, ...LIST_QUERY },
		handler: (deps, { principal, params, query }) =>
			logAnswer(deps, principal, params.name, query),
	}),
	route({
		id: "getCommit",
		method: "GET",
		path: "/api/v1/commits/{id}",
		summary: "Shows a commit",
		allow: "commit.read",
		errors: ["catalog-not-found", "ref-not-found"],
		query: CATALOG_QUERY,
		handler: async (deps, { principal, params, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			return json(
				200,
				await getCommit(deps.catalog, principal, catalog, params.id),
			);
		},
	}),
];

async function logAnswer(
	deps: HandlerDeps,
	principal: Principal,
	ref: string | undefined,
	query: Parameters<typeof listAnswer>[0] & {
		readonly catalog: string | undefined;
	},
): Promise<Answer> {
	const catalog = await catalogOf(deps, principal, query.catalog);
	return listAnswer(
		query,
		async (page) => {
			const list = await listCommits(
				deps.catalog,
				principal,
				catalog,
				ref,
				page,
			);
			return { rows: list.commits, nextPageToken: list.nextPageToken };
		},
		LOG_LIMIT,
	);
}
