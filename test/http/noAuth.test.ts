import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./support.ts";

const HOSTS: readonly (readonly [string, number])[] = [
	["localhost", 200],
	["localhost:8080", 200],
	["LOCALHOST:8080", 200],
	["127.0.0.1", 200],
	["127.0.0.1:1", 200],
	["[::1]", 200],
	["[::1]:8080", 200],
	["evil.example", 403],
	["evil.example:8080", 403],
	["localhost.evil.example", 403],
	["127.0.0.1.evil.example", 403],
	["localhost@evil.example", 403],
	["localhost:8080@evil.example", 403],
	["127.0.0.2", 403],
	["0.0.0.0", 403],
	["[::]", 403],
	["[::ffff:127.0.0.1]", 403],
	["2130706433", 403],
];

const ORIGINS: readonly (readonly [string, number])[] = [
	["http://localhost", 200],
	["http://localhost:8080", 200],
	["https://127.0.0.1:8080", 200],
	["http://[::1]:3000", 200],
	["http://evil.example", 403],
	["http://localhost.evil.example", 403],
	["http://localhost@evil.example", 403],
	["null", 403],
	["", 403],
	["file://", 403],
	["chrome-extension://abc", 403],
	["localhost", 403],
];

const ROUTES_TO_TRY = [
	"/v1/config",
	"/v1/default/namespaces",
	"/api/v1/tenants",
	"/health/ready",
	"/metrics",
];

test("AN11: without authentication a foreign Host is refused on every route", async () => {
	const server = await testServer();
	for (const [host, status] of HOSTS) {
		for (const url of ROUTES_TO_TRY) {
			const answer = await server.send("GET", url, undefined, { host });
			assert.equal(answer.status, status, `${host} ${url}`);
		}
	}
});

test("AN11: without authentication a foreign Origin is refused, writes included", async () => {
	const server = await testServer();
	for (const [origin, status] of ORIGINS) {
		const answer = await server.send("GET", "/v1/config", undefined, {
			origin,
		});
		assert.equal(answer.status, status, origin);
	}
	const write = await server.send(
		"POST",
		"/v1/default/namespaces",
		{ namespace: ["evil"] },
		{ origin: "http://evil.example" },
	);
	assert.equal(write.status, 403);
	assert.equal(write.json.error.type, "ForbiddenException");
	const list = await server.send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

test("AN11: the address that is listened on is accepted as Host", async () => {
	const server = await testServer({ boundAddress: "127.0.0.5" });
	for (const [host, status] of [
		["127.0.0.5:8080", 200],
		["127.0.0.6:8080", 403],
	] as const) {
		const answer = await server.send("GET", "/v1/config", undefined, { host });
		assert.equal(answer.status, status, host);
	}
});

test("health says that nobody authenticates", async () => {
	const server = await testServer();
	assert.equal((await server.send("GET", "/health")).json.auth, "none");
});
