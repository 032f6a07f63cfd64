import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { filledServer, TABLES } from "./support.ts";

const DROPPED = "/api/v1/catalogs/default/dropped";
const UNDROP = "/api/v1/catalogs/default/undrop";
const WEEK_MILLIS = 7 * 24 * 60 * 60 * 1000;

test("what was dropped is listed, and comes back by its id or its name", async () => {
	const server = await filledServer();
	const before = await server.send("GET", `${TABLES}/t`);
	await server.send("DELETE", `${TABLES}/t`);
	const list = await server.send("GET", DROPPED);
	assert.equal(list.status, 200, list.body);
	const [item] = list.json;
	assert.deepEqual(Object.keys(item), [
		"id",
		"kind",
		"namespace",
		"name",
		"dropped_at",
		"dropped_by",
		"commit_id",
		"recoverable_until",
	]);
	assert.equal(
		Date.parse(item.recoverable_until) - Date.parse(item.dropped_at),
		WEEK_MILLIS,
	);
	const message = { "X-Pangolin-Message": "It was a mistake" };
	const back = await server.send("POST", UNDROP, { id: item.id }, message);
	assert.equal(back.status, 200, back.body);
	const { id, kind, namespace, name } = item;
	const { commit_id: commit } = back.json;
	assert.deepEqual(back.json, {
		id,
		kind,
		namespace,
		name,
		namespaces: [],
		commit_id: commit,
	});
	const got = await server.send("GET", `/api/v1/commits/${commit}`);
	assert.equal(got.json.message, "It was a mistake");
	assert.equal((await server.send("GET", `${TABLES}/t`)).body, before.body);
	assert.deepEqual((await server.send("GET", DROPPED)).json, []);
	await server.send("DELETE", `${TABLES}/t`);
	const renamed = await server.send("POST", UNDROP, {
		kind: "table",
		namespace,
		name,
		"new-name": "t2",
	});
	assert.equal(renamed.json.name, "t2", renamed.body);
	assert.equal((await server.send("GET", `${TABLES}/t2`)).status, 200);
});

test("a branch has its own list, and a repeated request brings back once", async () => {
	const server = await filledServer();
	const branch = { name: "dev", catalog: "default" };
	await server.send("POST", "/api/v1/branches", branch);
	await server.send("DELETE", `${TABLES}/t@dev`);
	assert.deepEqual((await server.send("GET", DROPPED)).json, []);
	const onDev = await server.send("GET", `${DROPPED}?branch=dev&limit=1`);
	assert.equal(onDev.json.length, 1);
	const key = { "Idempotency-Key": randomUUID() };
	const body = { id: onDev.json[0].id };
	const url = `${UNDROP}?branch=dev`;
	const first = await server.send("POST", url, body, key);
	assert.equal(first.status, 200, first.body);
	await server.send("DELETE", `${TABLES}/t@dev`);
	const again = await server.send("POST", url, body, key);
	assert.equal(again.body, first.body);
	assert.equal((await server.send("GET", `${TABLES}/t@dev`)).status, 404);
});

test("what cannot come back is refused with what to do", async () => {
	const server = await filledServer();
	await server.send("DELETE", `${TABLES}/t`);
	const [item] = (await server.send("GET", DROPPED)).json;
	const cases: readonly [object, number][] = [
		[{}, 400],
		[{ id: item.id, new_name: "a@b" }, 400],
		[{ id: item.id, new_namespace: ["none"] }, 404],
		[{ kind: "view", namespace: item.namespace, name: "t" }, 404],
		[{ kind: "nonsense", name: "t" }, 400],
	];
	for (const [body, status] of cases) {
		const answer = await server.send("POST", UNDROP, body);
		assert.equal(answer.status, status, answer.body);
	}
	const nowhere = await server.send("GET", `${DROPPED}?branch=none`);
	assert.equal(nowhere.status, 404);
	server.clock.nowMillis += WEEK_MILLIS + 1;
	assert.deepEqual((await server.send("GET", DROPPED)).json, []);
	const late = await server.send("POST", UNDROP, { id: item.id });
	assert.equal(late.status, 404);
});

test("a catalog says how long it keeps its history; older states have expired", async () => {
	const server = await filledServer();
	const catalog = "/api/v1/catalogs/default";
	const [head] = (await server.send("GET", "/api/v1/commits")).json;
	const at = `/v1/default~${head.id}/namespaces`;
	const keep = (seconds: string) =>
		server.send("PUT", catalog, {
			properties: { "history.retention-seconds": seconds },
		});
	const wrong = await keep("a week");
	assert.equal(wrong.status, 400);
	assert.match(wrong.json.error.message, /history\.retention-seconds/);
	const created = await server.send("POST", "/api/v1/catalogs", {
		name: "c",
		properties: { "history.retention-seconds": "-1" },
	});
	assert.equal(created.status, 400);
	assert.equal((await keep("60")).status, 200);
	await server.send("DELETE", `${TABLES}/t`);
	assert.equal((await server.send("GET", at)).status, 200);
	server.clock.nowMillis += 60_001;
	const expired = await server.send("GET", at);
	assert.equal(expired.status, 404);
	assert.match(expired.json.error.message, /history expired/);
	const config = await server.send(
		"GET",
		`/v1/config?warehouse=default@${head.id}`,
	);
	assert.equal(config.status, 404);
	assert.match(config.json.error.message, /history expired/);
});
