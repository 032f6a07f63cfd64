import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer, VIEWS, viewRequest } from "./support.ts";

test("a broken rule of Iceberg is an IllegalArgumentException, the only 400 whose text Java's client passes on as it is", async (t) => {
	const server = await testServer();
	t.after(() => server.http.close());
	await server.send("POST", "/v1/default/namespaces", {
		namespace: ["default"],
	});
	const sql = { type: "sql", sql: "select 1", dialect: "trino" };
	const { status, json } = await server.send("POST", VIEWS, {
		...viewRequest("v"),
		"view-version": {
			"version-id": 1,
			"timestamp-ms": 1,
			"schema-id": 0,
			summary: {},
			representations: [sql, sql],
			"default-namespace": ["default"],
		},
	});
	assert.equal(status, 400);
	assert.deepEqual(json.error, {
		type: "IllegalArgumentException",
		code: 400,
		message:
			"Invalid view version: Cannot add multiple queries for dialect trino",
	});
});
