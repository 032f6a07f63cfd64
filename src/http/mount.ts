import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer as createHttpServer } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fastify } from "fastify";
import { PangolinError } from "../model/errors.ts";
import { reserveBody } from "./bodyBudget.ts";
import type { Gate } from "./gate.ts";
import { createGate } from "./gate.ts";
import { checkContentType } from "./guard.ts";
import type { HttpLimits } from "./limits.ts";
import type { PathTemplate } from "./paths.ts";
import { noSuchRoute, parseTemplate, readParameters } from "./paths.ts";
import type { RawQuery } from "./query.ts";
import type { Method, Route } from "./route.ts";
import type { Exchange, Serving } from "./serving.ts";
import { admit, openExchange, sendError, serve } from "./serving.ts";
import { routePaths } from "./twins.ts";
import { answerClientError } from "./wire.ts";

/** The HTTP server with all routes in place. This is the only file that knows Fastify. */
export interface Mounted {
	readonly server: Server;
	/** Resolves when requests can be served. */
	ready(): Promise<void>;
	inject(request: InjectedRequest): Promise<InjectedAnswer>;
	/** Lets go of what mounting took; the server's sockets are the caller's. */
	close(): Promise<void>;
}

export interface InjectedRequest {
	readonly method: Method | "PATCH" | "OPTIONS";
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly body?: string | Buffer | undefined;
}

export interface InjectedAnswer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
}

const METHODS = [
	"GET",
	"HEAD",
	"POST",
	"PUT",
	"PATCH",
	"DELETE",
	"OPTIONS",
] as const;
const UNKNOWN_ROUTE = "unknown";
/** Longer than any path that fits into the headers. */
const MAX_PARAMETER_CHARACTERS = 65_536;

export function mount(
	serving: Serving,
	routes: readonly Route[],
	limits: HttpLimits,
): Mounted {
	const app = fastify({
		serverFactory: (handler) =>
			httpServer(limits, serving, (request, response) => {
				handler(request, response);
			}),
		routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
		exposeHeadRoutes: false,
		return503OnClosing: false,
		frameworkErrors: (error, request, reply) =>
			fail(serving, UNKNOWN_ROUTE, request, reply, error),
	});
	takeRawBodies(app);
	const methodsByUrl = new Map<string, Method[]>();
	for (const route of routes) {
		const gate = createGate(
			route.method === "GET" || route.method === "HEAD"
				? limits.reads
				: limits.mutations,
		);
		for (const path of routePaths(route.path)) {
			const url = path.replace(/\{([^}]*)\}/g, ":$1");
			addRoute(app, serving, {
				route,
				gate,
				url,
				template: parseTemplate(path),
			});
			const methods = methodsByUrl.get(url) ?? [];
			methods.push(route.method);
			methodsByUrl.set(url, methods);
		}
	}
	for (const [url, methods] of methodsByUrl)
		addOtherMethods(app, serving, url, methods);
	app.setNotFoundHandler((request, reply) =>
		fail(serving, UNKNOWN_ROUTE, request, reply, noSuchRoute()),
	);
	app.setErrorHandler((error, request, reply) => {
		const { route } = request.routeOptions.config as { route?: Route };
		fail(serving, route?.id ?? UNKNOWN_ROUTE, request, reply, error);
	});
	return {
		server: app.server,
		ready: async () => {
			await app.ready();
		},
		inject: (request) => inject(app, request),
		close: () => app.close(),
	};
}

function httpServer(
	limits: HttpLimits,
	serving: Serving,
	handler: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
	const server = createHttpServer(
		{
			headersTimeout: limits.headersTimeoutMillis,
			requestTimeout: limits.requestTimeoutMillis,
			keepAliveTimeout: limits.keepAliveTimeoutMillis,
			connectionsCheckingInterval: limits.timeoutCheckMillis,
			// guard.ts answers a missing Host in the envelope of all errors.
			requireHostHeader: false,
			insecureHTTPParser: false,
		},
		handler,
	);
	server.maxConnections = limits.maxConnections;
	server.on("clientError", (error, socket) =>
		answerClientError(error, socket, serving.observe),
	);
	return server;
}

/** Bodies stay bytes: route.ts decides what they must be. */
function takeRawBodies(app: FastifyInstance): void {
	app.removeAllContentTypeParsers();
	app.addContentTypeParser(
		"*",
		{ parseAs: "buffer" },
		(_request, body, done) => {
			done(null, body);
		},
	);
}

interface MountedRoute {
	readonly route: Route;
	readonly gate: Gate;
	readonly url: string;
	readonly template: PathTemplate;
}

