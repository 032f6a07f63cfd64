import { configFor } from "../../../catalog/scope.ts";
import type { Answer } from "../../answer.ts";
import { json } from "../../answer.ts";
import { ADVERTISED_SEPARATOR } from "../../paths.ts";
import type { HandlerDeps } from "../../route.ts";
import { route } from "../../route.ts";

export const configRoutes = [
	route({
		id: "getConfig",
		method: "GET",
		path: "/v1/config",
		summary: "What a client must know about a catalog before anything else",
		allow: "public",
		errors: ["warehouse-not-found"],
		query: { warehouse: "text" },
		handler: async (deps, { principal, query }) => {
			const { prefix } = await configFor(
				deps.catalog,
				principal,
				query.warehouse,
			);
			return configuration(deps, { prefix });
		},
	}),
	route({
		id: "getConfigOfCatalog",
		method: "GET",
		path: "/v1/{catalog}/config",
		summary: "The configuration of the catalog that the path names",
		allow: "public",
		errors: ["warehouse-not-found"],
		handler: async (deps, { principal, params }) => {
			const { prefix } = await configFor(
				deps.catalog,
				principal,
				params.catalog,
			);
			return configuration(deps, { prefix });
		},
	}),
	route({
		id: "getConfigBelowCatalog",
		method: "GET",
		path: "/v1/{catalog}/v1/config",
		summary:
			"The configuration for clients whose server address names the catalog",
		allow: "public",
		errors: ["warehouse-not-found"],
		// Without a prefix: the address already has it.
		handler: async (deps, { principal, params }) => {
			await configFor(deps.catalog, principal, params.catalog);
			return configuration(deps, {});
		},
	}),
];

function configuration(
	deps: HandlerDeps,
	overrides: Readonly<Record<string, string>>,
): Answer {
	return json(200, {
		defaults: {},
		overrides: { ...overrides, "namespace-separator": ADVERTISED_SEPARATOR },
		endpoints: deps.status.endpoints,
		"idempotency-key-lifetime": isoDuration(
			deps.catalog.limits.idempotencyLifetimeMillis,
		),
	});
}

/** `PT…S`: Java's Duration reads no weeks, months or years, and one bad field costs it the whole answer. */
function isoDuration(millis: number): string {
	return `PT${Math.floor(millis / 1000)}S`;
}
