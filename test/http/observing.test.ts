import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { HTTP_ERRORS } from "../../src/http/errors.ts";
import { ROUTES } from "../../src/http/routes/all.ts";
import { logSink } from "../../src/observe/log.ts";
import type { Observation } from "../../src/observe/observation.ts";
import { prettyLines } from "../../src/observe/pretty.ts";
import { exchange, request } from "./socket.ts";
import { testServer } from "./support.ts";

function series(text: string): string[] {
	return text
		.split("\n")
		.filter((line) => line !== "" && !line.startsWith("#"));
}

test("DO9: unknown paths and methods make no new series", async () => {
	const server = await testServer();
	const visit = async (from: number): Promise<number> => {
		for (let i = from; i < from + 150; i++) {
			await server.send("GET", `/random/${i}`);
			await server.send("GET", `/v1/default/namespaces/n${i}`);
			await server.send("POST", `/v1/c${i}/namespaces`, { namespace: ["x"] });
		}
		const answer = await server.send("GET", "/metrics");
		assert.match(answer.headers["content-type"] ?? "", /^text\/plain/);
		return series(answer.body).length;
	};
	const before = await visit(0);
	// The first rendering is itself counted in the second one.
	assert.ok((await visit(1_000)) <= before + 20);
	assert.ok((await visit(2_000)) <= before + 20);
	const text = (await server.send("GET", "/metrics")).body;
	assert.match(
		text,
		/pangolin_http_requests_total\{method="GET",route="unknown",status="404"\} 450/,
	);
	assert.match(text, /pangolin_ready 1/);
	assert.doesNotMatch(text, /random|n1000/);
});

test("x-request-id is echoed when it is harmless, and made otherwise", async (t) => {
	const server = await testServer();
	const cases = [
		["abc-DEF_1.2", true],
		["a".repeat(128), true],
		["a".repeat(129), false],
		["a b", false],
		["a;b", false],
		["ä", false],
		["<script>", false],
	] as const;
	for (const [id, isKept] of cases) {
		for (const url of ["/health/live", "/nope", "/v1/config?warehouse=nope"]) {
			const answer = await server.send("GET", url, undefined, {
				"x-request-id": id,
			});
			const echoed = answer.headers["x-request-id"] ?? "";
			assert.equal(echoed === id, isKept, `${id} ${url}`);
			assert.match(echoed, /^[A-Za-z0-9\-_.]{1,128}$/);
		}
	}
	t.after(() => server.http.close());
	const { port } = await server.http.listen(0, "127.0.0.1");
	const wire = await exchange(
		port,
		request("GET", "/health/live", ["X-Request-Id: a\tb"]),
	);
	assert.match(wire.headers.get("x-request-id") ?? "", /^[0-9a-f-]+/);
});

test("a bug is answered 500 without details, and logged with the request's id", async () => {
	const server = await testServer({
		wrapStore: (store) => ({
			...store,
			refs: {
				...store.refs,
				locate: () => Promise.reject(new TypeError("secret driver text")),
			},
		}),
	});
	const answer = await server.send("GET", "/v1/default/namespaces", undefined, {
		"x-request-id": "my-id",
	});
	assert.equal(answer.status, 500);
	assert.deepEqual(Object.keys(answer.json.error), ["message", "type", "code"]);
	assert.equal(answer.json.error.type, "InternalServerError");
	assert.match(answer.json.error.message, /my-id/);
	assert.doesNotMatch(answer.body, /secret|driver|TypeError|\.ts/);
	const logged = server.observed.find((o) => o.kind === "request-failed");
	assert.equal(logged?.requestId, "my-id");
	assert.match(String(logged?.error), /secret driver text/);
});

test("every error code has a status and a type, and only what had no effect invites a repetition", () => {
	for (const [code, { status, type }] of Object.entries(HTTP_ERRORS)) {
		assert.ok(status >= 400 && status < 600, code);
		assert.match(type, /^[A-Z][A-Za-z]+$/, code);
	}
	assert.equal(HTTP_ERRORS["commit-state-unknown"].status, 500);
	assert.equal(HTTP_ERRORS["commit-conflict"].status, 409);
	const repeatable = Object.entries(HTTP_ERRORS).filter(([, e]) =>
		[429, 503].includes(e.status),
	);
	assert.deepEqual(repeatable.map(([code]) => code).sort(), [
		"overloaded",
		"unavailable",
	]);
});