function addRoute(
	app: FastifyInstance,
	serving: Serving,
	mounted: MountedRoute,
): void {
	const { route, url } = mounted;
	const { limits } = serving;
	const takesBody = route.method === "POST" || route.method === "PUT";
	app.route<{ Querystring: RawQuery }>({
		method: route.method,
		url,
		config: { route },
		bodyLimit: Math.max(route.bodyLimitBytes, 1024),
		// Before the body is read; requests without one are checked by `answer`.
		...(takesBody
			? {
					onRequest: (request, reply, done) => {
						checkBeforeBody(serving, route, request.raw);
						checkContentType(request.raw);
						reserveBody(
							serving.load,
							limits.maxBodyBytes,
							request.raw,
							reply.raw,
						);
						done();
					},
				}
			: {}),
		handler: (request, reply) => answer(serving, mounted, request, reply),
	});
}

function checkBeforeBody(
	serving: Serving,
	route: Route,
	request: IncomingMessage,
): void {
	serving.guard(request);
	admit(serving, route);
}

function answer(
	serving: Serving,
	mounted: MountedRoute,
	request: FastifyRequest<{ Querystring: RawQuery }>,
	reply: FastifyReply,
): void {
	reply.hijack();
	const { route, template, gate } = mounted;
	const exchange = openExchange(serving, route.id, request.raw, reply.raw);
	try {
		checkBeforeBody(serving, route, request.raw);
		const { body } = request;
		void serve(serving, route, gate, exchange, {
			params: readParameters(template, rawPath(request.raw)),
			query: request.query,
			bytes: Buffer.isBuffer(body) ? body : undefined,
			ifNoneMatch: request.raw.headers["if-none-match"],
		});
	} catch (error) {
		sendError(serving, exchange, error);
	}
}

function rawPath(request: IncomingMessage): string {
	const url = request.url ?? "";
	const end = url.indexOf("?");
	return end === -1 ? url : url.slice(0, end);
}

/** Known paths answer other methods with 405 and the methods they have. */
function addOtherMethods(
	app: FastifyInstance,
	serving: Serving,
	url: string,
	methods: readonly Method[],
): void {
	const others = METHODS.filter((method) => !methods.some((m) => m === method));
	const refuse = (request: FastifyRequest, reply: FastifyReply): void => {
		reply.raw.setHeader("allow", methods.join(", "));
		fail(
			serving,
			UNKNOWN_ROUTE,
			request,
			reply,
			new PangolinError("method-not-allowed", `Use ${methods.join(", ")} here`),
		);
	};
	app.route({
		method: others,
		url,
		onRequest: (request, reply) => refuse(request, reply),
		handler: (request, reply) => refuse(request, reply),
	});
}

function fail(
	serving: Serving,
	route: string,
	request: FastifyRequest,
	reply: FastifyReply,
	error: unknown,
): void {
	reply.hijack();
	const exchange: Exchange = openExchange(
		serving,
		route,
		request.raw,
		reply.raw,
	);
	sendError(serving, exchange, frameworkError(error));
}

/** Fastify's own refusals, by their documented codes. */
function frameworkError(error: unknown): unknown {
	const code =
		error instanceof Error && "code" in error ? error.code : undefined;
	switch (code) {
		case "FST_ERR_CTP_BODY_TOO_LARGE":
			return new PangolinError(
				"body-too-large",
				"The body is too large for this route",
			);
		case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
			return new PangolinError(
				"bad-request",
				"The body is not as long as Content-Length says",
			);
		case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
		case "FST_ERR_CTP_INVALID_TYPE":
		case "FST_ERR_CTP_EMPTY_TYPE":
			return new PangolinError(
				"unsupported-media-type",
				"The Content-Type is not a media type; send application/json",
			);
		case "FST_ERR_BAD_URL":
		case "FST_ERR_MAX_PARAM_LENGTH":
			return new PangolinError(
				"bad-request",
				"The path is not valid percent-encoded UTF-8",
			);
		default:
			return error;
	}
}

async function inject(
	app: FastifyInstance,
	request: InjectedRequest,
): Promise<InjectedAnswer> {
	const answered = await app.inject({
		method: request.method,
		url: request.url,
		...(request.headers === undefined
			? {}
			: { headers: { ...request.headers } }),
		...(request.body === undefined ? {} : { payload: request.body }),
	});
	return {
		status: answered.statusCode,
		headers: Object.fromEntries(
			Object.entries(answered.headers).map(([name, value]) => [
				name,
				value === undefined ? undefined : String(value),
			]),
		),
		body: answered.body,
	};
}
