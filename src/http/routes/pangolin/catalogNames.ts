import { catalogOrDefault } from "../../../catalog/scope.ts";
import type { Principal } from "../../../model/principal.ts";
import type { HandlerDeps } from "../../route.ts";

/** Of routes whose path names no catalog. */
export const CATALOG_QUERY = { catalog: "text" } as const;

/**
 * The catalog that a request names; without a name as clients without a `warehouse`.
 * @throws PangolinError `bad-request` when there are several
 */
export function catalogOf(
	deps: HandlerDeps,
	principal: Principal,
	name: string | null | undefined,
): Promise<string> {
	return catalogOrDefault(deps.catalog, principal, name);
}
