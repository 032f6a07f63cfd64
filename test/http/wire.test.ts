import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { exchange, open, parse, received, request } from "./socket.ts";
import type { TestOptions, TestServer } from "./support.ts";
import { tableRequest, testServer } from "./support.ts";

/** Short enough for tests, in the proportions of the real ones. */
const SHORT = {
	headersTimeoutMillis: 200,
	requestTimeoutMillis: 400,
	timeoutCheckMillis: 20,
};

interface Listening extends TestServer {
	readonly port: number;
}

async function listening(
	t: TestContext,
	options: TestOptions = {},
): Promise<Listening> {
	const server = await testServer(options);
	t.after(() => server.http.close());
	const { port } = await server.http.listen(0, "127.0.0.1");
	return { ...server, port };
}

const CREATE = '{"namespace":["smuggled"]}';

/** IN8: requests whose end two parsers could see in different places. */
const SMUGGLING: readonly (readonly [string, string])[] = [
	[
		"Content-Length and Transfer-Encoding",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26\r\n\r\n${CREATE}`,
	],
	[
		"two Content-Lengths",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26\r\nContent-Length: 5\r\n\r\n${CREATE}`,
	],
	[
		"a list as Content-Length",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 26, 26\r\n\r\n${CREATE}`,
	],
	[
		"a signed Content-Length",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: +26\r\n\r\n${CREATE}`,
	],
	[
		"a folded header",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n Content-Length: 26\r\n\r\n${CREATE}`,
	],
	[
		"a blank before the colon",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length : 26\r\n\r\n${CREATE}`,
	],
	[
		"an unknown transfer coding",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, xchunked\r\n\r\n1a\r\n${CREATE}\r\n0\r\n\r\n`,
	],
	[
		"a chunk size that is no number",
		`POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n${CREATE}\r\n0\r\n\r\n`,
	],
	[
		"bare line feeds",
		`POST /v1/default/namespaces HTTP/1.1\nHost: localhost\nContent-Length: 26\n\n${CREATE}`,
	],
	[
		"two Hosts",
		request("POST", "/v1/default/namespaces", [
			"Host: localhost",
			"Host: evil.example",
			"Content-Length: 26",
		]) + CREATE,
	],
	["no HTTP at all", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n"],
];

test("IN8: requests with two readings are refused, the connection closed, nothing created", async (t) => {
	const { port, send } = await listening(t);
	for (const [what, text] of SMUGGLING) {
		const answer = await exchange(port, text);
		assert.equal(answer.status, 400, `${what}: ${answer.raw}`);
		assert.equal(answer.headers.get("connection"), "close", what);
		assert.equal(JSON.parse(answer.body).error.code, 400, what);
		assert.equal(answer.raw.match(/HTTP\/1\.1 \d/g)?.length, 1, what);
	}
	const list = await send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

test("headers that are too large are answered 431 in the envelope of all errors", async (t) => {
	const { port } = await listening(t);
	const answer = await exchange(
		port,
		request("GET", "/v1/config", [`X-Long: ${"a".repeat(20_000)}`]),
	);
	assert.equal(answer.status, 431);
	assert.equal(JSON.parse(answer.body).error.code, 431);
});

test("a request without Host is refused in the envelope of all errors", async (t) => {
	const { port } = await listening(t);
	const answer = await exchange(
		port,
		"GET /v1/config HTTP/1.1\r\nConnection: close\r\n\r\n",
	);
	assert.equal(answer.status, 400);
	assert.equal(JSON.parse(answer.body).error.type, "BadRequestException");
});

/** DO4: what a slow client sends before it stops. */
const SLOW = [
	["nothing after the first line", "GET /v1/config HTTP/1.1\r\n"],
	["half of the headers", "GET /v1/config HTTP/1.1\r\nHost: loc"],
	[
		"headers without their body",
		"POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n",
	],
	[
		"half of a body",
		'POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{"namespace"',
	],
	[
		"half of a chunk",
		'POST /v1/default/namespaces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n{"name',
	],
] as const;

test("DO4: who sends too slowly is cut off with 408, and nothing was done", async (t) => {
	const { port, send } = await listening(t, { limits: SHORT });
	const answers = await Promise.all(
		SLOW.map(([, text]) => exchange(port, text)),
	);
	answers.forEach((answer, i) => {
		assert.equal(answer.status, 408, `${SLOW[i]?.[0]}: ${answer.raw}`);
		assert.equal(JSON.parse(answer.body).error.code, 408);
		assert.equal(answer.headers.get("connection"), "close");
	});
	const list = await send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

test("DO4: connections over the limit are closed, those below it are served", async (t) => {
	const { port } = await listening(t, { limits: { maxConnections: 3 } });
	const idle = await Promise.all([open(port), open(port)]);
	t.after(() => {
		for (const socket of idle) socket.destroy();
	});
	const served = await exchange(port, request("GET", "/health/live"));
	assert.equal(served.status, 200);
	const third = await open(port);
	t.after(() => third.destroy());
	const over = await open(port);
	assert.equal(await received(over), "");
});

test("DO1: bodies over the limit get 413 and a closed connection, with and without Content-Length", async (t) => {
	const { port, send } = await listening(t);
	const body = `{"namespace":["big"],"properties":{"a":"${"x".repeat(1_100_000)}"}}`;
	const json = "Content-Type: application/json";
	const keep = "Connection: keep-alive";
	const declared = await exchange(
		port,
		request("POST", "/v1/default/namespaces", [
			json,
			keep,
			"Content-Length: 2000000",
		]),
	);
	const chunked = await exchange(
		port,
		request(
			"POST",
			"/v1/default/namespaces",
			[json, keep, "Transfer-Encoding: chunked"],
			`${body.length.toString(16)}\r\n${body}\r\n`,
		),
	);
	for (const answer of [declared, chunked]) {
		assert.equal(answer.status, 413, answer.raw);
		assert.equal(answer.headers.get("connection"), "close");
		assert.equal(JSON.parse(answer.body).error.code, 413);
	}
	const list = await send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

test("one connection serves many requests, and a refused one does not end it", async (t) => {
	const { port } = await listening(t);
	const socket = await open(port);
	const closed = received(socket);
	const keep = "Connection: keep-alive";
	socket.write(
		request("GET", "/health/live", [keep]) +
			request("GET", "/nope", [keep]) +
			request("GET", "/health/live"),
	);
	const raw = await closed;
	const statuses = [...raw.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((m) => m[1]);
	assert.deepEqual(statuses, ["200", "404", "200"]);
});

test("HEAD and 304 carry no body on the wire", async (t) => {
	const { port } = await listening(t);
	const head = await exchange(
		port,
		request("HEAD", "/v1/default/namespaces/default"),
	);
	assert.equal(head.status, 204);
	const missing = await exchange(
		port,
		request("HEAD", "/v1/default/namespaces/nope"),
	);
	assert.equal(missing.status, 404);
	assert.ok(missing.raw.endsWith("\r\n\r\n"), missing.raw);
	assert.equal(parse(head.raw).raw.endsWith("\r\n\r\n"), true);
});

test("DO4: who does not read its answers is cut off", async (t) => {
	const { port, send } = await listening(t, {
		limits: { unreadTimeoutMillis: 100, maxConnections: 1 },
	});
	const padding = "x".repeat(1_000_000);
	const url = "/v1/default/namespaces/default/tables";
	const made = await send(
		"POST",
		url,
		tableRequest("big", { properties: { padding } }),
	);
	assert.equal(made.status, 200);
	const socket = await open(port);
	socket.pause();
	socket.write(
		request("GET", `${url}/big`, ["Connection: keep-alive"]).repeat(40),
	);
	await servedAgain(port);
	// What was on its way can be read only now.
	const ended = received(socket);
	socket.resume();
	const raw = await ended;
	assert.ok(raw.length < 40_000_000, "not all of it came");
});

/** Resolves when the one connection that the server takes is free. */
async function servedAgain(port: number): Promise<void> {
	for (let attempts = 0; attempts < 20_000; attempts++) {
		const answer = await exchange(port, request("GET", "/health/live")).catch(
			() => undefined,
		);
		if (answer?.status === 200) return;
	}
	assert.fail("the connection is still taken");
}

test("clients that go away in the middle do no harm", async (t) => {
	const { port, send, observed } = await listening(t);
	const post = ["Content-Type: application/json", "Content-Length: 26"];
	for (const text of [
		"GET /v1/con",
		request("POST", "/v1/default/namespaces", post, '{"name'),
		request("POST", "/v1/default/namespaces", post, CREATE),
		request("GET", "/v1/default/namespaces", ["Connection: keep-alive"]).repeat(
			20,
		),
	]) {
		for (let i = 0; i < 5; i++) {
			const socket = await open(port);
			socket.write(text, () => socket.resetAndDestroy());
			await new Promise((resolve) => socket.once("close", resolve));
		}
	}
	assert.equal((await send("GET", "/v1/config")).status, 200);
	assert.equal(observed.filter((o) => o.kind === "request-failed").length, 0);
});

test("large bodies give back what they reserved, with and without a port", async (t) => {
	const { port, send } = await listening(t, {
		limits: { maxBodyBytes: 300_000 },
	});
	const body = JSON.stringify({
		namespace: ["default"],
		padding: "x".repeat(200_000),
	});
	const url = "/v1/default/namespaces";
	for (let i = 0; i < 5; i++) {
		assert.equal(
			(await send("POST", url, body, { "content-length": String(body.length) }))
				.status,
			409,
		);
		const wire = await exchange(
			port,
			request(
				"POST",
				url,
				["Content-Type: application/json", `Content-Length: ${body.length}`],
				body,
			),
		);
		assert.equal(wire.status, 409);
	}
});
