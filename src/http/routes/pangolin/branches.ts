import {
	createBranch,
	deleteBranch,
	getBranch,
	listBranches,
	updateBranch,
} from "../../../catalog/refs/branches.ts";
import { json, NO_CONTENT } from "../../answer.ts";
import { route } from "../../route.ts";
import { CATALOG_QUERY, catalogOf } from "./catalogNames.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";
import { createBranchBody, updateBranchBody } from "./refBodies.ts";

const ALL = "/api/v1/branches";
const ONE = "/api/v1/branches/{name}";

export const branchRoutes = [
	route({
		id: "listBranches",
		method: "GET",
		path: ALL,
		summary: "Lists the branches of a catalog, by name",
		allow: "branch.list",
		errors: ["catalog-not-found"],
		query: { ...CATALOG_QUERY, ...LIST_QUERY },
		handler: async (deps, { principal, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			return listAnswer(query, async (page) => {
				const list = await listBranches(deps.catalog, principal, catalog, page);
				return { rows: list.branches, nextPageToken: list.nextPageToken };
			});
		},
	}),
	route({
		id: "createBranch",
		method: "POST",
		path: ALL,
		summary: "Makes a branch of any state of a catalog",
		allow: "branch.create",
		errors: [
			"catalog-not-found",
			"ref-not-found",
			"asset-not-found",
			"already-exists",
		],
		idempotent: "plain",
		body: createBranchBody,
		handler: async (deps, { principal, slot, body }) => {
			const catalog = await catalogOf(deps, principal, body.catalog);
			const caller = { principal, slot };
			return json(
				201,
				await createBranch(deps.catalog, caller, catalog, body.request),
			);
		},
	}),
	route({
		id: "getBranch",
		method: "GET",
		path: ONE,
		summary: "Shows a branch",
		allow: "branch.read",
		errors: ["catalog-not-found", "ref-not-found"],
		query: CATALOG_QUERY,
		handler: async (deps, { principal, params, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			return json(
				200,
				await getBranch(deps.catalog, principal, catalog, params.name),
			);
		},
	}),
	route({
		id: "updateBranch",
		method: "PUT",
		path: ONE,
		summary: "Renames a branch, protects it or frees it, sets its expiry",
		allow: "branch.update",
		errors: ["catalog-not-found", "ref-not-found", "already-exists"],
		idempotent: "plain",
		query: CATALOG_QUERY,
		body: updateBranchBody,
		handler: async (deps, { principal, slot, params, query, body }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			const caller = { principal, slot };
			return json(
				200,
				await updateBranch(deps.catalog, caller, catalog, params.name, body),
			);
		},
	}),
	route({
		id: "deleteBranch",
		method: "DELETE",
		path: ONE,
		summary: "Deletes a branch and what only it shows",
		allow: "branch.delete",
		errors: ["catalog-not-found", "ref-not-found"],
		idempotent: "plain",
		query: CATALOG_QUERY,
		handler: async (deps, { principal, slot, params, query }) => {
			const catalog = await catalogOf(deps, principal, query.catalog);
			const caller = { principal, slot };
			await deleteBranch(deps.catalog, caller, catalog, params.name);
			return NO_CONTENT;
		},
	}),
];
