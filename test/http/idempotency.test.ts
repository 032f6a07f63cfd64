import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestAnswer, TestServer } from "./support.ts";
import {
	TABLES,
	tableRequest,
	testServer,
	VIEWS,
	viewRequest,
} from "./support.ts";

const KEY = "01890000-0000-7000-8000-000000000001";
const OTHER = "01890000-0000-7000-8000-000000000002";
const NAMESPACES = "/v1/default/namespaces";

const ASSETS = "/api/v1/catalogs/default/namespaces/default/assets";
const ASSET = { name: "x", kind: "OTHER", location: "here" };

type Send = (key?: string) => Promise<TestAnswer>;

/** Each mutation: what must be there before, and the request. */
const MUTATIONS: readonly (readonly [
	string,
	(server: TestServer) => Promise<unknown>,
	(server: TestServer) => Send,
])[] = [
	["createNamespace", nothing, post(NAMESPACES, { namespace: ["n"] })],
	[
		"dropNamespace",
		make(NAMESPACES, { namespace: ["n"] }),
		remove(`${NAMESPACES}/n`),
	],
	[
		"updateProperties",
		nothing,
		post(`${NAMESPACES}/default/properties`, { updates: { a: "b" } }),
	],
	["createTable", nothing, post(TABLES, tableRequest("t"))],
	[
		"updateTable",
		make(TABLES, tableRequest("t")),
		post(`${TABLES}/t`, {
			requirements: [],
			updates: [{ action: "set-properties", updates: { a: "b" } }],
		}),
	],
	["dropTable", make(TABLES, tableRequest("t")), remove(`${TABLES}/t`)],
	[
		"unregisterTable",
		make(TABLES, tableRequest("t")),
		post(`${TABLES}/t/unregister`),
	],
	[
		"renameTable",
		make(TABLES, tableRequest("t")),
		post("/v1/default/tables/rename", {
			source: { namespace: ["default"], name: "t" },
			destination: { namespace: ["default"], name: "u" },
		}),
	],
	[
		"commitTransaction",
		make(TABLES, tableRequest("t")),
		post("/v1/default/transactions/commit", {
			"table-changes": [
				{
					identifier: { namespace: ["default"], name: "t" },
					requirements: [],
					updates: [{ action: "set-properties", updates: { a: "b" } }],
				},
			],
		}),
	],
	[
		"replaceView",
		make(VIEWS, viewRequest("v")),
		post(`${VIEWS}/v`, {
			requirements: [],
			updates: [{ action: "set-properties", updates: { a: "b" } }],
		}),
	],
	["dropView", make(VIEWS, viewRequest("v")), remove(`${VIEWS}/v`)],
	[
		"renameView",
		make(VIEWS, viewRequest("v")),
		post("/v1/default/views/rename", {
			source: { namespace: ["default"], name: "v" },
			destination: { namespace: ["default"], name: "w" },
		}),
	],
	["createTenant", nothing, post("/api/v1/tenants", { name: "x" })],
	["createWarehouse", nothing, post("/api/v1/warehouses", { name: "x" })],
	[
		"deleteWarehouse",
		make("/api/v1/warehouses", { name: "x" }),
		remove("/api/v1/warehouses/x"),
	],
	["createCatalog", nothing, post("/api/v1/catalogs", { name: "x" })],
	[
		"deleteCatalog",
		make("/api/v1/catalogs", { name: "x" }),
		remove("/api/v1/catalogs/x"),
	],
	["createBranch", nothing, post("/api/v1/branches", { name: "x" })],
	[
		"updateBranch",
		make("/api/v1/branches", { name: "x" }),
		put("/api/v1/branches/x", { name: "y" }),
	],
	[
		"deleteBranch",
		make("/api/v1/branches", { name: "x" }),
		remove("/api/v1/branches/x"),
	],
	["createTag", nothing, post("/api/v1/tags", { name: "x" })],
	["deleteTag", make("/api/v1/tags", { name: "x" }), remove("/api/v1/tags/x")],
	["createAsset", nothing, post(ASSETS, ASSET)],
	["updateAsset", make(ASSETS, ASSET), put(`${ASSETS}/x`, { name: "y" })],
	["deleteAsset", make(ASSETS, ASSET), remove(`${ASSETS}/x`)],
];

async function nothing(): Promise<void> {}

