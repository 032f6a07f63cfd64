import { completeMerge } from "../../../catalog/refs/completeMerge.ts";
import { mergeBranches } from "../../../catalog/refs/merge.ts";
import type { MergeOutcome } from "../../../catalog/refs/mergeResults.ts";
import { rebaseBranch } from "../../../catalog/refs/rebase.ts";
import {
	abortMerge,
	getMerge,
	listConflicts,
	listMerges,
	resolveConflict,
} from "../../../catalog/refs/resolveMerge.ts";
import type { ErrorCode } from "../../../model/errors.ts";
import { type Answer, json } from "../../answer.ts";
import { route } from "../../route.ts";
import { catalogOf } from "./catalogNames.ts";
import { LIST_QUERY, listAnswer } from "./lists.ts";
import { mergeBody, rebaseBody, resolveBody } from "./mergeBodies.ts";

const ONE = "/api/v1/merge-operations/{id}";

/** Of what makes a plan true. */
const APPLYING: readonly ErrorCode[] = [
	"catalog-not-found",
	"ref-not-found",
	"namespace-not-found",
	"file-not-found",
	"already-exists",
	"location-busy",
	"commit-conflict",
	"commit-state-unknown",
	"forbidden",
];

export const mergeRoutes = [
	route({
		id: "mergeBranches",
		method: "POST",
		path: "/api/v1/branches/merge",
		summary: "Merges a branch, tag, commit or time into a branch",
		allow: "merge.create",
		errors: APPLYING,
		idempotent: "plain",
		body: mergeBody,
		handler: async (deps, { principal, slot, message, body }) => {
			const catalog = await catalogOf(deps, principal, body.catalog);
			const caller = { principal, slot, message };
			return mergeAnswer(
				await mergeBranches(deps.catalog, caller, catalog, body.request),
			);
		},
	}),
	route({
		id: "rebaseBranch",
		method: "POST",
		path: "/api/v1/branches/{name}/rebase",
		summary: "Bases a branch on what another ref shows now",
		allow: "branch.rebase",
		errors: APPLYING,
		idempotent: "plain",
		body: rebaseBody,
		handler: async (deps, { principal, slot, message, params, body }) => {
			const catalog = await catalogOf(deps, principal, body.catalog);
			const result = await rebaseBranch(
				deps.catalog,
				{ principal, slot, message },
				catalog,
				{ ...body.request, name: params.name },
			);
			return result.outcome === "rebased"
				? json(200, result.rebased)
				: json(409, result.conflicted);
		},
	}),
	route({
		id: "listMerges",
		method: "GET",
		path: "/api/v1/catalogs/{name}/merge-operations",
		summary: "Lists the merges of a catalog, the newest first",
		allow: "merge.list",
		errors: ["catalog-not-found"],
		query: LIST_QUERY,
		handler: ({ catalog }, { principal, params, query }) =>
			listAnswer(query, async (page) => {
				const list = await listMerges(catalog, principal, params.name, page);
				return { rows: list.operations, nextPageToken: list.nextPageToken };
			}),
	}),
	route({
		id: "getMerge",
		method: "GET",
		path: ONE,
		summary: "Shows a merge and its conflicts",
		allow: "merge.read",
		errors: ["merge-not-found"],
		handler: async ({ catalog }, { principal, params }) =>
			json(200, await getMerge(catalog, principal, params.id)),
	}),
	route({
		id: "listConflicts",
		method: "GET",
		path: `${ONE}/conflicts`,
		summary: "Lists what must be decided before a merge can be completed",
		allow: "merge.read",
		errors: ["merge-not-found"],
		handler: async ({ catalog }, { principal, params }) =>
			json(200, await listConflicts(catalog, principal, params.id)),
	}),
	route({
		id: "resolveConflict",
		method: "POST",
		path: "/api/v1/conflicts/{id}/resolve",
		summary: "Decides one conflict of a merge",
		allow: "merge.resolve",
		errors: ["merge-not-found", "commit-conflict"],
		idempotent: "plain",
		body: resolveBody,
		handler: async ({ catalog }, { principal, slot, params, body }) =>
			json(
				200,
				await resolveConflict(catalog, { principal, slot }, params.id, body),
			),
	}),
	route({
		id: "completeMerge",
		method: "POST",
		path: `${ONE}/complete`,
		summary: "Completes a merge whose conflicts are all decided",
		allow: "merge.create",
		errors: ["merge-not-found", ...APPLYING],
		idempotent: "plain",
		handler: async ({ catalog }, { principal, slot, message, params }) => {
			const caller = { principal, slot, message };
			const result = await completeMerge(catalog, caller, params.id);
			return result.outcome === "completed"
				? json(200, result.completed)
				: json(409, result.conflicted);
		},
	}),
	route({
		id: "abortMerge",
		method: "POST",
		path: `${ONE}/abort`,
		summary: "Gives a merge up",
		allow: "merge.resolve",
		errors: ["merge-not-found", "commit-conflict"],
		idempotent: "plain",
		handler: async ({ catalog }, { principal, slot, params }) =>
			json(200, await abortMerge(catalog, { principal, slot }, params.id)),
	}),
];

/** Conflicts are no error: their answer says how to go on. */
function mergeAnswer(result: MergeOutcome): Answer {
	switch (result.outcome) {
		case "completed":
			return json(200, result.operation);
		case "conflicted":
			return json(409, result.conflicted);
		case "planned":
			return json(200, result.preview);
	}
}
