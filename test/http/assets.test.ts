import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, TestServer } from "./support.ts";
import {
	filledServer,
	TABLES,
	tableRequest,
	testServer,
	VIEWS,
	viewRequest,
} from "./support.ts";

const ASSETS = "/api/v1/catalogs/default/namespaces/default/assets";
const MODEL = {
	name: "model",
	kind: "ML_MODEL",
	location: "s3://elsewhere/models/1",
	properties: { framework: "torch" },
};

async function make(
	server: TestServer,
	more: object = {},
	url = ASSETS,
): Promise<Json> {
	const made = await server.send("POST", url, { ...MODEL, ...more });
	assert.equal(made.status, 201, made.body);
	return made.json;
}

async function listed(server: TestServer, url = ASSETS): Promise<string[]> {
	const { status, json, body } = await server.send("GET", url);
	assert.equal(status, 200, body);
	return json.map((each: Json) => `${each.name}:${each.kind}`);
}

test("an asset is created, shown, changed, renamed and deleted, in the original's fields", async () => {
	const server = await testServer();
	const made = await make(server);
	assert.deepEqual(made, { id: made.id, namespace: ["default"], ...MODEL });
	const one = `${ASSETS}/model`;
	assert.deepEqual((await server.send("GET", one)).json, made);
	const change = { location: "jdbc:postgresql://db/x", kind: "other" };
	const changed = await server.send("PUT", one, change);
	assert.equal(changed.status, 200, changed.body);
	assert.deepEqual(changed.json, { ...made, ...change, kind: "OTHER" });
	await server.send("POST", "/v1/default/namespaces", { namespace: ["a"] });
	const moved = await server.send("PUT", one, {
		name: "model 2",
		namespace: ["a"],
		properties: {},
	});
	assert.equal(moved.status, 200, moved.body);
	const there = one
		.replace("namespaces/default", "namespaces/a")
		.replace("model", "model%202");
	assert.deepEqual((await server.send("GET", there)).json, {
		...changed.json,
		name: "model 2",
		namespace: ["a"],
		properties: {},
	});
	assert.equal((await server.send("GET", one)).status, 404);
	const deleted = await server.send("DELETE", there);
	assert.deepEqual([deleted.status, deleted.body], [204, ""]);
	assert.equal((await server.send("DELETE", there)).status, 404);
});

test("all types of the original are there; two belong to the Iceberg routes", async () => {
	const server = await testServer();
	const types =
		"DELTA_TABLE HUDI_TABLE PARQUET_TABLE CSV_TABLE JSON_TABLE ML_MODEL APACHE_PAIMON VORTEX LANCE NIMBLE DIRECTORY VIDEO_FILE IMAGE_FILE DB_CONN_STRING OTHER".split(
			" ",
		);
	for (const kind of types)
		assert.equal((await make(server, { name: kind, kind })).kind, kind);
	assert.equal((await listed(server)).length, 15);
	for (const kind of ["ICEBERG_TABLE", "VIEW", "view", "TABLE", ""]) {
		const body = { ...MODEL, kind };
		const answer = await server.send("POST", ASSETS, body);
		assert.equal(answer.status, 400, kind);
	}
});

