import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TENANT_ID } from "../../src/model/ids.ts";
import type { TestServer } from "./support.ts";
import { TABLES, tableRequest, testServer } from "./support.ts";

/** Of the newest commit on `main`. */
async function newestMessage(server: TestServer): Promise<string | undefined> {
	const main = await server.store.refs.locate(
		DEFAULT_TENANT_ID,
		"default",
		"main",
	);
	assert.ok(main);
	const page = { limit: 1 };
	const { line } = main.ref;
	const { commits } = server.store;
	const [newest] = await commits.commits(DEFAULT_TENANT_ID, line, page);
	return newest?.message;
}

async function create(
	server: TestServer,
	name: string,
	message?: string,
): Promise<number> {
	const headers =
		message === undefined ? {} : { "x-pangolin-message": message };
	const answer = await server.send("POST", TABLES, tableRequest(name), headers);
	return answer.status;
}

test("X-Pangolin-Message is the message of the commit that the request makes", async () => {
	const server = await testServer();
	const utf8 = Buffer.from("Grüße 🐧").toString("latin1");
	const cases = [
		["nightly load 42", "nightly load 42"],
		["Grüße", "Grüße"],
		[utf8, "Grüße 🐧"],
	] as const;
	for (const [i, [given, kept]] of cases.entries()) {
		assert.equal(await create(server, `t${i}`, given), 200);
		assert.equal(await newestMessage(server), kept);
	}
	const dropped = await server.send("DELETE", `${TABLES}/t0`, undefined, {
		"x-pangolin-message": "no longer needed",
	});
	assert.equal(dropped.status, 204);
	assert.equal(await newestMessage(server), "no longer needed");
});

test("without the header, or with an empty one, the message says what was done", async () => {
	const server = await testServer();
	assert.equal(await create(server, "a"), 200);
	const generated = await newestMessage(server);
	assert.match(generated ?? "", /default\.a/);
	assert.equal(await create(server, "b", ""), 200);
	assert.match((await newestMessage(server)) ?? "", /default\.b/);
});

test("a message that is too long or has control characters is refused, and nothing is done", async () => {
	const server = await testServer();
	assert.equal(await create(server, "a", "x".repeat(4096)), 200);
	for (const message of ["x".repeat(4097), "a\tb", "\u0080"])
		assert.equal(await create(server, "b", message), 400, message.slice(0, 9));
	assert.equal((await server.send("GET", `${TABLES}/b`)).status, 404);
	const read = await server.send("GET", TABLES, undefined, {
		"x-pangolin-message": "x".repeat(4097),
	});
	assert.equal(read.status, 200, "reads make no commit");
});
