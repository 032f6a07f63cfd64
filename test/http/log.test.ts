import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, TestServer } from "./support.ts";
import { filledServer, TABLES, tableRequest } from "./support.ts";

const COMMITS = "/api/v1/commits";
const LOG = "/api/v1/catalogs/default/namespaces/default/tables/t/commits";

async function create(
	server: TestServer,
	name: string,
	branch = "main",
	message = `make ${name}`,
): Promise<void> {
	const url = `${TABLES}?branch=${branch}`;
	const headers = { "x-pangolin-message": message };
	const made = await server.send("POST", url, tableRequest(name), headers);
	assert.equal(made.status, 200, made.body);
}

async function branch(server: TestServer, name: string): Promise<void> {
	const made = await server.send("POST", "/api/v1/branches", { name });
	assert.equal(made.status, 201, made.body);
}

function messages(list: Json): string[] {
	return list.map((each: { message: string }) => each.message);
}

/** The default catalog with three commits of its own after its first ones, one of them on `dev`. */
async function history(): Promise<TestServer> {
	const server = await filledServer();
	await create(server, "a");
	await branch(server, "dev");
	await create(server, "b", "dev");
	server.clock.nowMillis += 60_000;
	await create(server, "c");
	return server;
}

test("a commit says what the original says of it, and what it changed", async () => {
	const server = await history();
	const [newest, second] = (await server.send("GET", COMMITS)).json;
	assert.deepEqual(newest, {
		id: newest.id,
		parent_id: second.id,
		parent_ids: [second.id],
		author: newest.author,
		author_id: newest.author_id,
		message: "make c",
		timestamp: Date.UTC(2026, 0, 1, 0, 1),
		committed_at: "2026-01-01T00:01:00.000000Z",
		changes: [{ kind: "object", path: ["default", "c"] }],
	});
	const one = await server.send("GET", `${COMMITS}/${newest.id}`);
	assert.deepEqual(one.json, newest);
	const upper = newest.id.toUpperCase();
	assert.deepEqual(
		(await server.send("GET", `${COMMITS}/${upper}?catalog=default`)).json,
		newest,
	);
});

test("the log of a branch, a tag, a commit and a time", async () => {
	const server = await history();
	const dev = await server.send("GET", `${COMMITS}?ref=dev`);
	const [head] = dev.json;
	const tag = { name: "v1", from: "dev", catalog: "default" };
	assert.equal((await server.send("POST", "/api/v1/tags", tag)).status, 200);
	await create(server, "late", "dev");
	const first = ["make a", "create view default.v", "create table default.t"];
	const cases = [
		[COMMITS, ["make c", ...first]],
		[`${COMMITS}?catalog=default&ref=main`, ["make c", ...first]],
		[`${COMMITS}?ref=dev`, ["make late", "make b", ...first]],
		["/api/v1/branches/dev/commits", ["make late", "make b", ...first]],
		[`${COMMITS}?ref=v1`, ["make b", ...first]],
		[`${COMMITS}?ref=${head.id}`, ["make b", ...first]],
		[`${COMMITS}?ref=2026-01-01T00:00:30Z`, first],
	] as const;
	for (const [url, expected] of cases) {
		const log = await server.send("GET", url);
		assert.deepEqual(messages(log.json).slice(0, -1), expected, url);
	}
});

test("a log is cut by limit and offset and goes on by token", async () => {
	const server = await history();
	const whole = (await server.send("GET", COMMITS)).json;
	assert.equal(whole.length, 5);
	const cut = await server.send("GET", `${COMMITS}?limit=2&offset=1`);
	assert.deepEqual(cut.json, whole.slice(1, 3));
	const token = cut.headers["x-next-page-token"];
	const rest = await server.send("GET", `${COMMITS}?pageToken=${token}`);
	assert.deepEqual(rest.json, whole.slice(3));
	assert.equal(rest.headers["x-next-page-token"], undefined);
});

test("the log of a table: of one ref, or of all of them with the branch of each commit", async () => {
	const server = await history();
	const set = (where: string, message: string) =>
		server.send(
			"POST",
			`${TABLES}/t${where}`,
			{
				requirements: [],
				updates: [{ action: "set-properties", updates: { k: message } }],
			},
			{ "x-pangolin-message": message },
		);
	await set("@dev", "on dev");
	server.clock.nowMillis += 1;
	await set("", "on main");
	const all = await server.send("GET", LOG);
	assert.deepEqual(
		all.json.map((each: Json) => [each.branch, each.message]),
		[
			["main", "on main"],
			["dev", "on dev"],
			["main", "create table default.t"],
		],
	);
	const made = "create table default.t";
	const cases = [
		[`${LOG}?branch=main`, ["on main", made]],
		[`${LOG}?branch=dev`, ["on dev", made]],
		[LOG.replace("/t/", "/t@dev/"), ["on dev", made]],
		[
			LOG.replace("namespaces/default", "namespaces/default@dev"),
			["on dev", made],
		],
		[LOG.replace("catalogs/default", "catalogs/default@dev"), ["on dev", made]],
		[LOG.replace("catalogs/default", "catalogs/default~dev"), ["on dev", made]],
		[`${LOG}?branch=2026-01-01T00:00:30Z`, [made]],
	] as const;
	for (const [url, expected] of cases)
		assert.deepEqual(
			messages((await server.send("GET", url)).json),
			expected,
			url,
		);
	const page = await server.send("GET", `${LOG}?limit=1`);
	assert.deepEqual(messages(page.json), ["on main"]);
	const token = page.headers["x-next-page-token"];
	const next = await server.send("GET", `${LOG}?pageToken=${token}`);
	assert.deepEqual(messages(next.json), ["on dev", made]);
});

test("what has no log is 404", async () => {
	const server = await history();
	for (const url of [
		`${COMMITS}?ref=nope`,
		`${COMMITS}?ref=2020-01-01`,
		`${COMMITS}?catalog=nope`,
		`${COMMITS}/nope`,
		`${COMMITS}/01890000-0000-7000-8000-00000000ffff`,
		"/api/v1/branches/nope/commits",
		`${LOG}?branch=nope`,
		LOG.replace("/t/", "/nope/"),
		LOG.replace("/t/", "/b@main/"),
		LOG.replace("namespaces/default", "namespaces/nope"),
		LOG.replace("catalogs/default", "catalogs/nope"),
	]) {
		const answer = await server.send("GET", url);
		assert.equal(answer.status, 404, `${url} ${answer.body}`);
	}
});
