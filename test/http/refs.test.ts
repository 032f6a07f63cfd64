import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, TestServer } from "./support.ts";
import { filledServer, TABLES, tableRequest, testServer } from "./support.ts";

const BRANCHES = "/api/v1/branches";
const TAGS = "/api/v1/tags";
const NO_COMMIT = "01890000-0000-7000-8000-00000000ffff";

function created(
	server: TestServer,
	url: string,
	body: object,
): ReturnType<TestServer["send"]> {
	return server.send("POST", url, { catalog: "default", ...body });
}

function names(list: Json): string[] {
	return list.map((each: { name: string }) => each.name);
}

test("a branch is created, shown, changed and deleted, in the original's fields", async () => {
	const server = await filledServer();
	const made = await created(server, BRANCHES, { name: "dev" });
	assert.equal(made.status, 201, made.body);
	const { head_commit_id: head } = made.json;
	assert.match(head, /^[0-9a-f-]{36}$/);
	assert.deepEqual(made.json, {
		name: "dev",
		branch_type: "ingest",
		head_commit_id: head,
		assets: [],
		protected: false,
		expires_at: null,
	});
	const one = `${BRANCHES}/dev?catalog=default`;
	assert.deepEqual((await server.send("GET", one)).json, made.json);
	const changed = await server.send("PUT", one, {
		name: "dev/2",
		protected: true,
		expires_at: "2027-01-01T01:00:00+01:00",
	});
	assert.equal(changed.status, 200, changed.body);
	assert.deepEqual(changed.json, {
		...made.json,
		name: "dev/2",
		protected: true,
		expires_at: "2027-01-01T00:00:00.000Z",
	});
	assert.equal((await server.send("GET", one)).status, 404, "its old name");
	const two = `${BRANCHES}/dev%2F2?catalog=default`;
	assert.deepEqual((await server.send("GET", two)).json, changed.json);
	assert.deepEqual((await server.send("PUT", two)).json, changed.json);
	assert.equal((await server.send("DELETE", two)).status, 403, "protected");
	const freed = await server.send("PUT", two, {
		protected: false,
		"expires-at": null,
	});
	assert.deepEqual(freed.json, { ...made.json, name: "dev/2" });
	const deleted = await server.send("DELETE", two);
	assert.deepEqual([deleted.status, deleted.body], [204, ""]);
	assert.equal((await server.send("DELETE", two)).status, 404);
});

test("a branch comes from a branch, a tag, a commit or a time, under both names of the field", async () => {
	const server = await filledServer();
	const dev = await created(server, BRANCHES, { name: "dev" });
	const commit = dev.json.head_commit_id;
	await created(server, TAGS, { name: "v1", commit_id: commit });
	server.clock.nowMillis += 60_000;
	await server.send("DELETE", `${TABLES}/t`);
	const cases = [
		[{ from_branch: "dev" }, true],
		[{ from: "dev" }, true],
		[{ from: "dev", from_branch: "dev" }, true],
		[{ from: "v1" }, true],
		[{ from: commit }, true],
		[{ from: "2026-01-01T00:00:30Z" }, true],
		[{ "from-branch": "dev", branch_type: "Experimental" }, true],
		[{ from_branch: "main" }, false],
		[{ from: null, from_branch: null, assets: null, protected: null }, false],
		[{}, false],
	] as const;
	for (const [i, [fields, shows]] of cases.entries()) {
		const what = JSON.stringify(fields);
		const made = await created(server, BRANCHES, { name: `b${i}`, ...fields });
		assert.equal(made.status, 201, `${what} ${made.body}`);
		const table = await server.send("HEAD", `${TABLES}/t@b${i}`);
		assert.equal(table.status, shows ? 204 : 404, what);
	}
	const experimental = await server.send("GET", `${BRANCHES}/b6`);
	assert.equal(experimental.json.branch_type, "experimental");
});

