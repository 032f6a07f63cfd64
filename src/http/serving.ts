import { createHash } from "node:crypto";
import type {
	IncomingHttpHeaders,
	IncomingMessage,
	ServerResponse,
} from "node:http";
import { decide } from "../access/decide.ts";
import { runOnce } from "../catalog/idempotency.ts";
import { Bytes } from "../model/bytes.ts";
import { PangolinError } from "../model/errors.ts";
import type { Clock } from "../model/ids.ts";
import type { Principal } from "../model/principal.ts";
import type { Observe } from "../observe/observation.ts";
import type { Answer } from "./answer.ts";
import type { Authenticate } from "./authenticate.ts";
import { actingFor } from "./authenticate.ts";
import { keepsFiles } from "./clients.ts";
import { commitMessage } from "./commitMessage.ts";
import {
	errorBody,
	errorHeaders,
	HTTP_ERRORS,
	internalError,
} from "./errors.ts";
import type { Gate } from "./gate.ts";
import { overloaded } from "./gate.ts";
import type { HttpLimits } from "./limits.ts";
import { rebuildAnswer } from "./rebuild.ts";
import type { HandlerDeps, RawRequest, Route } from "./route.ts";

/** What every request of one server shares. */
export interface Serving {
	readonly deps: HandlerDeps;
	readonly authenticate: Authenticate;
	readonly observe: Observe;
	readonly clock: Clock;
	/** The checks of guard.ts that this server makes. */
	readonly guard: (request: IncomingMessage) => void;
	readonly nextRequestId: () => string;
	readonly limits: HttpLimits;
	readonly load: Load;
}

/** Counts of what is going on; the server's own, so it may change. */
export interface Load {
	/** Requests whose handler runs. */
	inFlight: number;
	/** Bytes of request bodies that are being received or worked on. */
	bodyBytes: number;
	draining: boolean;
	/** Called whenever `inFlight` falls to 0. */
	idle: (() => void) | undefined;
}

/** One request on its way to its answer. */
export interface Exchange {
	readonly route: string;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
	readonly requestId: string;
	readonly startedAt: number;
}

/** A request before it is known who sends it. */
type Unidentified = Omit<
	RawRequest,
	"principal" | "slot" | "message" | "keepsFiles"
>;

const REQUEST_ID = /^[A-Za-z0-9\-_.]{1,128}$/;

export function openExchange(
	serving: Serving,
	route: string,
	request: IncomingMessage,
	response: ServerResponse,
): Exchange {
	const given = request.headers["x-request-id"];
	return {
		route,
		request,
		response,
		requestId:
			typeof given === "string" && REQUEST_ID.test(given)
				? given
				: serving.nextRequestId(),
		startedAt: serving.clock(),
	};
}

/** @throws PangolinError for what must not begin now; nothing was done yet. */
export function admit(serving: Serving, route: Route): void {
	if (route.always) return;
	const { load } = serving;
	if (load.draining) {
		throw new PangolinError(
			"overloaded",
			"The server is stopping; nothing was done, try again",
			{ retryAfterSeconds: 1 },
		);
	}
	if (load.inFlight >= serving.limits.maxInFlight) throw overloaded();
}

/** Runs a route for a request and sends what it answers. Never rejects. */
export async function serve(
	serving: Serving,
	route: Route,
	gate: Gate,
	exchange: Exchange,
	raw: Unidentified,
): Promise<void> {
	const { load } = serving;
	load.inFlight++;
	try {
		const waiting = gate.enter();
		try {
			if (waiting !== undefined) await waiting;
			const answer = await run(serving, route, exchange.request, raw);
			send(serving, exchange, answer);
		} finally {
			gate.leave();
		}
	} catch (error) {
		sendError(serving, exchange, error);
	} finally {
		load.inFlight--;
		if (load.inFlight === 0) load.idle?.();
	}
}

/** Promises are awaited only where there are some: each costs on the shortest paths. */
function run(
	serving: Serving,
	route: Route,
	request: IncomingMessage,
	raw: Unidentified,
): Promise<Answer> | Answer {
	const { headers } = request;
	const known = serving.authenticate(headers);
	const acting = isPromise(known)
		? known.then((principal) =>
				actingFor(serving.deps.admin, principal, headers),
			)
		: actingFor(serving.deps.admin, known, headers);
	return isPromise(acting)
		? acting.then((principal) => runAs(serving, route, principal, headers, raw))
		: runAs(serving, route, acting, headers, raw);
}

function isPromise<Value>(
	value: Value | Promise<Value>,
): value is Promise<Value> {
	return value instanceof Promise;
}

function runAs(
	serving: Serving,
	route: Route,
	principal: Principal,
	headers: IncomingHttpHeaders,
	raw: Unidentified,
): Promise<Answer> | Answer {
	const decision = decide(principal, route.allow);
	if (!decision.allowed) throw new PangolinError("forbidden", decision.reason);
	const message = route.method === "GET" ? undefined : commitMessage(headers);
	const known = {
		...raw,
		principal,
		message,
		keepsFiles: keepsFiles(headers),
		slot: undefined,
	};
	const key = headers["idempotency-key"];
	if (key === undefined || route.idempotent === undefined)
		return route.run(serving.deps, known);
	return runKeyed(serving, route, String(key), known);
}