const HOSTILE = "a\r\nERROR forged\u001b[31m\u2028\u202e\u0000\ud800";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be in a log
const UNSAFE = /[\r\u0000\u001b\u2028\u202e]/;

const OBSERVATIONS: readonly Observation[] = [
	{
		kind: "request-answered",
		requestId: HOSTILE,
		route: "r",
		method: HOSTILE,
		url: HOSTILE,
		status: 200,
		durationMillis: 1,
	},
	{
		kind: "request-failed",
		requestId: HOSTILE,
		route: "r",
		error: new Error(HOSTILE, { cause: HOSTILE }),
	},
	{ kind: "connection-refused", status: 400, reason: HOSTILE },
	{
		kind: "commit",
		operation: HOSTILE,
		outcome: "unknown",
		retries: 1,
		durationMillis: 1,
	},
	{ kind: "cleanup-failed", what: HOSTILE, error: HOSTILE },
	{ kind: "notice", level: "info", message: HOSTILE },
	{
		kind: "background-error",
		where: HOSTILE,
		error: { toString: () => HOSTILE },
	},
	{
		kind: "job-failed",
		jobKind: "purge",
		job: "j",
		attempts: 1,
		retryAtMillis: null,
		error: new Error(HOSTILE),
	},
];

test("IN5: hostile text stays on one line of the log, and is visible", () => {
	for (const observation of OBSERVATIONS) {
		const json = logged("json", observation);
		assert.equal(json.split("\n").length, 2, observation.kind);
		assert.doesNotThrow(() => JSON.parse(json), observation.kind);
		for (const text of [json, logged("pretty", observation)]) {
			assert.doesNotMatch(text, UNSAFE, observation.kind);
			assert.doesNotMatch(text, /^ERROR forged/m, observation.kind);
		}
	}
});

function logged(format: "json" | "pretty", observation: Observation): string {
	let text = "";
	const destination = new Writable({
		write(chunk, _encoding, done) {
			text += String(chunk);
			done();
		},
	});
	logSink({
		level: "debug",
		destination: format === "json" ? destination : prettyLines(destination),
		clock: () => 0,
	})(observation);
	return text;
}

test("answered requests are logged at debug only", () => {
	let text = "";
	const destination = new Writable({
		write(chunk, _encoding, done) {
			text += String(chunk);
			done();
		},
	});
	const sink = logSink({
		level: "info",
		destination,
		clock: () => 0,
	});
	const [answered, failed] = OBSERVATIONS;
	if (answered !== undefined) sink(answered);
	assert.equal(text, "");
	if (failed !== undefined) sink(failed);
	assert.match(text, /Request failed/);
});

test("health is public, cheap and says what is wrong", async () => {
	const broken = await testServer({
		wrapStore: (store) => ({
			...store,
			ping: () => Promise.reject(new Error("disk gone")),
		}),
	});
	for (const url of ["/health", "/health/ready"]) {
		const answer = await broken.send("GET", url);
		assert.equal(answer.status, 503);
		assert.equal(answer.json.status, "unready");
		assert.doesNotMatch(answer.body, /disk gone/);
	}
	assert.deepEqual((await broken.send("GET", "/health/live")).json, {
		status: "alive",
	});
	const server = await testServer();
	const ready = await server.send("GET", "/health/ready");
	assert.deepEqual(ready.json, {
		status: "ready",
		store: "ok",
		store_latency_ms: 0,
		auth: "none",
	});
});

test("only health, metrics and configuration are public", () => {
	const open = ROUTES.filter((route) => route.allow === "public").map(
		(r) => r.id,
	);
	assert.deepEqual(open.sort(), [
		"getConfig",
		"getConfigBelowCatalog",
		"getConfigOfCatalog",
		"health",
		"healthLive",
		"healthReady",
		"metrics",
	]);
});
