import { rebuildTable, rebuildView } from "../catalog/rebuild.ts";
import type { Rebuild } from "../catalog/recordedAnswers.ts";
import type { Principal } from "../model/principal.ts";
import { scopeOf } from "./address.ts";
import type { HandlerDeps, Route } from "./route.ts";

/** How a route's recorded load answer is made again; undefined where the record holds the body. */
export function rebuildAnswer(
	deps: HandlerDeps,
	route: Route,
	principal: Principal,
	params: Readonly<Record<string, string>>,
): Rebuild | undefined {
	const { idempotent } = route;
	if (idempotent !== "table" && idempotent !== "view") return undefined;
	const rebuild = idempotent === "table" ? rebuildTable : rebuildView;
	return async (metadataLocation, asset) => {
		const at = { principal, params, query: {}, slot: undefined };
		const scope = await scopeOf(deps, at);
		return rebuild(deps.catalog, scope)(metadataLocation, asset);
	};
}
