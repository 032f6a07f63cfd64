import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "./support.ts";

const NAMESPACES = "/v1/default/namespaces";

test("a parent that PyIceberg escaped twice is found, one of exactly that name first", async (t) => {
	const server = await testServer();
	t.after(() => server.http.close());
	const create = (...namespace: string[]) =>
		server.send("POST", NAMESPACES, { namespace });
	const children = async (parent: string) => {
		const { status, json } = await server.send(
			"GET",
			`${NAMESPACES}?parent=${encodeURIComponent(parent)}`,
		);
		return status === 200 ? json.namespaces : status;
	};
	await create("ä b", "c/d", "child");
	const escaped = `${encodeURIComponent("ä b")}\u001f${encodeURIComponent("c/d")}`;
	assert.deepEqual(await children("ä b\u001fc/d"), [["ä b", "c/d", "child"]]);
	assert.deepEqual(await children(escaped), [["ä b", "c/d", "child"]]);

	await create(encodeURIComponent("ä b"), encodeURIComponent("c/d"), "exact");
	assert.deepEqual(await children(escaped), [
		[encodeURIComponent("ä b"), encodeURIComponent("c/d"), "exact"],
	]);
	for (const missing of ["no%20where", "%ff", "100%", "a%1Fb", "%2e%2e"])
		assert.equal(await children(missing), 404, missing);
});
