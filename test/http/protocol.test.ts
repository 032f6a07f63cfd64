import assert from "node:assert/strict";
import { test } from "node:test";
import {
	filledServer,
	SCHEMA,
	TABLES,
	tableRequest,
	testServer,
	VIEWS,
	viewRequest,
} from "./support.ts";

/** The traps of iceberg-rest.md §1.2 and §1.3 that no other file covers. */

test("§1.2: config has defaults, overrides and endpoints, whatever the catalog is called", async () => {
	const server = await testServer();
	for (const name of ["a.b", "_x", "A-1"]) {
		await server.send("POST", "/api/v1/catalogs", { name });
		const { status, json } = await server.send(
			"GET",
			`/v1/config?warehouse=${name}`,
		);
		assert.equal(status, 200);
		assert.deepEqual(json.defaults, {});
		assert.match(
			json.overrides.prefix,
			/^[A-Za-z0-9_.~-]+$/,
			"one segment of unreserved characters",
		);
		assert.equal(
			json.overrides.uri,
			undefined,
			"DuckDB ignores it, so nothing may need it",
		);
		assert.ok(json.endpoints.length > 20);
		const list = await server.send(
			"GET",
			`/v1/${json.overrides.prefix}/namespaces`,
		);
		assert.deepEqual(list.json.namespaces, [["default"]]);
	}
});

test("§1.2: durations have no weeks, days, months or years", async () => {
	const server = await testServer();
	const { json } = await server.send("GET", "/v1/config");
	assert.match(
		json["idempotency-key-lifetime"],
		/^PT(?:\d+H)?(?:\d+M)?(?:\d+S)?$/,
	);
	assert.notEqual(json["idempotency-key-lifetime"], "PT");
});

test("§1.2: an unknown warehouse or ref is 404 NoSuchWarehouseException", async () => {
	const server = await testServer();
	for (const warehouse of ["nope", "default@nope", "nope@main", "a/b"]) {
		const answer = await server.send(
			"GET",
			`/v1/config?warehouse=${warehouse}`,
		);
		assert.equal(answer.status, 404, `${warehouse} ${answer.body}`);
		assert.equal(answer.json.error.type, "NoSuchWarehouseException");
	}
	const main = await server.send("GET", "/v1/config?warehouse=default@main");
	assert.equal(main.status, 200);
});

test("original: config below a catalog's address sends no prefix, and its twin routes serve", async () => {
	const server = await testServer();
	const below = await server.send("GET", "/v1/default/v1/config");
	assert.equal(below.json.overrides.prefix, undefined);
	const beside = await server.send("GET", "/v1/default/config");
	assert.equal(beside.json.overrides.prefix, "default");
	const twin = "/v1/default/v1/namespaces/default/tables";
	assert.equal(
		(await server.send("POST", twin, tableRequest("t"))).status,
		200,
	);
	for (const url of [`${twin}/t`, `${TABLES}/t`]) {
		assert.equal((await server.send("GET", url)).status, 200, url);
	}
	assert.equal((await server.send("GET", "/v1/nope/v1/config")).status, 404);
});

test("§1.1: statuses and bodies of successes", async () => {
	const server = await filledServer();
	const cases: readonly (readonly [
		string,
		string,
		object | undefined,
		number,
	])[] = [
		["HEAD", "/v1/default/namespaces/default", undefined, 204],
		["HEAD", `${TABLES}/t`, undefined, 204],
		["HEAD", `${VIEWS}/v`, undefined, 204],
		["HEAD", `${TABLES}/nope`, undefined, 404],
		["HEAD", `${VIEWS}/nope`, undefined, 404],
		["HEAD", `${TABLES}/v`, undefined, 404],
		[
			"POST",
			`${TABLES}/t/metrics`,
			{ "report-type": "scan-report", "table-name": "t" },
			204,
		],
		[
			"POST",
			"/v1/default/tables/rename",
			{
				source: { namespace: ["default"], name: "t" },
				destination: { namespace: ["default"], name: "t2" },
			},
			204,
		],
		[
			"POST",
			"/v1/default/views/rename",
			{
				source: { namespace: ["default"], name: "v" },
				destination: { namespace: ["default"], name: "v2" },
			},
			204,
		],
		[
			"POST",
			"/v1/default/transactions/commit",
			{
				"table-changes": [
					{
						identifier: { namespace: ["default"], name: "t2" },
						requirements: [],
						updates: [{ action: "set-properties", updates: { a: "b" } }],
					},
				],
			},
			204,
		],
		["DELETE", `${VIEWS}/v2`, undefined, 204],
		["DELETE", `${TABLES}/t2?purgeRequested=true`, undefined, 204],
		["DELETE", "/v1/default/namespaces/default", undefined, 204],
	];
	for (const [method, url, body, status] of cases) {
		const answer = await server.send(method as "GET", url, body);
		assert.equal(answer.status, status, `${method} ${url} ${answer.body}`);
		assert.equal(answer.body, "", `${method} ${url}`);
	}
});

test("§2.3: updateProperties always sends its three lists, and createTable what PyIceberg reads", async () => {
	const server = await testServer();
	const url = "/v1/default/namespaces/default/properties";
	const set = await server.send("POST", url, { updates: { a: "b" } });
	assert.deepEqual(set.json, { updated: ["a"], removed: [], missing: [] });
	const removed = await server.send("POST", url, { removals: ["a", "c"] });
	assert.deepEqual(removed.json, {
		updated: [],
		removed: ["a"],
		missing: ["c"],
	});
	const table = await server.send("POST", TABLES, tableRequest("t"), {
		"x-iceberg-access-delegation": "vended-credentials",
	});
	assert.equal(table.status, 200);
	assert.equal(typeof table.json["metadata-location"], "string");
	assert.equal(table.json.metadata["format-version"], 2);
	assert.equal(table.json["storage-credentials"], undefined);
});

test("§2.3: a view's name in a body is taken as it is, quoted or not", async () => {
	const server = await testServer();
	await server.send("POST", VIEWS, viewRequest("a%20b"));
	assert.equal((await server.send("GET", `${VIEWS}/a%2520b`)).status, 200);
	assert.equal((await server.send("GET", `${VIEWS}/a%20b`)).status, 404);
});

test("§1.3: a staged create persists nothing until its commit", async () => {
	const server = await testServer();
	const staged = await server.send(
		"POST",
		TABLES,
		tableRequest("s", { "stage-create": true }),
	);
	assert.equal(staged.status, 200);
	assert.equal(staged.json["metadata-location"] ?? null, null);
	assert.equal((await server.send("HEAD", `${TABLES}/s`)).status, 404);
	const { metadata } = staged.json;
	const committed = await server.send("POST", `${TABLES}/s`, {
		requirements: [{ type: "assert-create" }],
		updates: [
			{ action: "assign-uuid", uuid: metadata["table-uuid"] },
			{ action: "upgrade-format-version", "format-version": 2 },
			{ action: "add-schema", schema: SCHEMA },
			{ action: "set-current-schema", "schema-id": -1 },
			{ action: "add-spec", spec: { "spec-id": 0, fields: [] } },
			{ action: "set-default-spec", "spec-id": -1 },
			{ action: "add-sort-order", "sort-order": { "order-id": 0, fields: [] } },
			{ action: "set-default-sort-order", "sort-order-id": -1 },
			{ action: "set-location", location: metadata.location },
		],
	});
	assert.equal(committed.status, 200, committed.body);
	assert.equal((await server.send("HEAD", `${TABLES}/s`)).status, 204);
});
