import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLES, tableRequest, testServer } from "./support.ts";

/** Ids are doubles here, so they stay below 2^53. */
function appending(first: number, count: number) {
	const ids = Array.from({ length: count }, (_, i) => first + i);
	return {
		requirements: [],
		updates: ids.map((id) => ({
			action: "add-snapshot",
			snapshot: {
				"snapshot-id": id,
				"sequence-number": id,
				"timestamp-ms": 1,
				"manifest-list": "memory://warehouse/none/m.avro",
				summary: { operation: "append", note: `größe ${"x".repeat(900)}` },
			},
		})),
	};
}

test("a table of many snapshots is answered whole, after a commit and when loaded, on a port and without", async (t) => {
	const server = await testServer();
	const { port } = await server.http.listen(0, "127.0.0.1");
	t.after(() => server.http.drain());
	await server.send("POST", TABLES, tableRequest("long"));
	const path = `${TABLES}/long`;
	const table = (await server.send("GET", path)).json.metadata;
	const commit = (first: number) => {
		const body = appending(first, 100);
		for (const { snapshot } of body.updates)
			snapshot["manifest-list"] = `${table.location}/metadata/m.avro`;
		return server.send("POST", path, body);
	};
	await commit(1);
	const committed = await commit(101);
	assert.equal(committed.status, 200, committed.body);
	const loaded = await server.send("GET", path);
	const overPort = await fetch(`http://127.0.0.1:${port}${path}`);
	const text = await overPort.text();
	assert.ok(text.length > 200_000);
	assert.equal(loaded.body, text);
	assert.deepEqual(committed.json, loaded.json);
	const ids = loaded.json.metadata.snapshots.map(
		(one: { "snapshot-id": number }) => one["snapshot-id"],
	);
	assert.deepEqual(
		ids,
		Array.from({ length: 200 }, (_, i) => i + 1),
	);
});