function make(url: string, body: object) {
	return async (server: TestServer): Promise<void> => {
		const made = await server.send("POST", url, body);
		assert.ok(made.status < 300, made.body);
	};
}

function post(url: string, body?: object) {
	return (server: TestServer): Send =>
		(key) =>
			server.send("POST", url, body, keyed(key));
}

function put(url: string, body: object) {
	return (server: TestServer): Send =>
		(key) =>
			server.send("PUT", url, body, keyed(key));
}

function remove(url: string) {
	return (server: TestServer): Send =>
		(key) =>
			server.send("DELETE", url, undefined, keyed(key));
}

function keyed(key: string | undefined): Record<string, string> {
	return key === undefined ? {} : { "idempotency-key": key };
}

for (const [what, prepare, request] of MUTATIONS) {
	test(`§1.3: ${what} with a key has its effect once and answers alike`, async () => {
		const server = await testServer();
		await prepare(server);
		const send = request(server);
		const [first, beside] = await Promise.all([send(KEY), send(KEY)]);
		assert.ok(first.status < 300, first.body);
		const again = await send(KEY);
		const upper = await send(KEY.toUpperCase());
		for (const answer of [beside, again, upper]) {
			assert.equal(answer.status, first.status, answer.body);
			assert.equal(answer.body, first.body);
			assert.equal(answer.headers.etag, first.headers.etag);
		}
		const commits = server.observed.filter(
			(o) => o.kind === "commit" && o.outcome === "applied",
		);
		assert.ok(
			commits.length <= 2,
			"one for the preparation, one for all four requests",
		);
	});
}

test("§1.3: refusals are final too: a 409 stays a 409 when its cause is gone", async () => {
	const server = await testServer();
	await server.send("POST", TABLES, tableRequest("t"));
	const first = await server.send(
		"POST",
		TABLES,
		tableRequest("t"),
		keyed(KEY),
	);
	assert.equal(first.status, 409);
	await server.send("DELETE", `${TABLES}/t`);
	const again = await server.send(
		"POST",
		TABLES,
		tableRequest("t"),
		keyed(KEY),
	);
	assert.deepEqual([again.status, again.body], [409, first.body]);
	assert.equal(
		(await server.send("HEAD", `${TABLES}/t`)).status,
		404,
		"and has no effect",
	);
});

test("§1.3: a key is bound to operation, target and body", async () => {
	const server = await testServer();
	await server.send("POST", NAMESPACES, { namespace: ["n"] }, keyed(KEY));
	const misuses = [
		server.send("POST", NAMESPACES, { namespace: ["m"] }, keyed(KEY)),
		server.send("DELETE", `${NAMESPACES}/n`, undefined, keyed(KEY)),
		server.send("POST", TABLES, tableRequest("t"), keyed(KEY)),
		server.send("POST", "/api/v1/catalogs", { name: "c" }, keyed(KEY)),
	];
	for (const answer of await Promise.all(misuses)) {
		assert.equal(answer.status, 422, answer.body);
		assert.equal(answer.json.error.type, "UnprocessableEntityException");
	}
	const list = await server.send("GET", NAMESPACES);
	assert.deepEqual(list.json.namespaces, [["default"], ["n"]]);
});

test("§1.3: keys that are no UUID are refused before any effect", async () => {
	const server = await testServer();
	for (const key of ["", "1", "x".repeat(36), `${KEY}0`, `{${KEY}}`]) {
		const answer = await server.send(
			"POST",
			NAMESPACES,
			{ namespace: ["n"] },
			keyed(key),
		);
		assert.equal(answer.status, 400, key);
	}
	assert.equal((await server.send("HEAD", `${NAMESPACES}/n`)).status, 404);
});

test("§1.3: what is not idempotent in the specification ignores the key", async () => {
	const server = await testServer();
	const view = await server.send("POST", VIEWS, viewRequest("v"), keyed(OTHER));
	assert.equal(view.status, 200, view.body);
	const again = await server.send(
		"POST",
		VIEWS,
		viewRequest("v"),
		keyed(OTHER),
	);
	assert.equal(again.status, 409);
});

test("§1.3: after its lifetime a key is new", async () => {
	const server = await testServer();
	const create = () =>
		server.send("POST", NAMESPACES, { namespace: ["n"] }, keyed(KEY));
	assert.equal((await create()).status, 200);
	server.clock.nowMillis += server.catalog.limits.idempotencyLifetimeMillis + 1;
	assert.equal((await create()).status, 409);
});
