import { rebuildTable, rebuildView } from "../catalog/rebuild.ts";
import type { Rebuild } from "../catalog/recordedAnswers.ts";
import type { Principal } from "../model/principal.ts";
import { objectOf } from "./address.ts";
import type { HandlerDeps, RawRequest, Route } from "./route.ts";

/** How a route's recorded load answer is made again; undefined where the record holds the body. */
export function rebuildAnswer(
	deps: HandlerDeps,
	route: Route,
	principal: Principal,
	raw: Pick<RawRequest, "params" | "query">,
): Rebuild | undefined {
	if (route.idempotent !== "table" && route.idempotent !== "view")
		return undefined;
	const addressed = {
		params: raw.params,
		query: { branch: raw.query.get("branch") },
		principal,
		slot: undefined,
		message: undefined,
	};
	return async (metadataLocation, asset) => {
		const { scope } = await objectOf(deps, addressed);
		if (route.idempotent === "table")
			return rebuildTable(deps.catalog, scope)(metadataLocation, asset);
		const rebuild = rebuildView(deps.catalog, scope);
		const { status, body } = await rebuild(metadataLocation, asset);
		return { status, body };
	};
}