test("a list has tables and views too, and each is shown", async () => {
	const server = await filledServer();
	await make(server);
	assert.deepEqual(await listed(server), [
		"model:ML_MODEL",
		"t:ICEBERG_TABLE",
		"v:VIEW",
	]);
	const [, table] = (await server.send("GET", `${ASSETS}?limit=2`)).json;
	assert.deepEqual(table, {
		id: table.id,
		name: "t",
		namespace: ["default"],
		kind: "ICEBERG_TABLE",
		identifier: { namespace: ["default"], name: "t" },
	});
	const { location } = (await server.send("GET", `${TABLES}/t`)).json.metadata;
	const shown = await server.send("GET", `${ASSETS}/t`);
	assert.equal(shown.json.location, location);
	assert.equal(shown.json.kind, "ICEBERG_TABLE");
	assert.equal((await server.send("GET", `${ASSETS}/v`)).json.kind, "VIEW");
	for (const name of ["t", "v"]) {
		assert.equal(
			(await server.send("DELETE", `${ASSETS}/${name}`)).status,
			404,
		);
		const put = await server.send("PUT", `${ASSETS}/${name}`);
		assert.equal(put.status, 404);
		assert.match(put.json.error.message, /is a (table|view): change it by/);
	}
	assert.equal((await server.send("GET", `${TABLES}/model`)).status, 404);
	assert.equal((await server.send("GET", `${VIEWS}/model`)).status, 404);
	assert.equal((await server.send("DELETE", `${TABLES}/model`)).status, 404);
	assert.deepEqual(
		(await server.send("GET", TABLES)).json.identifiers.map(
			(i: Json) => i.name,
		),
		["t"],
	);
});

test("tables, views and assets of a namespace share their names, in every direction", async () => {
	const server = await filledServer();
	await make(server);
	await make(server, { name: "m2" });
	const { json: loaded } = await server.send("GET", `${TABLES}/t`);
	const rename = (from: string, to: string) => ({
		source: { namespace: ["default"], name: from },
		destination: { namespace: ["default"], name: to },
	});
	const register = (overwrite: boolean) => ({
		name: "model",
		"metadata-location": loaded["metadata-location"],
		overwrite,
	});
	const cases = [
		["POST", ASSETS, { ...MODEL, name: "model" }],
		["POST", ASSETS, { ...MODEL, name: "t" }],
		["POST", ASSETS, { ...MODEL, name: "v" }],
		["PUT", `${ASSETS}/model`, { name: "t" }],
		["PUT", `${ASSETS}/model`, { name: "v" }],
		["PUT", `${ASSETS}/model`, { name: "m2" }],
		["POST", TABLES, tableRequest("model")],
		["POST", TABLES, tableRequest("model", { "stage-create": true })],
		["POST", VIEWS, viewRequest("model")],
		["POST", "/v1/default/tables/rename", rename("t", "model")],
		["POST", "/v1/default/views/rename", rename("v", "model")],
		["POST", "/v1/default/namespaces/default/register", register(false)],
		["POST", "/v1/default/namespaces/default/register", register(true)],
	] as const;
	for (const [method, url, body] of cases) {
		const answer = await server.send(method, url, body);
		const what = `${method} ${url} ${JSON.stringify(body)} ${answer.body}`;
		assert.equal(answer.status, 409, what);
	}
	const full = await server.send("DELETE", "/v1/default/namespaces/default");
	assert.equal(full.status, 409, "a namespace with assets is not empty");
	assert.equal((await listed(server)).length, 4);
});

test("assets have versions: a branch, a tag and a time show their own", async () => {
	const server = await testServer();
	await make(server);
	await server.send("POST", "/api/v1/branches", { name: "dev/1" });
	await server.send("POST", "/api/v1/tags", { name: "v1" });
	server.clock.nowMillis += 60_000;
	await make(server, { name: "new" }, `${ASSETS}?branch=dev/1`);
	const put = await server.send("PUT", `${ASSETS}/model@dev%2F1`, {
		name: "renamed",
		location: "s3://dev",
	});
	assert.equal(put.status, 200, put.body);
	await server.send("DELETE", `${ASSETS}/model`);
	const at = (ref: string) => ASSETS.replace("/assets", `@${ref}/assets`);
	const before = ["model:ML_MODEL"];
	const cases = [
		[ASSETS, []],
		[`${ASSETS}?branch=dev/1`, ["new:ML_MODEL", "renamed:ML_MODEL"]],
		[at("dev%2F1"), ["new:ML_MODEL", "renamed:ML_MODEL"]],
		[at("v1"), before],
		[`${ASSETS}?branch=v1`, before],
		[`${ASSETS}?branch=2026-01-01T00:00:30Z`, before],
	] as const;
	for (const [url, expected] of cases)
		assert.deepEqual(await listed(server, url), expected, url);
	const old = await server.send("GET", `${ASSETS}/model@v1`);
	assert.equal(old.json.location, MODEL.location);
	for (const ref of ["v1", "2026-01-01T00:00:30Z"]) {
		const one = `${ASSETS}/model@${ref}`;
		for (const answer of [
			await server.send("POST", `${ASSETS}?branch=${ref}`, MODEL),
			await server.send("PUT", one, { location: "x" }),
			await server.send("DELETE", one),
		])
			assert.equal(answer.status, 403, answer.body);
	}
});

