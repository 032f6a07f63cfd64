import assert from "node:assert/strict";
import { test } from "node:test";
import { exchange, request } from "./socket.ts";
import { testServer } from "./support.ts";

/** AN3: one path has one spelling. The middle column says what must not happen: being served. */
const MISSPELT = [
	["//v1//config", 404],
	["//v1/config", 404],
	["/v1//config", 404],
	["/v1/config/", 404],
	["/v1/%63onfig", 404],
	["/%761/config", 404],
	["/v1/x/../config", 404],
	["/v1/./config", 400],
	["/v1/../config", 400],
	["/v1/%2e%2e/config", 400],
	["/v1/%2E/config", 400],
	["/V1/CONFIG", 404],
	["/v1/Config", 404],
	["/v1/config;a=b", 404],
	["/v1;a=b/config", 404],
	["/v1/config%00", 404],
	["/v1/config%2f", 404],
	["/v1/config%", 404],
	["/v1/%ff/config", 400],
	["/v1/%c0%ae/config", 400],
	["/v1\\config", 404],
	["/api/v1/../v1/config", 404],
	["/api/v1/tenants/", 404],
	["/api//v1/tenants", 404],
	["/API/v1/tenants", 404],
	["/api/v1/%74enants", 404],
	["/v1/default/namespaces/", 404],
	["/v1/default/%6eamespaces", 404],
	["/v1/default/namespaces/%2e%2e/tables", 400],
	["/v1/default/namespaces/a%00b/tables", 400],
	["/v1/default/namespaces?parent=%00", 400],
	["/v1/default/namespaces?parent=%ff", 400],
	["/v1/default/namespaces/../tables", 400],
	["/health/", 404],
	["/health/../health", 404],
] as const;

test("misspelt paths are refused, never served as what they resemble", async (test) => {
	const server = await testServer();
	// On a socket: clients that build requests for tests correct paths themselves.
	const { port } = await server.http.listen(0, "127.0.0.1");
	test.after(() => server.http.close());
	for (const [url, status] of MISSPELT) {
		const answer = await exchange(port, request("GET", url));
		assert.equal(answer.status, status, `${url}: ${answer.body}`);
		const { error, overrides } = JSON.parse(answer.body);
		assert.equal(error.code, status, url);
		assert.equal(overrides, undefined, url);
	}
});

test("a known path answers other methods with 405 and names its own", async () => {
	const server = await testServer();
	const cases = [
		["POST", "/v1/config", "GET"],
		["PUT", "/v1/default/namespaces", "GET, POST"],
		["PATCH", "/api/v1/tenants", "GET, POST"],
		["OPTIONS", "/v1/config", "GET"],
		["GET", "/v1/default/transactions/commit", "POST"],
		["DELETE", "/v1/default/v1/transactions/commit", "POST"],
	] as const;
	for (const [method, url, allow] of cases) {
		const answer = await server.send(method, url);
		assert.equal(answer.status, 405, `${method} ${url}`);
		assert.equal(answer.headers.allow, allow, `${method} ${url}`);
		assert.equal(answer.json.error.type, "MethodNotAllowedException");
	}
});

/** IN9 and AN2: names that look like something else stay names, byte for byte. */
const NAMES = [
	["config", "config"],
	["v1", "v1"],
	["tables", "tables"],
	["rename", "rename"],
	["health", "health"],
	["a.b", "a.b"],
	["a b", "a%20b"],
	["a b java", "a+b+java"],
	["a+b", "a%2Bb"],
	["a/b", "a%2Fb"],
	["100%", "100%25"],
	["%41", "%2541"],
	["%1F", "%251F"],
	["a;b=c", "a;b=c"],
	["a?b#c", "a%3Fb%23c"],
	["' OR 1=1 --", "'%20OR%201%3D1%20--"],
	["_", "_"],
	["a\\b", "a%5Cb"],
	["*", "*"],
	["$where", "%24where"],
	["__proto__", "__proto__"],
	["constructor", "constructor"],
	["CamelCase", "CamelCase"],
	["camelcase", "camelcase"],
	["é-nfc".normalize("NFC"), encodeURIComponent("é-nfc".normalize("NFC"))],
	["é-nfc".normalize("NFD"), encodeURIComponent("é-nfc".normalize("NFD"))],
	["日本語", "%E6%97%A5%E6%9C%AC%E8%AA%9E"],
	["😀", "%F0%9F%98%80"],
	["\u202egnp.exe", "%E2%80%AEgnp.exe"],
	["n".repeat(255), "n".repeat(255)],
] as const;

test("names travel through bodies and paths unchanged and stay apart", async () => {
	const server = await testServer();
	for (const [name] of NAMES) {
		const created = await server.send("POST", "/v1/default/namespaces", {
			namespace: [name],
			properties: { name },
		});
		assert.equal(created.status, 200, `${name}: ${created.body}`);
	}
	for (const [name, encoded] of NAMES) {
		for (const base of ["/v1/default", "/v1/default/v1"]) {
			const loaded = await server.send("GET", `${base}/namespaces/${encoded}`);
			assert.equal(loaded.status, 200, `${name} as ${encoded}`);
			assert.deepEqual(loaded.json.namespace, [name]);
			assert.equal(loaded.json.properties.name, name);
		}
	}
	const list = await server.send("GET", "/v1/default/namespaces");
	assert.equal(list.json.namespaces.length, NAMES.length + 1);
});

test("names that no client could address are refused, and nothing is created", async () => {
	const server = await testServer();
	const bad = [
		"",
		".",
		"..",
		"a@b",
		"a\u001fb",
		"a\u0000",
		"\ud800",
		"n".repeat(256),
	];
	for (const name of bad) {
		const body = JSON.stringify({ namespace: [name] });
		const answer = await server.send("POST", "/v1/default/namespaces", body);
		assert.equal(answer.status, 400, `${JSON.stringify(name)}: ${answer.body}`);
	}
	const list = await server.send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

test("levels are separated by %1F, in paths and in parent, and by nothing else", async () => {
	const server = await testServer();
	for (const namespace of [["a"], ["a", "b"], ["a", "b", "c.d"], ["a.b"]]) {
		await server.send("POST", "/v1/default/namespaces", { namespace });
	}
	const nested = await server.send("GET", "/v1/default/namespaces/a%1Fb%1Fc.d");
	assert.deepEqual(nested.json.namespace, ["a", "b", "c.d"]);
	const dotted = await server.send("GET", "/v1/default/namespaces/a.b");
	assert.deepEqual(dotted.json.namespace, ["a.b"]);
	const below = await server.send("GET", "/v1/default/namespaces?parent=a%1Fb");
	assert.deepEqual(below.json.namespaces, [["a", "b", "c.d"]]);
	const lower = await server.send("GET", "/v1/default/namespaces/a%1fb");
	assert.deepEqual(lower.json.namespace, ["a", "b"]);
	for (const url of ["a%1F", "%1Fa", "a%1F%1Fb"]) {
		const answer = await server.send("GET", `/v1/default/namespaces/${url}`);
		assert.ok([400, 404].includes(answer.status), `${url}: ${answer.status}`);
	}
	const missing = await server.send(
		"GET",
		"/v1/default/namespaces?parent=nope",
	);
	assert.equal(missing.status, 404);
	assert.equal(missing.json.error.type, "NoSuchNamespaceException");
});
