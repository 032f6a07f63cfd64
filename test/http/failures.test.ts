import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "./support.ts";
import {
	filledServer,
	TABLES,
	tableRequest,
	VIEWS,
	viewRequest,
} from "./support.ts";

/** Method, path, body → status, type, text. No stack, no other envelope. */
const FAILURES: readonly (readonly [
	string,
	string,
	object | undefined,
	number,
	string,
	RegExp,
])[] = [
	[
		"GET",
		"/v1/nope/namespaces",
		undefined,
		404,
		"NoSuchWarehouseException",
		/nope/,
	],
	[
		"GET",
		"/v1/default/namespaces/nope",
		undefined,
		404,
		"NoSuchNamespaceException",
		/^Namespace does not exist: nope$/,
	],
	[
		"DELETE",
		"/v1/default/namespaces/nope",
		undefined,
		404,
		"NoSuchNamespaceException",
		/^Namespace does not exist: nope$/,
	],
	[
		"POST",
		"/v1/default/namespaces",
		{ namespace: ["default"] },
		409,
		"AlreadyExistsException",
		/^Namespace already exists: default$/,
	],
	[
		"DELETE",
		"/v1/default/namespaces/default",
		undefined,
		409,
		"NamespaceNotEmptyException",
		/default/,
	],
	[
		"POST",
		"/v1/default/namespaces/nope/properties",
		{ updates: {} },
		404,
		"NoSuchNamespaceException",
		/nope/,
	],
	[
		"POST",
		"/v1/default/namespaces/default/properties",
		{ removals: ["a"], updates: { a: "b" } },
		422,
		"UnprocessableEntityException",
		/a/,
	],
	[
		"GET",
		"/v1/default/namespaces/nope/tables",
		undefined,
		404,
		"NoSuchNamespaceException",
		/nope/,
	],
	[
		"GET",
		`${TABLES}/nope`,
		undefined,
		404,
		"NoSuchTableException",
		/^Table does not exist: default\.nope$/,
	],
	[
		"GET",
		"/v1/default/namespaces/default%1Ft/tables/snapshots",
		undefined,
		404,
		"NoSuchTableException",
		/snapshots/,
	],
	["DELETE", `${TABLES}/nope`, undefined, 404, "NoSuchTableException", /nope/],
	[
		"POST",
		`${TABLES}/nope`,
		{ requirements: [], updates: [] },
		404,
		"NoSuchTableException",
		/nope/,
	],
	[
		"POST",
		`${TABLES}/nope/unregister`,
		undefined,
		404,
		"NoSuchTableException",
		/nope/,
	],
	[
		"POST",
		`${TABLES}/nope/metrics`,
		{ "report-type": "scan-report" },
		404,
		"NoSuchTableException",
		/nope/,
	],
	[
		"POST",
		TABLES,
		tableRequest("t"),
		409,
		"AlreadyExistsException",
		/^Table already exists: default\.t$/,
	],
	[
		"POST",
		TABLES,
		tableRequest("v"),
		409,
		"AlreadyExistsException",
		/^View with same name already exists: default\.v$/,
	],
	[
		"POST",
		VIEWS,
		viewRequest("v"),
		409,
		"AlreadyExistsException",
		/^View already exists: default\.v$/,
	],
	[
		"POST",
		VIEWS,
		viewRequest("t"),
		409,
		"AlreadyExistsException",
		/^Table with same name already exists: default\.t$/,
	],
	[
		"POST",
		"/v1/default/namespaces/nope/tables",
		tableRequest("t"),
		404,
		"NoSuchNamespaceException",
		/nope/,
	],
	[
		"POST",
		`${TABLES}/t`,
		{ requirements: [{ type: "assert-create" }], updates: [] },
		409,
		"AlreadyExistsException",
		/Requirement failed/,
	],
	[
		"POST",
		`${TABLES}/t`,
		{
			requirements: [
				{
					type: "assert-table-uuid",
					uuid: "00000000-0000-4000-8000-000000000000",
				},
			],
			updates: [],
		},
		409,
		"CommitFailedException",
		/^Requirement failed: UUID/,
	],
	[
		"POST",
		`${TABLES}/t`,
		{ requirements: [{ type: "assert-nothing" }], updates: [] },
		400,
		"BadRequestException",
		/requirements\[0\]|assert-nothing/,
	],
	[
		"POST",
		`${TABLES}/t`,
		{ requirements: [], updates: [{ action: "enable-row-lineage" }] },
		400,
		"BadRequestException",
		/updates\[0\]|enable-row-lineage/,
	],
	[
		"POST",
		"/v1/default/transactions/commit",
		{ "table-changes": [{ requirements: [], updates: [] }] },
		400,
		"BadRequestException",
		/identifier/,
	],
	[
		"POST",
		"/v1/default/tables/rename",
		{
			source: { namespace: ["default"], name: "nope" },
			destination: { namespace: ["default"], name: "x" },
		},
		404,
		"NoSuchTableException",
		/nope/,
	],
	[
		"POST",
		"/v1/default/tables/rename",
		{
			source: { namespace: ["default"], name: "t" },
			destination: { namespace: ["nope"], name: "t" },
		},
		404,
		"NoSuchNamespaceException",
		/nope/,
	],
	[
		"POST",
		"/v1/default/tables/rename",
		{
			source: { namespace: ["default"], name: "t" },
			destination: { namespace: ["default"], name: "v" },
		},
		409,
		"AlreadyExistsException",
		/default\.v/,
	],
	[
		"POST",
		"/v1/default/views/rename",
		{
			source: { namespace: ["default"], name: "v" },
			destination: { namespace: ["default"], name: "t" },
		},
		409,
		"AlreadyExistsException",
		/default\.t/,
	],
	[
		"GET",
		`${VIEWS}/nope`,
		undefined,
		404,
		"NoSuchViewException",
		/^View does not exist: default\.nope$/,
	],
	["DELETE", `${VIEWS}/t`, undefined, 404, "NoSuchViewException", /t$/],
	["GET", `${TABLES}/v`, undefined, 404, "NoSuchTableException", /v$/],
	[
		"POST",
		"/v1/default/namespaces/default/register",
		{ name: "r", "metadata-location": "s3://other/metadata.json" },
		400,
		"BadRequestException",
		/./,
	],
	["GET", "/v1/oauth/tokens", undefined, 404, "NoSuchRouteException", /./],
];

test("§1.3: errors have the wrapped form, the type that clients know, and change nothing", async () => {
	const server = await filledServer();
	for (const [method, url, body, status, type, text] of FAILURES) {
		const what = `${method} ${url} ${JSON.stringify(body)?.slice(0, 100)}`;
		const answer = await server.send(method as "GET", url, body);
		assert.equal(answer.status, status, `${what}: ${answer.body}`);
		assert.deepEqual(Object.keys(answer.json), ["error"], what);
		const { error } = answer.json;
		assert.deepEqual(Object.keys(error), ["message", "type", "code"], what);
		assert.equal(error.type, type, `${what}: ${answer.body}`);
		assert.equal(error.code, status, what);
		assert.match(error.message, text, what);
	}
	const tables = await server.send("GET", TABLES);
	assert.deepEqual(
		tables.json.identifiers.map((i: Json) => i.name),
		["t"],
	);
	const views = await server.send("GET", VIEWS);
	assert.deepEqual(
		views.json.identifiers.map((i: Json) => i.name),
		["v"],
	);
});
