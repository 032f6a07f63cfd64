import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "./support.ts";
import { TABLES, tableRequest, testServer } from "./support.ts";

const NIL = "00000000-0000-0000-0000-000000000000";

test("a first start has the default tenant, warehouse, catalog and namespace", async () => {
	const server = await testServer();
	const tenants = await server.send("GET", "/api/v1/tenants");
	assert.deepEqual(tenants.json, [
		{ id: NIL, name: "default", properties: {} },
	]);
	const [warehouse] = (await server.send("GET", "/api/v1/warehouses")).json;
	assert.deepEqual(Object.keys(warehouse), [
		"id",
		"name",
		"tenant_id",
		"use_sts",
		"storage_config",
		"vending_strategy",
	]);
	assert.equal(warehouse.tenant_id, NIL);
	const [catalog] = (await server.send("GET", "/api/v1/catalogs")).json;
	assert.deepEqual(Object.keys(catalog), [
		"id",
		"name",
		"catalog_type",
		"warehouse_name",
		"storage_location",
		"federated_config",
		"properties",
	]);
	assert.equal(catalog.warehouse_name, "default");
	const list = await server.send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["default"]]);
});

interface Kind {
	readonly path: string;
	readonly keyOf: (created: Json) => string;
	readonly create: Json;
	readonly update: Json;
	readonly missing: string;
	readonly type: string;
}

const KINDS: readonly Kind[] = [
	{
		path: "/api/v1/tenants",
		keyOf: (created) => created.id,
		create: { name: "one", properties: { a: "b" } },
		update: { name: "two", properties: { c: "d" } },
		missing: "00000000-0000-4000-8000-000000000000",
		type: "NoSuchTenantException",
	},
	{
		path: "/api/v1/warehouses",
		keyOf: (created) => created.name,
		create: { name: "one", use_sts: true, storage_config: { type: "memory" } },
		update: { use_sts: false },
		missing: "nope",
		type: "NoSuchWarehouseException",
	},
	{
		path: "/api/v1/catalogs",
		keyOf: (created) => created.name,
		create: { name: "one", warehouse_name: "default", properties: { a: "b" } },
		update: { properties: { c: "d" } },
		missing: "nope",
		type: "NoSuchWarehouseException",
	},
];

test("tenants, warehouses and catalogs are created, shown, changed and deleted", async () => {
	const server = await testServer();
	for (const { path, keyOf, create, update } of KINDS) {
		const created = await server.send("POST", path, create);
		assert.equal(created.status, 201, `${path} ${created.body}`);
		const one = `${path}/${keyOf(created.json)}`;
		assert.deepEqual((await server.send("GET", one)).json, created.json);
		const updated = await server.send("PUT", one, update);
		assert.equal(updated.status, 200, updated.body);
		assert.deepEqual(updated.json, { ...created.json, ...update });
		assert.deepEqual((await server.send("GET", one)).json, updated.json);
		const untouched = await server.send("PUT", one);
		assert.deepEqual(
			untouched.json,
			updated.json,
			"an empty body changes nothing",
		);
		const deleted = await server.send("DELETE", one);
		assert.deepEqual([deleted.status, deleted.body], [204, ""]);
		assert.equal((await server.send("GET", one)).status, 404);
		assert.equal((await server.send("DELETE", one)).status, 404);
	}
});

test("what does not exist is 404 of its own type", async () => {
	const server = await testServer();
	for (const { path, missing, type } of KINDS) {
		for (const method of ["GET", "PUT", "DELETE"] as const) {
			const body = method === "PUT" ? {} : undefined;
			const answer = await server.send(method, `${path}/${missing}`, body);
			assert.equal(answer.status, 404, `${method} ${path}`);
			assert.equal(answer.json.error.type, type);
		}
	}
	assert.equal(
		(await server.send("GET", "/api/v1/tenants/not-a-uuid")).status,
		404,
	);
});

