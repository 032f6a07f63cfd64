import { commitTable } from "../../../catalog/commitTable.ts";
import { commitTransaction } from "../../../catalog/transactions.ts";
import { BRANCH_QUERY, objectOf, scopeOf } from "../../address.ts";
import { NO_CONTENT } from "../../answer.ts";
import { route } from "../../route.ts";
import { commitTableBody, commitTransactionBody } from "./bodies.ts";
import { loadedTable } from "./loaded.ts";

export const commitRoutes = [
	route({
		id: "updateTable",
		method: "POST",
		path: "/v1/{prefix}/namespaces/{namespace}/tables/{table}",
		summary: "Commits updates to a table, or its staged creation",
		allow: "table.update",
		errors: [
			"table-not-found",
			"namespace-not-found",
			"commit-conflict",
			"commit-state-unknown",
			"already-exists",
			"validation-failed",
		],
		idempotent: "table",
		query: BRANCH_QUERY,
		body: commitTableBody,
		handler: async (deps, request) => {
			const { scope, identifier } = await objectOf(deps, request);
			return loadedTable(
				await commitTable(deps.catalog, scope, identifier, request.body),
			);
		},
	}),
	route({
		id: "commitTransaction",
		method: "POST",
		path: "/v1/{prefix}/transactions/commit",
		summary: "Commits to several tables at once: all of it or nothing",
		allow: "table.update",
		errors: [
			"table-not-found",
			"namespace-not-found",
			"commit-conflict",
			"commit-state-unknown",
			"already-exists",
			"validation-failed",
		],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: commitTransactionBody,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			await commitTransaction(deps.catalog, scope, request.body);
			return NO_CONTENT;
		},
	}),
];
