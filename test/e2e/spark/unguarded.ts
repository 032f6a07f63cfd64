import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A Pangolin whose answers do not say which tables are shared. */
export interface Unguarded {
	readonly url: string;
	close(): void;
}

/** As JSON has it in the properties of a table's metadata, with one comma beside it. */
const GUARD = /"gc\.enabled":"false",|,?"gc\.enabled":"false"/g;
/** What belongs to one connection, or changes with the body. */
const NOT_PASSED_ON = new Set([
	"accept-encoding",
	"connection",
	"content-encoding",
	"content-length",
	"host",
	"keep-alive",
	"transfer-encoding",
]);

/**
 * Stands in front of a server and takes `gc.enabled=false` out of its answers:
 * what the guard prevents must then happen, or the tests of it could not fail.
 */
export async function startUnguarded(target: string): Promise<Unguarded> {
	const server = createServer(async (request, response) => {
		try {
			const { status, headers, text } = await passOn(target, request);
			response.writeHead(status, headers).end(text.replaceAll(GUARD, ""));
		} catch (error) {
			response.writeHead(502).end(String(error));
		}
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		close: () => {
			server.close();
			server.closeAllConnections();
		},
	};
}

async function passOn(target: string, request: IncomingMessage) {
	const { method = "GET", url = "/" } = request;
	const headers = Object.entries(request.headers).flatMap(([name, value]) =>
		typeof value === "string" && !NOT_PASSED_ON.has(name)
			? [[name, value] as [string, string]]
			: [],
	);
	const body = await buffer(request);
	const answer = await fetch(target + url, {
		method,
		headers,
		...(body.length === 0 ? {} : { body }),
	});
	return {
		status: answer.status,
		headers: Object.fromEntries(
			[...answer.headers].filter(([name]) => !NOT_PASSED_ON.has(name)),
		),
		text: await answer.text(),
	};
}