test("bad names and duplicates are refused", async () => {
	const server = await testServer();
	for (const { path } of KINDS) {
		for (const name of [
			"",
			"a/b",
			"a@b",
			"a~b",
			".a",
			"-a",
			"a b",
			"ä",
			"n".repeat(129),
		]) {
			const answer = await server.send("POST", path, { name });
			assert.equal(answer.status, 400, `${path} ${name}`);
		}
		for (const body of [{}, { name: null }, { name: 1 }, { name: ["a"] }]) {
			const answer = await server.send("POST", path, body);
			assert.equal(answer.status, 400, `${path} ${JSON.stringify(body)}`);
			assert.match(answer.json.error.message, /name/);
		}
	}
	for (const path of ["/api/v1/warehouses", "/api/v1/catalogs"]) {
		const answer = await server.send("POST", path, { name: "default" });
		assert.equal(answer.status, 409, path);
		assert.equal(answer.json.error.type, "AlreadyExistsException");
	}
});

test("kebab and snake spellings are read, snake is written", async () => {
	const server = await testServer();
	const warehouse = await server.send("POST", "/api/v1/warehouses", {
		name: "w",
		"use-sts": true,
		"storage-config": { type: "memory", root: "memory://w" },
		"vending-strategy": { AwsStatic: { access_key_id: "id" } },
	});
	assert.equal(warehouse.json.use_sts, true);
	assert.equal(warehouse.json.storage_config.root, "memory://w");
	const catalog = await server.send("POST", "/api/v1/catalogs", {
		name: "c",
		"catalog-type": "Local",
		"warehouse-name": "w",
	});
	assert.equal(catalog.json.warehouse_name, "w");
});

test("secrets are masked in every answer, and a mask sent back keeps them", async () => {
	const server = await testServer();
	const canary = "canary-7f3a";
	const config = {
		type: "memory",
		"s3.access-key-id": "AKIA",
		"s3.secret-access-key": canary,
		"s3.session-token": canary,
		"adls.sas-token": canary,
		account_key: canary,
		"adls.connection-string": canary,
	};
	const strategy = {
		AwsStatic: { access_key_id: "AKIA", secret_access_key: canary },
	};
	const body = {
		name: "w",
		storage_config: config,
		vending_strategy: strategy,
	};
	const answers = [
		await server.send("POST", "/api/v1/warehouses", body),
		await server.send("GET", "/api/v1/warehouses/w"),
		await server.send("GET", "/api/v1/warehouses"),
	];
	const shown = answers[1]?.json;
	answers.push(await server.send("PUT", "/api/v1/warehouses/w", shown));
	for (const answer of answers) assert.doesNotMatch(answer.body, /canary/);
	assert.equal(shown.storage_config["s3.secret-access-key"], "***");
	assert.equal(shown.storage_config["s3.access-key-id"], "AKIA");
	const stored = await server.store.registry.warehouse(NIL as never, "w");
	assert.deepEqual(stored?.value.storageConfig, config);
	assert.deepEqual(JSON.parse(stored?.value.vendingStrategy ?? ""), strategy);
	assert.doesNotMatch(JSON.stringify(server.observed), /canary/);
});

test("no vending strategy is null, however it was said", async () => {
	const server = await testServer();
	for (const [i, strategy] of [undefined, null, "None"].entries()) {
		const answer = await server.send("POST", "/api/v1/warehouses", {
			name: `w${i}`,
			vending_strategy: strategy,
		});
		assert.equal(answer.json.vending_strategy, null);
	}
	const bad = await server.send("POST", "/api/v1/warehouses", {
		name: "bad",
		vending_strategy: "Other",
	});
	assert.equal(bad.status, 400);
});

