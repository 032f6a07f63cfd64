import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Server as NetServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { AdminDeps } from "../admin/deps.ts";
import type { CatalogDeps } from "../catalog/deps.ts";
import type { Clock, NewUuid } from "../model/ids.ts";
import type { Observe } from "../observe/observation.ts";
import type { Authenticate } from "./authenticate.ts";
import { checkRequest, createLoopbackGuard } from "./guard.ts";
import type { InjectedAnswer, InjectedRequest } from "./inject.ts";
import { inject } from "./inject.ts";
import type { HttpLimits } from "./limits.ts";
import { httpServer, mount } from "./mount.ts";
import type { StatusSource } from "./route.ts";
import { endpointsOf, ROUTES } from "./routes/all.ts";
import type { Load, Serving } from "./serving.ts";

export interface HttpDeps {
	readonly catalog: CatalogDeps;
	readonly admin: AdminDeps;
	readonly observe: Observe;
	readonly clock: Clock;
	readonly newUuid: NewUuid;
	readonly authenticate: Authenticate;
	/** `none`: nobody authenticates, so only requests of this machine are served. */
	readonly auth: "none" | "required";
	/** The address that will be listened on; it is accepted as Host. */
	readonly boundAddress?: string | undefined;
	/** Prometheus' text, or undefined to have no `/metrics`. */
	readonly renderMetrics?: StatusSource["renderMetrics"] | undefined;
	readonly limits: HttpLimits;
}

/** `clean`: every request that had begun was answered. `cut`: the grace period ended first. */
export type Drained = "clean" | "cut";

export interface HttpServer {
	/** Takes the port (0: any free one). @throws errors of the system, such as EADDRINUSE */
	listen(port: number, host: string): Promise<{ readonly port: number }>;
	/** Answers a request without a port. */
	inject(request: InjectedRequest): Promise<InjectedAnswer>;
	/** Whether new requests are served. */
	isReady(): boolean;
	/**
	 * Refuses new requests (429, Retry-After, Connection: close), waits for those
	 * that have begun, at most for the grace period, and closes all connections.
	 * Idempotent.
	 */
	drain(): Promise<Drained>;
	/** Drains; nothing is held afterwards. Idempotent. */
	close(): Promise<void>;
}

export function createServer(deps: HttpDeps): HttpServer {
	const load: Load = {
		inFlight: 0,
		bodyBytes: 0,
		draining: false,
		idle: undefined,
	};
	const routes =
		deps.renderMetrics === undefined
			? ROUTES.filter((route) => route.id !== "metrics")
			: ROUTES;
	const serving = servingOf(deps, load);
	const listener = mount(serving, routes);
	const server = httpServer(deps.limits, serving, listener);
	let draining: Promise<Drained> | undefined;
	const drain = (): Promise<Drained> => {
		draining ??= drainServer(server, load, deps.limits.drainGraceMillis);
		return draining;
	};
	return {
		listen: (port, host) => listen(server, port, host),
		inject: (request) => inject(listener, request),
		isReady: () => !load.draining,
		drain,
		close: async () => {
			await drain();
		},
	};
}

function servingOf(deps: HttpDeps, load: Load): Serving {
	const status: StatusSource = {
		auth: deps.auth,
		isDraining: () => load.draining,
		pingStore: () => deps.catalog.store.ping(),
		now: deps.clock,
		renderMetrics:
			deps.renderMetrics ??
			(() => Promise.resolve({ text: "", contentType: "text/plain" })),
		endpoints: endpointsOf(ROUTES),
	};
	const guard =
		deps.auth === "none" ? createLoopbackGuard(deps.boundAddress) : undefined;
	return {
		deps: { catalog: deps.catalog, admin: deps.admin, status },
		authenticate: deps.authenticate,
		observe: deps.observe,
		clock: deps.clock,
		guard: (request) => {
			checkRequest(request);
			guard?.(request);
		},
		nextRequestId: requestIds(deps.newUuid),
		limits: deps.limits,
		load,
	};
}

/** Unique without the cost of a UUID per request: one for the server, then a count. */
function requestIds(newUuid: NewUuid): () => string {
	const server = newUuid();
	let count = 0;
	return () => {
		count++;
		return `${server}-${count.toString(36)}`;
	};
}

async function listen(
	server: Server,
	port: number,
	host: string,
): Promise<{ readonly port: number }> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen({ port, host, backlog: 1024 }, () => {
			server.removeListener("error", reject);
			resolve();
		});
	});
	return { port: portOf(server.address()) };
}

function portOf(address: AddressInfo | string | null): number {
	return typeof address === "object" && address !== null ? address.port : 0;
}

async function drainServer(
	server: Server,
	load: Load,
	graceMillis: number,
): Promise<Drained> {
	load.draining = true;
	const outcome = await settled(load, graceMillis);
	if (!server.listening) return outcome;
	// A request may be on its way on a connection that looks idle or is not accepted yet: it gets its 429 rather than a reset.
	if (outcome === "clean") await linger(server);
	const closed = stopAccepting(server);
	server.closeIdleConnections();
	// Answers on their way get a moment; who has sent half a request, or does not read, is cut off.
	const timer = setTimeout(
		() => server.closeAllConnections(),
		outcome === "clean" ? Math.min(1_000, graceMillis) : 0,
	);
	await closed;
	clearTimeout(timer);
	// Lets go of the timer that looks after slow connections.
	server.close(() => {});
	return outcome;
}

/** How long requests are still answered (refused) after the last one in work. */
const LINGER_MILLIS = 250;
const LINGER_STEP_MILLIS = 25;

/** Waits until nobody is connected any more, but not for ever. */
async function linger(server: Server): Promise<void> {
	for (let waited = 0; waited < LINGER_MILLIS; waited += LINGER_STEP_MILLIS) {
		if ((await connectionsOf(server)) === 0) return;
		await wait(LINGER_STEP_MILLIS);
	}
}

function connectionsOf(server: Server): Promise<number> {
	return new Promise((resolve, reject) => {
		server.getConnections((error, count) => {
			if (error === null) resolve(count);
			else reject(error);
		});
	});
}

/**
 * Closes the port, but no connection: http's own `close` would end those that
 * are idle at this moment. (Bun's HTTP server is no `net.Server`; there it does.)
 * @returns resolves when the last connection has ended
 */
function stopAccepting(server: Server): Promise<void> {
	return new Promise((resolve) => {
		const close = isNetServer(server)
			? NetServer.prototype.close
			: server.close;
		close.call(server, () => resolve());
	});
}

function isNetServer(server: object): boolean {
	return server instanceof NetServer;
}

/** Waits until no handler runs. */
async function settled(load: Load, graceMillis: number): Promise<Drained> {
	if (load.inFlight === 0) return "clean";
	return new Promise<Drained>((resolve) => {
		const timer = setTimeout(() => resolve("cut"), graceMillis);
		load.idle = () => {
			clearTimeout(timer);
			resolve("clean");
		};
	});
}
