import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { TestServer } from "./support.ts";
import { filledServer, TABLES } from "./support.ts";

const REVERT = "/api/v1/branches/main/revert";
const ROLLBACK = "/api/v1/branches/main/rollback";

function commit(server: TestServer, key: string, value: string) {
	return server.send("POST", `${TABLES}/t`, {
		requirements: [],
		updates: [{ action: "set-properties", updates: { [key]: value } }],
	});
}

async function properties(server: TestServer, name = "t") {
	const loaded = await server.send("GET", `${TABLES}/${name}`);
	return loaded.json.metadata.properties;
}

async function head(server: TestServer): Promise<string> {
	return (await server.send("GET", "/api/v1/commits?limit=1")).json[0].id;
}

test("a commit is reverted, as a dry run first, and once however often it is asked for", async () => {
	const server = await filledServer();
	await commit(server, "k", "old");
	await commit(server, "k", "wrong");
	const wrong = await head(server);
	await commit(server, "other", "later");
	const body = { catalog: "default", commit_id: wrong };
	const plan = await server.send("POST", REVERT, { ...body, dry_run: true });
	assert.equal(plan.status, 200, plan.body);
	assert.deepEqual([plan.json.status, plan.json.commit_id], ["planned", null]);
	assert.equal((await properties(server)).k, "wrong");
	const key = {
		"Idempotency-Key": randomUUID(),
		"X-Pangolin-Message": "Undo it",
	};
	const done = await server.send("POST", REVERT, body, key);
	assert.equal(done.status, 200, done.body);
	assert.deepEqual(done.json.changes, plan.json.changes);
	assert.deepEqual(
		done.json.changes.map((each: { op: string; path: string[] }) => [
			each.op,
			each.path,
		]),
		[["replace", ["default", "t"]]],
	);
	const { k, other } = await properties(server);
	assert.deepEqual([k, other], ["old", "later"]);
	const made = await server.send(
		"GET",
		`/api/v1/commits/${done.json.commit_id}`,
	);
	assert.equal(made.json.message, "Undo it");
	await commit(server, "k", "again");
	const repeated = await server.send("POST", REVERT, body, key);
	assert.equal(repeated.body, done.body);
	assert.equal((await properties(server)).k, "again");
});

test("a conflict answers 409 with all about it; a strategy decides", async () => {
	const server = await filledServer();
	await commit(server, "k", "wrong");
	const wrong = await head(server);
	await commit(server, "k", "later");
	const key = { "Idempotency-Key": randomUUID() };
	const body = { commit_id: wrong };
	const refused = await server.send("POST", REVERT, body, key);
	assert.equal(refused.status, 409, refused.body);
	const { details, message, ...rest } = refused.json;
	assert.deepEqual(rest, {
		status: "conflicted",
		operation_id: null,
		conflicts: 1,
	});
	assert.match(message, /TakeSource/);
	assert.equal(details[0].conflict_type, "MetadataConflict");
	const repeated = await server.send("POST", REVERT, body, key);
	assert.equal(repeated.status, 409);
	assert.equal(repeated.body, refused.body);
	const strategy = { ...body, strategy: "TakeSource" };
	assert.equal((await server.send("POST", REVERT, strategy)).status, 200);
	assert.equal((await properties(server)).k, undefined);
});

test("a branch is rolled back to a commit, a tag and a time", async () => {
	const server = await filledServer();
	await commit(server, "k", "one");
	const one = await head(server);
	await server.send("POST", "/api/v1/tags", { name: "v1", commit_id: one });
	server.clock.nowMillis += 1000;
	const time = new Date(server.clock.nowMillis).toISOString();
	for (const to of [one, "v1", time]) {
		server.clock.nowMillis += 1000;
		await commit(server, "k", "two");
		await server.send("DELETE", `${TABLES}/t`);
		const done = await server.send("POST", ROLLBACK, { to });
		assert.equal(done.status, 200, done.body);
		assert.equal(done.json.status, "completed");
		assert.equal((await properties(server)).k, "one");
	}
	const again = await server.send("POST", ROLLBACK, { to: "v1" });
	assert.deepEqual([again.json.commit_id, again.json.changes], [null, []]);
});

test("what cannot be undone is refused with its reason", async () => {
	const server = await filledServer();
	const commitId = await head(server);
	await server.send("POST", "/api/v1/branches", { name: "dev" });
	await server.send("POST", "/api/v1/tags", { name: "v1" });
	await server.send("POST", "/api/v1/branches", {
		name: "locked",
		protected: true,
	});
	await server.send("DELETE", `${TABLES}/t@dev`);
	const unknown = randomUUID();
	const cases: readonly [string, object, number][] = [
		["main/revert", {}, 400],
		["main/revert", { commit_id: commitId, strategy: "Force" }, 400],
		["main/revert", { commit_id: unknown }, 404],
		["none/revert", { commit_id: commitId }, 404],
		["v1/revert", { commit_id: commitId }, 403],
		["locked/revert", { commit_id: commitId }, 403],
		["main/rollback", {}, 400],
		["main/rollback", { to: "dev" }, 400],
		["main/rollback", { to: "none" }, 404],
		["main/rollback", { to: "2001-01-01" }, 404],
		["locked/rollback", { to: "main" }, 403],
		["main/rollback", { to: commitId, catalog: "none" }, 404],
	];
	for (const [path, body, status] of cases) {
		const answer = await server.send("POST", `/api/v1/branches/${path}`, body);
		assert.equal(answer.status, status, `${path}: ${answer.body}`);
		assert.equal(typeof answer.json.error.message, "string");
	}
});