test("what is in use is not deleted", async () => {
	const server = await testServer();
	const table = await server.send("POST", TABLES, tableRequest("t"));
	assert.equal(table.status, 200, table.body);
	for (const url of [
		`/api/v1/tenants/${NIL}`,
		"/api/v1/warehouses/default",
		"/api/v1/catalogs/default",
	]) {
		const answer = await server.send("DELETE", url);
		assert.equal(answer.status, 409, `${url} ${answer.body}`);
		assert.equal(answer.json.error.type, "InUseException");
		assert.equal((await server.send("GET", url)).status, 200, url);
	}
	assert.equal((await server.send("HEAD", `${TABLES}/t`)).status, 204);
});

test("a catalog needs an existing warehouse, and its location must be the warehouse's", async () => {
	const server = await testServer();
	const cases = [
		[{ name: "c", warehouse_name: "nope" }, 404],
		[{ name: "c", storage_location: "memory://x" }, 400],
		[
			{
				name: "c",
				warehouse_name: "default",
				storage_location: "s3://other/x",
			},
			400,
		],
		[{ name: "c", catalog_type: "Other" }, 400],
		[{ name: "c", catalog_type: "Federated" }, 406],
	] as const;
	for (const [body, status] of cases) {
		const answer = await server.send("POST", "/api/v1/catalogs", body);
		assert.equal(
			answer.status,
			status,
			`${JSON.stringify(body)} ${answer.body}`,
		);
		assert.equal((await server.send("GET", "/api/v1/catalogs/c")).status, 404);
	}
	const foreign = await server.send("POST", "/api/v1/warehouses", {
		name: "s3",
		storage_config: { type: "s3" },
	});
	assert.equal(foreign.status, 400, "what the operator does not allow");
});

test("a catalog with a table keeps its warehouse, whose folders hold the table; an empty one may change it", async () => {
	const server = await testServer();
	await server.send("POST", "/api/v1/warehouses", { name: "other" });
	const url = "/api/v1/catalogs/default";
	const body = { warehouse_name: "other" };
	await server.send("POST", TABLES, tableRequest("t"));
	const refused = await server.send("PUT", url, body);
	assert.equal(refused.status, 409, refused.body);
	assert.equal(refused.json.error.type, "InUseException");
	const same = { warehouse_name: "default", properties: { a: "b" } };
	assert.equal((await server.send("PUT", url, same)).status, 200);
	await server.send("DELETE", `${TABLES}/t`);
	const moved = await server.send("PUT", url, body);
	assert.equal(moved.json.warehouse_name, "other", moved.body);
});

test("a warehouse that is renamed stays the warehouse of its catalogs", async () => {
	const server = await testServer();
	const renamed = await server.send("PUT", "/api/v1/warehouses/default", {
		name: "main",
	});
	assert.equal(renamed.status, 200, renamed.body);
	const catalog = await server.send("GET", "/api/v1/catalogs/default");
	assert.equal(catalog.json.warehouse_name, "main");
	assert.equal(
		(await server.send("GET", "/api/v1/warehouses/default")).status,
		404,
	);
});

test("root acts for a tenant by X-Pangolin-Tenant, and tenants do not see each other", async () => {
	const server = await testServer();
	const tenant = await server.send("POST", "/api/v1/tenants", {
		name: "other",
	});
	const other = { "x-pangolin-tenant": tenant.json.id };
	const body = { name: "c" };
	assert.equal(
		(await server.send("POST", "/api/v1/catalogs", body, other)).status,
		201,
	);
	assert.equal((await server.send("GET", "/api/v1/catalogs/c")).status, 404);
	assert.equal(
		(await server.send("GET", "/api/v1/catalogs/default", undefined, other))
			.status,
		404,
	);
	assert.equal(
		(await server.send("GET", "/v1/config?warehouse=c", undefined, other))
			.status,
		200,
	);
	assert.equal(
		(await server.send("GET", "/v1/config?warehouse=c")).status,
		404,
	);
	for (const id of ["nope", "00000000-0000-4000-8000-000000000000"]) {
		const answer = await server.send("GET", "/api/v1/catalogs", undefined, {
			"x-pangolin-tenant": id,
		});
		assert.equal(answer.status, 404, id);
	}
});