test("each change is one commit with the caller's message, and none where nothing differs", async () => {
	const server = await testServer();
	const said = (message: string) => ({ "x-pangolin-message": message });
	await server.send("POST", ASSETS, MODEL, said("a"));
	const one = `${ASSETS}/model`;
	await server.send("PUT", one, { location: "x" }, said("b"));
	await server.send("PUT", one, { location: "x" }, said("not this"));
	await server.send("PUT", one, undefined, said("nor this"));
	await server.send("PUT", one, { name: "n" });
	await server.send("DELETE", `${ASSETS}/n`, undefined, said("d"));
	const log = await server.send("GET", "/api/v1/commits?limit=4");
	assert.deepEqual(
		log.json.map((each: Json) => [each.message, each.changes.length]),
		[
			["d", 1],
			["rename asset default.model to default.n", 2],
			["b", 1],
			["a", 1],
		],
	);
});

test("what an asset must be", async () => {
	const server = await testServer();
	const cases = [
		[{ name: "a@b" }, 400],
		[{ name: "" }, 400],
		[{ name: ".." }, 400],
		[{ location: "" }, 400],
		[{ location: "a\nb" }, 400],
		[{ location: "x".repeat(2049) }, 400],
		[{ location: "x".repeat(2048), name: "long" }, 201],
		[{ location: null }, 400],
		[{ properties: { a: 1 } }, 400],
		[{ properties: null, name: "none" }, 201],
	] as const;
	for (const [more, status] of cases) {
		const body = { ...MODEL, ...more };
		const answer = await server.send("POST", ASSETS, body);
		assert.equal(answer.status, status, `${Object.keys(more)} ${answer.body}`);
	}
	await make(server);
	for (const body of [
		{ name: "a@b" },
		{ location: "" },
		{ kind: "VIEW" },
		{ namespace: "default" },
	])
		assert.equal(
			(await server.send("PUT", `${ASSETS}/model`, body)).status,
			400,
			JSON.stringify(body),
		);
	for (const url of [
		ASSETS.replace("namespaces/default", "namespaces/nope"),
		`${ASSETS}?branch=nope`,
		ASSETS.replace("catalogs/default", "catalogs/nope"),
	]) {
		assert.equal((await server.send("POST", url, MODEL)).status, 404, url);
		assert.equal((await server.send("GET", url)).status, 404, url);
	}
	const nowhere = { namespace: ["nope"] };
	const moved = await server.send("PUT", `${ASSETS}/model`, nowhere);
	assert.equal(moved.status, 404);
});

test("a dot separates levels in these paths, where no namespace has the dotted name", async () => {
	const server = await testServer();
	const create = (namespace: string[]) =>
		server.send("POST", "/v1/default/namespaces", { namespace });
	await create(["a", "b"]);
	await create(["c.d"]);
	const below = (name: string) =>
		ASSETS.replace("namespaces/default", `namespaces/${name}`);
	assert.deepEqual((await make(server, {}, below("a.b"))).namespace, [
		"a",
		"b",
	]);
	assert.deepEqual((await make(server, {}, below("c.d"))).namespace, ["c.d"]);
	const spelled = await server.send("GET", `${below("a%1Fb")}/model`);
	assert.equal(spelled.status, 200);
	assert.equal((await server.send("GET", below("c.d.e"))).status, 404);
	assert.equal((await server.send("GET", below("a..b"))).status, 400);
});
