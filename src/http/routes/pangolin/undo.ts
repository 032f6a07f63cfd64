import { revertCommit } from "../../../catalog/refs/revert.ts";
import { rollBack } from "../../../catalog/refs/rollback.ts";
import type { Scope } from "../../../catalog/scope.ts";
import { scopeOf } from "../../address.ts";
import { json } from "../../answer.ts";
import { type HandlerDeps, type RouteRequest, route } from "../../route.ts";
import { catalogOf } from "./catalogNames.ts";
import { revertBody, rollbackBody } from "./undoBodies.ts";

const ERRORS = [
	"catalog-not-found",
	"ref-not-found",
	"file-not-found",
	"already-exists",
	"location-busy",
	"commit-conflict",
	"commit-state-unknown",
] as const;

export const undoRoutes = [
	route({
		id: "revertCommit",
		method: "POST",
		path: "/api/v1/branches/{name}/revert",
		summary: "Undoes a commit or a merge and keeps what came later",
		allow: "branch.revert",
		errors: ERRORS,
		idempotent: "plain",
		body: revertBody,
		handler: async (deps, request) => {
			const scope = await branchOf(deps, request, request.body.catalog);
			const { request: wanted } = request.body;
			const outcome = await revertCommit(deps.catalog, scope, wanted);
			return outcome.outcome === "undone"
				? json(200, outcome.result)
				: json(409, outcome.conflicted);
		},
	}),
	route({
		id: "rollbackBranch",
		method: "POST",
		path: "/api/v1/branches/{name}/rollback",
		summary:
			"Lets a branch show again what it showed at a commit, tag or time of its history",
		allow: "branch.rollback",
		errors: ERRORS,
		idempotent: "plain",
		body: rollbackBody,
		handler: async (deps, request) => {
			const scope = await branchOf(deps, request, request.body.catalog);
			return json(
				200,
				await rollBack(deps.catalog, scope, request.body.request),
			);
		},
	}),
];

async function branchOf(
	deps: HandlerDeps,
	{ principal, slot, message, params }: RouteRequest<"name">,
	named: string | null | undefined,
): Promise<Scope> {
	const catalog = await catalogOf(deps, principal, named);
	const at = { principal, slot, message, params: { catalog }, query: {} };
	return scopeOf(deps, at, params.name);
}
