import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import { PangolinError } from "../model/errors.ts";
import { reserveBody } from "./bodyBudget.ts";
import { readBody } from "./bodyReading.ts";
import type { Gate } from "./gate.ts";
import { createGate } from "./gate.ts";
import { checkContentType } from "./guard.ts";
import type { HttpLimits } from "./limits.ts";
import type { PathParameter } from "./paths.ts";
import { noSuchRoute, parametersOf, readParameters } from "./paths.ts";
import type { RawQuery } from "./query.ts";
import { parseQuery } from "./query.ts";
import type { Route } from "./route.ts";
import { createRouter, type Router } from "./router.ts";
import type { Exchange, Serving } from "./serving.ts";
import { admit, openExchange, sendError, serve } from "./serving.ts";
import { routePaths } from "./twins.ts";
import { answerClientError } from "./wire.ts";

/** Handles a request to its end. Never throws. */
export type Listener = (
	request: IncomingMessage,
	response: ServerResponse,
) => void;

interface Mounted {
	readonly route: Route;
	readonly gate: Gate;
	readonly parameters: readonly PathParameter[];
	readonly takesBody: boolean;
}

const UNKNOWN_ROUTE = "unknown";

/** Puts routes behind one listener of Node's HTTP server. */
export function mount(serving: Serving, routes: readonly Route[]): Listener {
	const router = createRouter<Mounted>();
	for (const route of routes) {
		const reads = route.method === "GET" || route.method === "HEAD";
		const { limits } = serving;
		const gate = createGate(reads ? limits.reads : limits.mutations);
		for (const path of routePaths(route.path)) {
			router.add(path, route.method, {
				route,
				gate,
				parameters: parametersOf(path),
				takesBody: route.method === "POST" || route.method === "PUT",
			});
		}
	}
	const recent = new Map<string, Target>();
	return (request, response) =>
		dispatch({ serving, router, recent }, request, response);
}

/** Where a request leads, its parameters decoded. Shared between requests. */
interface Target {
	readonly mounted: Mounted;
	readonly params: Readonly<Record<string, string>>;
	readonly query: RawQuery;
}

interface Dispatching {
	readonly serving: Serving;
	readonly router: Router<Mounted>;
	/** Of GET requests by URL: clients load the same tables again and again. */
	readonly recent: Map<string, Target>;
}

function dispatch(
	dispatching: Dispatching,
	request: IncomingMessage,
	response: ServerResponse,
): void {
	const { serving, router, recent } = dispatching;
	const { url = "", method = "" } = request;
	const known = method === "GET" ? recent.get(url) : undefined;
	const segments = known === undefined ? pathOf(url).split("/") : [];
	const targets =
		known === undefined ? router.find(segments, method)?.targets : undefined;
	const mounted = known?.mounted ?? targets?.get(method);
	const exchange = openExchange(
		serving,
		mounted?.route.id ?? UNKNOWN_ROUTE,
		request,
		response,
	);
	try {
		serving.guard(request);
		if (mounted === undefined) throw refusal(targets, response);
		const target = known ?? {
			mounted,
			params: readParameters(mounted.parameters, segments),
			query: parseQuery(queryOf(url)),
		};
		if (mounted.takesBody) {
			void withBody(serving, target, exchange);
			return;
		}
		if (known === undefined && method === "GET") remember(recent, url, target);
		admit(serving, mounted.route);
		const { params, query } = target;
		void serve(serving, mounted.route, mounted.gate, exchange, {
			params,
			query,
			bytes: undefined,
			ifNoneMatch: request.headers["if-none-match"],
		});
	} catch (error) {
		sendError(serving, exchange, error);
	}
}

const MAX_RECENT = 1_000;
const MAX_RECENT_URL_CHARACTERS = 512;

/** Forgets everything rather than growing beyond its bound. */
function remember(
	recent: Map<string, Target>,
	url: string,
	target: Target,
): void {
	if (url.length > MAX_RECENT_URL_CHARACTERS) return;
	if (recent.size >= MAX_RECENT) recent.clear();
	recent.set(url, target);
}

function pathOf(url: string): string {
	const end = url.indexOf("?");
	return end === -1 ? url : url.slice(0, end);
}

function queryOf(url: string): string {
	const end = url.indexOf("?");
	return end === -1 ? "" : url.slice(end + 1);
}

/** Refuses what can be refused before the body is read, reads it, and looks again. */
async function withBody(
	serving: Serving,
	{ mounted: { route, gate }, params, query }: Target,
	exchange: Exchange,
): Promise<void> {
	const { request, response } = exchange;
	let bytes: Buffer | undefined;
	try {
		admit(serving, route);
		checkContentType(request);
		reserveBody(serving.load, serving.limits.maxBodyBytes, request, response);
		bytes = await readBody(request, Math.max(route.bodyLimitBytes, 1024));
		if (bytes === undefined) return;
		admit(serving, route);
	} catch (error) {
		sendError(serving, exchange, error);
		return;
	}
	await serve(serving, route, gate, exchange, {
		params,
		query,
		bytes,
		ifNoneMatch: undefined,
	});
}

/** 404, or 405 with the methods that the path has. */
function refusal(
	targets: ReadonlyMap<string, Mounted> | undefined,
	response: ServerResponse,
): PangolinError {
	if (targets === undefined) return noSuchRoute();
	const methods = [...targets.keys()].join(", ");
	response.setHeader("allow", methods);
	return new PangolinError("method-not-allowed", `Use ${methods} here`);
}

/** Node's HTTP server with the timeouts and bounds of this one. */
export function httpServer(
	limits: HttpLimits,
	serving: Serving,
	listener: Listener,
): Server {
	const server = createServer(
		{
			headersTimeout: limits.headersTimeoutMillis,
			requestTimeout: limits.requestTimeoutMillis,
			keepAliveTimeout: limits.keepAliveTimeoutMillis,
			connectionsCheckingInterval: limits.timeoutCheckMillis,
			// guard.ts answers a missing Host in the envelope of all errors.
			requireHostHeader: false,
			insecureHTTPParser: false,
		},
		listener,
	);
	server.maxConnections = limits.maxConnections;
	server.on("clientError", (error, socket) =>
		answerClientError(error, socket, serving.observe),
	);
	return server;
}
