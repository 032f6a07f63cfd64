import type { IncomingMessage } from "node:http";
import { PangolinError } from "../model/errors.ts";
import { noSuchRoute } from "./paths.ts";

const LOOPBACK_NAMES = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Refuses what must not reach a handler whatever the route.
 * @throws PangolinError `bad-request`, `unsupported-media-type`
 */
export function checkRequest(request: IncomingMessage): void {
	const url = request.url ?? "";
	if (url.charCodeAt(0) !== 47) throw noSuchRoute();
	const { headers } = request;
	if (headers.host === undefined && request.httpVersionMinor === 1) {
		throw new PangolinError("bad-request", "The Host header is missing");
	}
	if (hasTwoHosts(request.rawHeaders)) {
		throw new PangolinError("bad-request", "The Host header is there twice");
	}
	const encoding = headers["content-encoding"];
	if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
		throw new PangolinError(
			"unsupported-media-type",
			"Request bodies must not be compressed (Content-Encoding)",
		);
	}
}

/** Names and values in turn; Node keeps the first Host and forgets the others. */
function hasTwoHosts(rawHeaders: readonly string[]): boolean {
	let count = 0;
	for (let i = 0; i < rawHeaders.length; i += 2) {
		const name = rawHeaders[i];
		if (name?.length === 4 && name.toLowerCase() === "host") count++;
	}
	return count > 1;
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]{1,64}\+)?json\s*(?:;|$)/;

/**
 * Bodies are JSON. A page of a browser can send other types to a foreign server
 * without asking it first; so they are refused, and only an absent type passes.
 * @throws PangolinError `unsupported-media-type`
 */
export function checkContentType(request: IncomingMessage): void {
	const type = request.headers["content-type"];
	if (type === undefined || JSON_TYPE.test(type.toLowerCase())) return;
	throw new PangolinError(
		"unsupported-media-type",
		"Send the body as Content-Type: application/json",
	);
}

/**
 * While nobody authenticates, a web page in a browser on this machine must not
 * reach the server: neither by a name that resolves to loopback (Host) nor from
 * another origin (Origin).
 * @throws PangolinError `forbidden`
 */
export function createLoopbackGuard(
	boundAddress: string | undefined,
): (request: IncomingMessage) => void {
	const names = new Set(LOOPBACK_NAMES);
	if (boundAddress !== undefined) names.add(hostForm(boundAddress));
	/** The last one; clients send the same again and again. */
	let acceptedHost = "localhost";
	return (request) => {
		const { host, origin } = request.headers;
		if (host !== undefined && host !== acceptedHost) {
			if (!names.has(withoutPort(host))) throw refusal("Host");
			acceptedHost = host;
		}
		if (origin !== undefined && !names.has(originHost(origin))) {
			throw refusal("Origin");
		}
	};
}

function hostForm(address: string): string {
	return address.includes(":") ? `[${address}]` : address.toLowerCase();
}

function withoutPort(host: string): string {
	const lower = host.toLowerCase();
	const colon = lower.lastIndexOf(":");
	if (colon === -1 || lower.endsWith("]")) return lower;
	return /^[0-9]+$/.test(lower.slice(colon + 1))
		? lower.slice(0, colon)
		: lower;
}

/** The host of an origin; `""` (never a loopback name) for what is none, `null` included. */
function originHost(origin: string): string {
	const scheme = /^https?:\/\//.exec(origin.toLowerCase());
	return scheme === null ? "" : withoutPort(origin.slice(scheme[0].length));
}

function refusal(header: string): PangolinError {
	return new PangolinError(
		"forbidden",
		`Without authentication only requests of this machine are served; the ${header} header names another one`,
	);
}
