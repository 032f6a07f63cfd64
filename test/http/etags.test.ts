import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLES, tableRequest, testServer } from "./support.ts";

const T = `${TABLES}/t`;

test("§1.3: create, load and commit have entity tags: one per content and representation", async () => {
	const server = await testServer();
	const created = await server.send("POST", TABLES, tableRequest("t"));
	const all = await server.send("GET", `${T}?snapshots=all`);
	const refs = await server.send("GET", `${T}?snapshots=refs`);
	const plain = await server.send("GET", T);
	for (const answer of [created, all, refs]) {
		assert.match(answer.headers.etag ?? "", /^(?:W\/)?"[!#-~]+"$/);
	}
	assert.equal(plain.headers.etag, all.headers.etag, "all is the default");
	assert.equal(created.headers.etag, all.headers.etag);
	assert.notEqual(refs.headers.etag, all.headers.etag);
	const commit = await server.send("POST", T, {
		requirements: [],
		updates: [{ action: "set-properties", updates: { a: "b" } }],
	});
	assert.notEqual(commit.headers.etag, created.headers.etag);
	assert.equal((await server.send("GET", T)).headers.etag, commit.headers.etag);
});

test("§1.3: 304 has no body; anything but the current tag of this representation gets 200", async () => {
	const server = await testServer();
	await server.send("POST", TABLES, tableRequest("t"));
	const etag = (await server.send("GET", T)).headers.etag ?? "";
	const refs =
		(await server.send("GET", `${T}?snapshots=refs`)).headers.etag ?? "";
	const cases = [
		[etag, "", 304],
		[`"x", ${etag}`, "", 304],
		[`"x",${etag},"y"`, "", 304],
		[`W/${etag}`, "", 304],
		[refs, "", 200],
		[etag, "?snapshots=refs", 200],
		[refs, "?snapshots=refs", 304],
		['"x"', "", 200],
		["", "", 200],
		["garbage", "", 200],
	] as const;
	for (const [tag, query, status] of cases) {
		const answer = await server.send("GET", T + query, undefined, {
			"if-none-match": tag,
		});
		assert.equal(answer.status, status, `${tag} ${query}`);
		assert.equal(answer.body === "", status === 304, tag);
	}
	await server.send("POST", T, {
		requirements: [],
		updates: [{ action: "set-properties", updates: { a: "b" } }],
	});
	const stale = await server.send("GET", T, undefined, {
		"if-none-match": etag,
	});
	assert.equal(stale.status, 200);
});

test("§1.3: a tag of a table that was dropped and made again is no longer current", async () => {
	const server = await testServer();
	await server.send("POST", TABLES, tableRequest("t"));
	const etag = (await server.send("GET", T)).headers.etag ?? "";
	await server.send("DELETE", T);
	const gone = await server.send("GET", T, undefined, {
		"if-none-match": etag,
	});
	assert.equal(gone.status, 404);
	await server.send("POST", TABLES, tableRequest("t"));
	const fresh = await server.send("GET", T, undefined, {
		"if-none-match": etag,
	});
	assert.equal(fresh.status, 200);
});

test("IN6: no name reaches a header unescaped", async () => {
	const server = await testServer();
	const name = 'a"b é 日本 😀 c';
	const created = await server.send("POST", TABLES, tableRequest(name));
	assert.equal(created.status, 200, created.body);
	const loaded = await server.send(
		"GET",
		`${TABLES}/${encodeURIComponent(name)}`,
	);
	assert.equal(loaded.status, 200);
	for (const [header, value] of Object.entries(loaded.headers)) {
		assert.match(value ?? "", /^[\x20-\x7e]*$/, header);
	}
});
