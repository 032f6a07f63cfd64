import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../src/iceberg/json.ts";
import { filledServer, TABLES, tableRequest, viewRequest } from "./support.ts";

const DIFF = "/api/v1/catalogs/default/diff";
const SNAPSHOT = "9223372036854775807";

test("two refs are compared, with details on request and no digit lost", async () => {
	const server = await filledServer();
	await server.send("POST", "/api/v1/branches", { name: "dev" });
	const commit = `{"requirements":[],"updates":[
		{"action":"set-properties","updates":{"k":"v"}},
		{"action":"add-snapshot","snapshot":{"snapshot-id":${SNAPSHOT},"sequence-number":1,"timestamp-ms":1767225600000,
			"manifest-list":"memory://warehouse/m.avro","summary":{"operation":"append","total-records":"9007199254740993"}}},
		{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":${SNAPSHOT}}]}`;
	const committed = await server.send("POST", `${TABLES}/t@dev`, commit);
	assert.equal(committed.status, 200, committed.body);
	await server.send("POST", `${TABLES}?branch=dev`, tableRequest("new"));
	const plain = await server.send("GET", `${DIFF}?from=main&to=dev`);
	assert.equal(plain.status, 200, plain.body);
	const { from, to, ...rest } = plain.json;
	assert.deepEqual(rest, {
		differences: [
			{ change: "added", kind: "table", path: ["default", "new"] },
			{ change: "changed", kind: "table", path: ["default", "t"] },
		],
		next_page_token: null,
	});
	assert.deepEqual([from.ref, to.ref], ["main", "dev"]);
	const detailed = await server.send("GET", `${DIFF}?to=dev&details=true`);
	const [, changed] = detailed.json.differences;
	assert.deepEqual(changed.details.properties, [
		{ name: "k", from: null, to: "v" },
	]);
	parseJson(detailed.body);
	for (const text of [`"snapshot_id":${SNAPSHOT}`, '"change":9007199254740993'])
		assert.ok(detailed.body.includes(text), detailed.body);
});

test("pages, defaults and refusals", async () => {
	const server = await filledServer();
	const { json } = await server.send("GET", DIFF);
	assert.deepEqual(json.differences, [], "main and main");
	await server.send("POST", "/api/v1/branches", { name: "dev" });
	for (const name of ["x", "y"])
		await server.send("POST", `${TABLES}?branch=dev`, tableRequest(name));
	const views = TABLES.replace("tables", "views");
	await server.send("POST", `${views}?branch=dev`, viewRequest("z"));
	const own = await server.send(
		"GET",
		`${DIFF}?from=dev&to=main&sinceMergeBase=true`,
	);
	assert.deepEqual(own.json.differences, [], "main did nothing of its own");
	const names: string[] = [];
	let token = "";
	do {
		const page = await server.send(
			"GET",
			`${DIFF}?to=dev&pageSize=2&pageToken=${token}`,
		);
		for (const { path } of page.json.differences) names.push(path.join("."));
		token = page.json.next_page_token;
	} while (token !== null);
	assert.deepEqual(names, ["default.x", "default.y", "default.z"]);
	for (const [url, status] of [
		[`${DIFF}?to=none`, 404],
		["/api/v1/catalogs/none/diff", 404],
		[`${DIFF}?details=maybe`, 400],
		[`${DIFF}?pageToken=x`, 400],
	] as const)
		assert.equal((await server.send("GET", url)).status, status, url);
});