test("what cannot be made, changed or deleted, and why", async () => {
	const server = await filledServer();
	await created(server, BRANCHES, { name: "dev" });
	await created(server, TAGS, { name: "v1" });
	const past = "2025-12-31T23:59:59Z";
	const cases = [
		["POST", BRANCHES, { name: "x", from: "nope" }, 404],
		["POST", BRANCHES, { name: "x", from: NO_COMMIT }, 404],
		["POST", BRANCHES, { name: "x", from: "2025-01-01" }, 404],
		["POST", BRANCHES, { name: "x", catalog: "nope" }, 404],
		["POST", BRANCHES, { name: "x", assets: ["default.nope"] }, 404],
		["POST", BRANCHES, { name: "dev" }, 409],
		["POST", BRANCHES, { name: "v1" }, 409],
		["POST", BRANCHES, { name: "main" }, 409],
		["POST", BRANCHES, {}, 400],
		["POST", BRANCHES, { name: "a@b" }, 400],
		["POST", BRANCHES, { name: "2026-01-01" }, 400],
		["POST", BRANCHES, { name: NO_COMMIT }, 400],
		["POST", BRANCHES, { name: "x", from: "dev", from_branch: "main" }, 400],
		["POST", BRANCHES, { name: "x", branch_type: "other" }, 400],
		["POST", BRANCHES, { name: "x", assets: ["t"] }, 400],
		["POST", BRANCHES, { name: "x", assets: "default.t" }, 400],
		["POST", BRANCHES, { name: "x", expires_at: past }, 400],
		["POST", BRANCHES, { name: "x", expires_at: "soon" }, 400],
		["POST", TAGS, { name: "x", from: "nope" }, 404],
		["POST", TAGS, { name: "x", commit_id: NO_COMMIT }, 404],
		["POST", TAGS, { name: "dev" }, 409],
		["POST", TAGS, { name: "v1", from: "dev" }, 409],
		["POST", TAGS, { name: "x", from: "dev", commit_id: "main" }, 400],
		["PUT", `${BRANCHES}/nope`, {}, 404],
		["PUT", `${BRANCHES}/v1`, {}, 404],
		["PUT", `${BRANCHES}/dev`, { name: "v1" }, 409],
		["PUT", `${BRANCHES}/dev`, { name: "a b" }, 400],
		["PUT", `${BRANCHES}/dev`, { expires_at: past }, 400],
		["PUT", `${BRANCHES}/main`, { name: "other" }, 400],
		["PUT", `${BRANCHES}/main`, { expires_at: "2030-01-01" }, 400],
		["DELETE", `${BRANCHES}/main`, undefined, 400],
		["DELETE", `${BRANCHES}/nope`, undefined, 404],
		["DELETE", `${BRANCHES}/v1`, undefined, 404],
		["DELETE", `${TAGS}/dev`, undefined, 404],
		["GET", `${BRANCHES}/v1`, undefined, 404],
		["GET", `${TAGS}/dev`, undefined, 404],
		["GET", `${BRANCHES}?catalog=nope`, undefined, 404],
		["GET", `${TAGS}?catalog=nope`, undefined, 404],
		["PUT", TAGS, { name: "v1" }, 405],
		["PUT", `${TAGS}/v1`, { from: "dev" }, 405],
	] as const;
	for (const [method, url, body, status] of cases) {
		const answer = await server.send(method, url, body);
		const what = `${method} ${url} ${JSON.stringify(body)}: ${answer.body}`;
		assert.equal(answer.status, status, what);
		assert.equal(answer.json.error.code, status, what);
	}
	const branches = await server.send("GET", `${BRANCHES}?catalog=default`);
	assert.deepEqual(names(branches.json), ["dev", "main"]);
});

