import type { Answer } from "../catalog/recordedAnswers.ts";
import type { Principal } from "../model/principal.ts";
import type { HandlerDeps, Route } from "./route.ts";

type Rebuild = (metadataLocation: string, asset: string) => Promise<Answer>;

/** How a route's recorded load answer is made again; undefined where the record holds the body. */
export function rebuildAnswer(
	_deps: HandlerDeps,
	_route: Route,
	_principal: Principal,
	_params: Readonly<Record<string, string>>,
): Rebuild | undefined {
	return undefined;
}
