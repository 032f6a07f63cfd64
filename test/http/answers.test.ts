import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValidateFunction } from "ajv";
import { Ajv } from "ajv";
import { ROUTES } from "../../src/http/routes/all.ts";
import { operationsOf, readSpecification } from "./specification.ts";
import type { Json, TestAnswer, TestServer } from "./support.ts";
import {
	filledServer,
	TABLES,
	tableRequest,
	testServer,
	VIEWS,
	viewRequest,
} from "./support.ts";

/** Every answer has a status that the specification gives its operation, and a body of the schema that it names. */

const specification = readSpecification();
const operations = new Map(
	operationsOf(specification).map((operation) => [operation.id, operation]),
);

/** OpenAPI's own words that JSON Schema does not know, and formats that we do not check. */
function newAjv(): Ajv {
	const ajv = new Ajv({
		strict: false,
		validateFormats: false,
		allErrors: true,
	});
	ajv.addSchema({ $id: "spec", ...withoutDiscriminators(specification) });
	return ajv;
}

function withoutDiscriminators(value: Json): Json {
	if (Array.isArray(value)) return value.map(withoutDiscriminators);
	if (typeof value !== "object" || value === null) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(
				([key, inner]) =>
					!(key === "discriminator" && typeof inner === "object"),
			)
			.map(([key, inner]) => [key, withoutDiscriminators(inner)]),
	);
}

const ajv = newAjv();

function validatorOf(schema: Json): ValidateFunction {
	const pointed = JSON.parse(
		JSON.stringify(schema).replaceAll('"#/components', '"spec#/components'),
	);
	return ajv.compile(withoutDiscriminators(pointed));
}

function responseOf(operationId: string, status: number): Json {
	const { responses } = operations.get(operationId)?.definition ?? {};
	const response = responses?.[String(status)] ?? responses?.["5XX"];
	assert.ok(response, `${operationId} may not answer ${status}`);
	const name =
		String(response.$ref ?? "")
			.split("/")
			.at(-1) ?? "";
	return name === "" ? response : specification.components.responses[name];
}

function checkAnswer(operationId: string, answer: TestAnswer): void {
	const response = responseOf(operationId, answer.status);
	const schema = response.content?.["application/json"]?.schema;
	if (schema === undefined) {
		assert.equal(answer.body, "", `${operationId} ${answer.status}`);
		return;
	}
	// Several 4xx answers name the bare model; every client reads the wrapped one only.
	const body =
		answer.status >= 400 && !JSON.stringify(schema).includes("Response")
			? answer.json.error
			: answer.json;
	const validate = validatorOf(schema);
	assert.ok(
		validate(body),
		`${operationId} ${answer.status}: ${JSON.stringify(validate.errors?.slice(0, 3))} ${answer.body}`,
	);
}

type Step = readonly [string, string, string, object?];

const RENAMED = { namespace: ["default"], name: "t2" };
const CHANGE = {
	requirements: [],
	updates: [{ action: "set-properties", updates: { a: "b" } }],
};