test("a name of the other kind, or of none, is told as such", async () => {
	const server = await filledServer();
	await created(server, BRANCHES, { name: "dev" });
	await created(server, TAGS, { name: "v1" });
	for (const [url, message] of [
		[`${BRANCHES}/v1`, "default@v1 is a tag, not a branch"],
		[`${TAGS}/dev`, "default@dev is a branch, not a tag"],
		[`${BRANCHES}/nope`, "Branch does not exist: default@nope"],
		[`${TAGS}/nope`, "Tag does not exist: default@nope"],
	] as const) {
		for (const method of ["GET", "DELETE"] as const) {
			const { error } = (await server.send(method, url)).json;
			assert.equal(error.message, message);
		}
	}
	const config = "/v1/config?warehouse=default@nope";
	const { error } = (await server.send("GET", config)).json;
	assert.match(error.message, /no branch, tag or commit nope/);
});

test("a tag keeps its commit, and only deleting it ends it", async () => {
	const server = await filledServer();
	const head = (await server.send("GET", `${BRANCHES}/main`)).json
		.head_commit_id;
	const made = await created(server, TAGS, { name: "v/1", commit_id: head });
	assert.deepEqual(
		[made.status, made.json],
		[200, { name: "v/1", commit_id: head }],
	);
	await server.send("DELETE", `${TABLES}/t`);
	const byDefault = await created(server, TAGS, { name: "v2" });
	assert.notEqual(byDefault.json.commit_id, head);
	const one = `${TAGS}/v%2F1?catalog=default`;
	assert.deepEqual((await server.send("GET", one)).json, made.json);
	const list = await server.send("GET", `${TAGS}?catalog=default`);
	assert.deepEqual(list.json, [made.json, byDefault.json]);
	assert.equal((await server.send("DELETE", one)).status, 204);
	assert.equal((await server.send("GET", one)).status, 404);
});

test("a request that names no catalog means the one that clients without a warehouse get", async () => {
	const server = await testServer();
	for (const body of [{ name: "a" }, { name: "b", catalog: null }])
		assert.equal((await server.send("POST", BRANCHES, body)).status, 201);
	const list = await server.send("GET", BRANCHES);
	assert.deepEqual(names(list.json), ["a", "b", "main"]);
	await server.send("POST", "/api/v1/catalogs", { name: "other" });
	const still = await server.send("GET", BRANCHES);
	assert.deepEqual(names(still.json), ["a", "b", "main"]);
	await server.send("DELETE", "/api/v1/catalogs/default");
	await server.send("POST", "/api/v1/catalogs", { name: "third" });
	for (const url of [BRANCHES, `${BRANCHES}/main`, TAGS, "/api/v1/commits"])
		assert.equal((await server.send("GET", url)).status, 400, url);
});

test("lists are plain arrays: whole, cut by limit and offset, or in pages by token", async () => {
	const server = await testServer();
	const all = ["b0", "b1", "b2", "b3", "main"];
	for (const name of all.slice(0, -1)) {
		await created(server, BRANCHES, { name });
		await created(server, TAGS, { name: `t-${name}` });
	}
	const cases = [
		["", all, false],
		["limit=2", ["b0", "b1"], true],
		["limit=2&offset=1", ["b1", "b2"], true],
		["offset=3", ["b3", "main"], false],
		["limit=5", all, false],
		["limit=9&offset=4", ["main"], false],
		["offset=9", [], false],
		["limit=0", [], false],
		["pageSize=2", ["b0", "b1"], true],
		["pageToken=&pageSize=2", ["b0", "b1"], true],
		["pageToken=", all, false],
	] as const;
	for (const [query, expected, goesOn] of cases) {
		const url = `${BRANCHES}?catalog=default&${query}`;
		const { status, json, headers } = await server.send("GET", url);
		assert.equal(status, 200, query);
		assert.deepEqual(names(json), expected, query);
		assert.equal(headers["x-next-page-token"] !== undefined, goesOn, query);
	}
	const seen: string[] = [];
	let token: unknown = "";
	for (let pages = 0; token !== undefined; pages++) {
		assert.ok(pages < 5);
		const url = `${TAGS}?pageSize=3&pageToken=${token}`;
		const page = await server.send("GET", url);
		seen.push(...names(page.json));
		token = page.headers["x-next-page-token"];
	}
	assert.deepEqual(seen, ["t-b0", "t-b1", "t-b2", "t-b3"]);
	for (const query of ["limit=-1", "offset=x", "pageToken=nonsense"])
		assert.equal(
			(await server.send("GET", `${BRANCHES}?${query}`)).status,
			400,
			query,
		);
});