function runKeyed(
	serving: Serving,
	route: Route,
	key: string,
	raw: Omit<RawRequest, "slot">,
): Promise<Answer> {
	const { deps } = serving;
	const { principal } = raw;
	return runOnce(
		deps.catalog,
		{
			principal,
			operation: route.id,
			target: JSON.stringify([raw.params, [...raw.query]]),
			key,
			bodyHash: createHash("sha256")
				.update(raw.bytes ?? "")
				.digest("hex"),
			rebuild: rebuildAnswer(deps, route, principal, raw),
		},
		async (slot) => route.run(deps, { ...raw, slot }),
	);
}

export function send(
	serving: Serving,
	exchange: Exchange,
	answer: Answer,
): void {
	const headers = ["x-request-id", exchange.requestId];
	const { body } = answer;
	if (answer.etag !== undefined) headers.push("etag", answer.etag);
	if (answer.headers !== undefined) headers.push(...answer.headers);
	if (body !== null) {
		headers.push(
			"content-type",
			answer.contentType ?? "application/json",
			"content-length",
			String(typeof body === "string" ? Buffer.byteLength(body) : body.length),
		);
	}
	finish(serving, exchange, answer.status, headers, body);
}

export function sendError(
	serving: Serving,
	exchange: Exchange,
	thrown: unknown,
): void {
	const { requestId, route } = exchange;
	const error = asPangolinError(thrown, requestId);
	if (error.code === "internal" || error.code === "commit-state-unknown") {
		serving.observe({
			kind: "request-failed",
			requestId,
			route,
			error: thrown,
		});
	}
	const { status, type } = HTTP_ERRORS[error.code];
	const body = errorBody(status, type, error.message);
	const headers = errorHeaders(error);
	headers.push(
		"x-request-id",
		requestId,
		"content-type",
		"application/json",
		"content-length",
		String(body.length),
	);
	if (error.code === "body-too-large") headers.push("connection", "close");
	const bodyless = exchange.request.method === "HEAD";
	finish(serving, exchange, status, headers, bodyless ? null : body);
}

/** Pieces go out in one system call, together with the headers. */
function endWith(
	response: ServerResponse,
	body: NonNullable<Answer["body"]>,
): void {
	if (!(body instanceof Bytes)) {
		response.end(body);
		return;
	}
	const { pieces } = body;
	const last = pieces.length - 1;
	if (last > 0) response.cork();
	for (let i = 0; i < last; i++) response.write(pieces[i]);
	response.end(pieces[last]);
}

/**
 * Ends a connection whose client does not take its answers. A timer on every
 * socket costs a tenth of a small answer, so only what did not go out at once,
 * or waits behind such an answer, sets one; Node sets its own when all is out.
 */
function watchReader(
	{ socket }: IncomingMessage,
	response: ServerResponse,
	millis: number,
): void {
	const isQueued = response.socket === null;
	if (!isQueued && socket.writableLength === 0) return;
	// What answers without a port has no timers.
	if ("setTimeout" in socket) socket.setTimeout(millis);
}

const BODY_TOO_LARGE = 413;
const LINGER_MILLIS = 500;

/**
 * Answers at once, and discards what the client is still sending for a moment:
 * a connection that is closed on unread bytes is reset, and most clients then
 * never see the answer.
 */
function endAfterBody(
	request: IncomingMessage,
	response: ServerResponse,
	body: Answer["body"],
): void {
	if (body !== null)
		response.write(body instanceof Bytes ? body.toBuffer() : body);
	const timer = setTimeout(() => response.end(), LINGER_MILLIS);
	timer.unref();
	request.once("end", () => {
		clearTimeout(timer);
		response.end();
	});
	request.resume();
}

function asPangolinError(thrown: unknown, requestId: string): PangolinError {
	if (thrown instanceof PangolinError && thrown.code !== "internal")
		return thrown;
	return internalError(requestId);
}

function finish(
	serving: Serving,
	exchange: Exchange,
	status: number,
	headers: string[],
	body: Answer["body"],
): void {
	const { request, response } = exchange;
	if (serving.load.draining) headers.push("connection", "close");
	if (!response.headersSent) {
		response.writeHead(status, headers);
		if (status === BODY_TOO_LARGE) endAfterBody(request, response, body);
		else if (body === null) response.end();
		else {
			endWith(response, body);
			watchReader(request, response, serving.limits.unreadTimeoutMillis);
		}
	}
	serving.observe({
		kind: "request-answered",
		requestId: exchange.requestId,
		route: exchange.route,
		method: request.method ?? "",
		url: request.url ?? "",
		status,
		durationMillis: serving.clock() - exchange.startedAt,
	});
}