/** In order: operation, method, path, body. */
const STEPS: readonly Step[] = [
	["getConfig", "GET", "/v1/config?warehouse=default"],
	["getConfig", "GET", "/v1/config?warehouse=nope"],
	[
		"createNamespace",
		"POST",
		"/v1/default/namespaces",
		{ namespace: ["n"], properties: { a: "b" } },
	],
	["createNamespace", "POST", "/v1/default/namespaces", { namespace: ["n"] }],
	["createNamespace", "POST", "/v1/default/namespaces", { namespace: 1 }],
	["listNamespaces", "GET", "/v1/default/namespaces"],
	["listNamespaces", "GET", "/v1/default/namespaces?pageToken=&pageSize=1"],
	["listNamespaces", "GET", "/v1/default/namespaces?parent=nope"],
	["loadNamespaceMetadata", "GET", "/v1/default/namespaces/n"],
	["loadNamespaceMetadata", "GET", "/v1/default/namespaces/nope"],
	["namespaceExists", "HEAD", "/v1/default/namespaces/n"],
	[
		"updateProperties",
		"POST",
		"/v1/default/namespaces/n/properties",
		{ removals: ["a", "x"], updates: { c: "d" } },
	],
	[
		"updateProperties",
		"POST",
		"/v1/default/namespaces/n/properties",
		{ removals: ["a"], updates: { a: "d" } },
	],
	["dropNamespace", "DELETE", "/v1/default/namespaces/n"],
	["dropNamespace", "DELETE", "/v1/default/namespaces/n"],
	["dropNamespace", "DELETE", "/v1/default/namespaces/default"],
	["listTables", "GET", TABLES],
	["createTable", "POST", TABLES, tableRequest("c")],
	["createTable", "POST", TABLES, tableRequest("c")],
	[
		"createTable",
		"POST",
		TABLES,
		tableRequest("staged", { "stage-create": true }),
	],
	["loadTable", "GET", `${TABLES}/t`],
	["loadTable", "GET", `${TABLES}/t?snapshots=refs`],
	["loadTable", "GET", `${TABLES}/nope`],
	["tableExists", "HEAD", `${TABLES}/t`],
	["updateTable", "POST", `${TABLES}/t`, CHANGE],
	[
		"updateTable",
		"POST",
		`${TABLES}/t`,
		{
			requirements: [
				{ type: "assert-current-schema-id", "current-schema-id": 7 },
			],
			updates: [],
		},
	],
	["updateTable", "POST", `${TABLES}/nope`, CHANGE],
	[
		"reportMetrics",
		"POST",
		`${TABLES}/t/metrics`,
		{ "report-type": "commit-report" },
	],
	[
		"commitTransaction",
		"POST",
		"/v1/default/transactions/commit",
		{
			"table-changes": [
				{ identifier: { namespace: ["default"], name: "t" }, ...CHANGE },
			],
		},
	],
	[
		"renameTable",
		"POST",
		"/v1/default/tables/rename",
		{ source: { namespace: ["default"], name: "t" }, destination: RENAMED },
	],
	[
		"renameTable",
		"POST",
		"/v1/default/tables/rename",
		{ source: { namespace: ["default"], name: "t" }, destination: RENAMED },
	],
	["unregisterTable", "POST", `${TABLES}/t2/unregister`],
	["dropTable", "DELETE", `${TABLES}/c`],
	["dropTable", "DELETE", `${TABLES}/c`],
	["listViews", "GET", VIEWS],
	["createView", "POST", VIEWS, viewRequest("w")],
	["createView", "POST", VIEWS, viewRequest("w")],
	["loadView", "GET", `${VIEWS}/v`],
	["loadView", "GET", `${VIEWS}/nope`],
	["viewExists", "HEAD", `${VIEWS}/v`],
	["replaceView", "POST", `${VIEWS}/v`, CHANGE],
	[
		"renameView",
		"POST",
		"/v1/default/views/rename",
		{
			source: { namespace: ["default"], name: "v" },
			destination: { namespace: ["default"], name: "x" },
		},
	],
	["dropView", "DELETE", `${VIEWS}/x`],
];

async function play(server: TestServer): Promise<Set<string>> {
	const seen = new Set<string>();
	for (const [operation, method, url, body] of STEPS) {
		const answer = await server.send(method as "GET", url, body);
		assert.ok(answer.status < 500, `${operation} ${answer.body}`);
		checkAnswer(operation, answer);
		seen.add(operation);
	}
	return seen;
}

test("answers keep the specification's statuses and schemas", async () => {
	const server = await filledServer();
	const seen = await play(server);
	const t2 = await server.send("POST", TABLES, tableRequest("r"));
	const location = t2.json["metadata-location"];
	await server.send("POST", `${TABLES}/r/unregister`);
	for (const name of ["r", "r"]) {
		const registered = await server.send(
			"POST",
			"/v1/default/namespaces/default/register",
			{ name, "metadata-location": location },
		);
		checkAnswer("registerTable", registered);
		seen.add("registerTable");
	}
	const unseen = ROUTES.filter(
		(route) => operations.has(route.id) && !seen.has(route.id),
	).map((route) => route.id);
	assert.deepEqual(
		unseen,
		["registerView"],
		"which needs a view's metadata file",
	);
});

test("a body that breaks the specification's schema is noticed", async () => {
	const server = await testServer();
	const answer = await server.send("GET", "/v1/config");
	const { defaults: _, ...broken } = answer.json;
	assert.throws(() => checkAnswer("getConfig", { ...answer, json: broken }));
	assert.throws(() => checkAnswer("getConfig", { ...answer, status: 302 }));
});
