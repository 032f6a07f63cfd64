import { getCommit, listCommits } from "../../../catalog/refs/log.ts";
import type { CommitList } from "../../../catalog/refs/results.ts";
import {
	logOfTable,
	logOfTableEverywhere,
} from "../../../catalog/refs/tableLogs.ts";
import type { PageRequest } from "../../../catalog/requests.ts";
import type { Principal } from "../../../model/principal.ts";
import { BRANCH_QUERY, dottedObjectOf, namesRef } from "../../address.ts";
import type { Answer } from "../../answer.ts";
import { json } from "../../answer.ts";
import { type HandlerDeps, route } from "../../route.ts";
import { CATALOG_QUERY, catalogOf } from "./catalogNames.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";

/** History has no natural end, so a request that names no limit gets so many. */
const LOG_LIMIT = 1000;

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
		id: "listTableCommits",
		method: "GET",
		path: "/api/v1/catalogs/{catalog}/namespaces/{namespace}/tables/{table}/commits",
		summary:
			"Lists the commits that changed a table, newest first: of a ref, or of all branches and tags",
		allow: "commit.list",
		errors: ["table-not-found", "ref-not-found", "catalog-not-found"],
		query: { ...BRANCH_QUERY, ...LIST_QUERY },
		handler: async (deps, request) => {
			const { scope, identifier } = await dottedObjectOf(deps, request);
			const { catalog, ref } = scope.located;
			const of = [deps.catalog, request.principal, catalog.name] as const;
			const read = namesRef(request)
				? (page: PageRequest) => logOfTable(...of, ref.name, identifier, page)
				: (page: PageRequest) => logOfTableEverywhere(...of, identifier, page);
			return listAnswer(request.query, asRows(read), LOG_LIMIT);
		},
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
	const read = (page: PageRequest) =>
		listCommits(deps.catalog, principal, catalog, ref, page);
	return listAnswer(query, asRows(read), LOG_LIMIT);
}

function asRows(read: (page: PageRequest) => Promise<CommitList>) {
	return async (page: PageRequest) => {
		const { commits, nextPageToken } = await read(page);
		return { rows: commits, nextPageToken };
	};
}