test("names with slashes, and names that are a route's own words, are names", async () => {
	const server = await testServer();
	for (const name of ["a/b/c", "merge", "ünï/1+1", "commits", "x.y-z_"]) {
		const made = await created(server, BRANCHES, { name });
		assert.equal(made.status, 201, `${name} ${made.body}`);
		const one = `${BRANCHES}/${encodeURIComponent(name)}?catalog=default`;
		assert.equal((await server.send("GET", one)).json.name, name);
		const log = await server.send("GET", one.replace("?", "/commits?"));
		assert.equal(log.status, 200, log.body);
		const on = `${TABLES}?branch=${encodeURIComponent(name)}`;
		assert.equal(
			(await server.send("POST", on, tableRequest("t"))).status,
			200,
			name,
		);
		const table = `${TABLES}/t@${encodeURIComponent(name)}`;
		assert.equal((await server.send("GET", table)).status, 200, name);
		assert.equal((await server.send("DELETE", one)).status, 204, name);
	}
});

test("an expired branch is not served, and its name can be used again when it is gone", async () => {
	const server = await testServer();
	await created(server, BRANCHES, {
		name: "short",
		expires_at: "2026-01-01T00:01:00Z",
	});
	const url = `${TABLES}?branch=short`;
	assert.equal((await server.send("GET", url)).status, 200);
	server.clock.nowMillis += 60_000;
	const gone = await server.send("GET", url);
	assert.equal(gone.status, 404);
	assert.match(gone.json.error.message, /expired/);
});

test("of many who make the same branch or tag at once, one does and the others are told", async () => {
	const server = await testServer();
	for (const url of [BRANCHES, TAGS]) {
		const name = url === TAGS ? "tag" : "branch";
		const answers = await Promise.all(
			Array.from({ length: 16 }, () => created(server, url, { name })),
		);
		const statuses = answers.map(({ status }) => status);
		assert.equal(statuses.filter((status) => status < 300).length, 1);
		assert.equal(statuses.filter((status) => status === 409).length, 15);
		const types = answers.flatMap(({ json }) => json.error?.type ?? []);
		assert.deepEqual([...new Set(types)], ["AlreadyExistsException"]);
	}
});

test("tenants do not see one another's branches, tags, commits and assets", async () => {
	const server = await filledServer();
	const made = await created(server, BRANCHES, { name: "dev" });
	await created(server, TAGS, { name: "v1" });
	const tenant = await server.send("POST", "/api/v1/tenants", { name: "b" });
	const other = { "x-pangolin-tenant": tenant.json.id };
	const catalog = { name: "default" };
	await server.send("POST", "/api/v1/catalogs", catalog, other);
	for (const url of [
		`${BRANCHES}/dev`,
		`${TAGS}/v1`,
		`/api/v1/commits/${made.json.head_commit_id}`,
		"/api/v1/commits?ref=dev",
		`/api/v1/commits?ref=${made.json.head_commit_id}`,
		"/api/v1/catalogs/default/namespaces/default/assets/t",
		"/api/v1/catalogs/default/namespaces/default/tables/t/commits",
	]) {
		assert.equal((await server.send("GET", url)).status, 200, url);
		const theirs = await server.send("GET", url, undefined, other);
		assert.equal(theirs.status, 404, `${url} ${theirs.body}`);
	}
	const list = await server.send("GET", BRANCHES, undefined, other);
	assert.deepEqual(names(list.json), ["main"]);
	const from = { name: "x", from: made.json.head_commit_id };
	const stolen = await server.send("POST", BRANCHES, from, other);
	assert.equal(stolen.status, 404);
});
