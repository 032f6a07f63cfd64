import assert from "node:assert/strict";
import { test } from "node:test";
import {
	filledServer,
	TABLES,
	tableRequest,
	testServer,
	VIEWS,
} from "./support.ts";

const NAMESPACE = "/v1/default/namespaces/default";

test("a ref is named at the table, at the namespace, by ?branch= or in the prefix, in this order", async () => {
	const server = await filledServer();
	const cases = [
		[`${TABLES}/t@main`, 200],
		[`${TABLES}/t%40main`, 200],
		["/v1/default/namespaces/default@main/tables/t", 200],
		["/v1/default/namespaces/default%40main/tables/t", 200],
		[`${TABLES}/t?branch=main`, 200],
		["/v1/default~main/namespaces/default/tables/t", 200],
		["/v1/default/v1/namespaces/default/tables/t@main", 200],
		[`${VIEWS}/v@main`, 200],
		[`${NAMESPACE}@main`, 200],
		[`${NAMESPACE}?branch=main`, 200],
		["/v1/default/namespaces?branch=main", 200],
		["/v1/default/namespaces?parent=default@main", 200],
		["/v1/default@main/namespaces/default/tables/t", 200],
		["/v1/default@main/v1/namespaces/default/tables/t", 200],
		[`${TABLES}/t@nope`, 404],
		["/v1/default/namespaces/default@nope/tables/t", 404],
		[`${TABLES}/t?branch=nope`, 404],
		["/v1/default~nope/namespaces/default/tables/t", 404],
		[`${NAMESPACE}?branch=nope`, 404],
		["/v1/default/namespaces?branch=nope", 404],
		["/v1/default/namespaces?parent=default@nope", 404],
		["/v1/default@nope/namespaces/default/tables/t", 404],
		[`${TABLES}/t@`, 404],
		[`${TABLES}/t@main@nope`, 404],
		// What is nearer to the table wins.
		[`${TABLES}/t@main?branch=nope`, 200],
		["/v1/default/namespaces/default@nope/tables/t@main", 200],
		["/v1/default/namespaces/default@main/tables/t?branch=nope", 200],
		["/v1/default~nope/namespaces/default/tables/t@main", 200],
		[`${TABLES}/t@nope?branch=main`, 404],
	] as const;
	for (const [url, status] of cases) {
		const answer = await server.send("GET", url);
		assert.equal(answer.status, status, `${url} ${answer.body}`);
	}
});

test("changes go where reads go: a create on an unknown ref creates nothing", async () => {
	const server = await testServer();
	const on = await server.send(
		"POST",
		`${TABLES}?branch=main`,
		tableRequest("a"),
	);
	assert.equal(on.status, 200);
	const at = await server.send(
		"POST",
		"/v1/default/namespaces/default@main/tables",
		tableRequest("b"),
	);
	assert.equal(at.status, 200);
	for (const url of [
		`${TABLES}?branch=nope`,
		"/v1/default/namespaces/default@nope/tables",
	]) {
		assert.equal(
			(await server.send("POST", url, tableRequest("c"))).status,
			404,
			url,
		);
	}
	const named = await server.send("POST", TABLES, tableRequest("c@main"));
	assert.equal(named.status, 400, "a name in a body has no ref");
	const move = await server.send("POST", "/v1/default/tables/rename", {
		source: { namespace: ["default"], name: "a@main" },
		destination: { namespace: ["default"], name: "c" },
	});
	assert.equal(move.status, 404);
	assert.match(move.json.error.message, /no ref is named: use \?branch=/);
	const list = await server.send("GET", TABLES);
	assert.deepEqual(
		list.json.identifiers.map((i: { name: string }) => i.name),
		["a", "b"],
	);
});

test("IN1: names are literal everywhere: no wildcard, no quote, no folding", async () => {
	const server = await testServer();
	for (const name of [
		"abc",
		"a_c",
		"a%c",
		"ABC",
		"a'c",
		'a"c',
		"a\\c",
		"a*c",
		"a;c--",
	]) {
		const answer = await server.send("POST", TABLES, tableRequest(name));
		assert.equal(answer.status, 200, `${name} ${answer.body}`);
	}
	await server.send("DELETE", `${TABLES}/a_c`);
	await server.send("DELETE", `${TABLES}/a%25c`);
	const list = await server.send("GET", TABLES);
	assert.deepEqual(
		list.json.identifiers.map((i: { name: string }) => i.name),
		["ABC", 'a"c', "a'c", "a*c", "a;c--", "a\\c", "abc"],
	);
});

test("IN2: operators in place of texts are refused, in bodies and queries", async () => {
	const server = await testServer();
	for (const value of [{ $gt: "" }, { $where: "1" }, ["a"], 1, true, null]) {
		const named = await server.send("POST", TABLES, {
			...tableRequest("t"),
			name: value,
		});
		assert.equal(named.status, 400, JSON.stringify(value));
		const catalog = await server.send("POST", "/api/v1/catalogs", {
			name: value,
		});
		assert.equal(catalog.status, 400, JSON.stringify(value));
	}
	const query = await server.send("GET", "/v1/config?warehouse[$gt]=");
	assert.equal(query.status, 200, "a parameter that nobody reads");
	assert.equal(query.json.overrides.prefix, "default");
	const list = await server.send("GET", TABLES);
	assert.deepEqual(list.json.identifiers, []);
});

test("metrics reports are kept and shown, newest first, digits included", async () => {
	const server = await filledServer();
	const url =
		"/api/v1/catalogs/default/namespaces/default/tables/t/metrics-reports";
	assert.deepEqual((await server.send("GET", url)).json, {
		reports: [],
		next_page_token: null,
	});
	const report =
		'{"report-type":"scan-report","table-name":"t","snapshot-id":9007199254740993,"filter":true,"metrics":{}}';
	for (const body of [report, report.replace("scan-report", "commit-report")]) {
		const sent = await server.send("POST", `${TABLES}/t/metrics`, body);
		assert.equal(sent.status, 204, sent.body);
		server.clock.nowMillis += 1000;
	}
	const shown = await server.send("GET", url);
	assert.equal(shown.status, 200);
	assert.match(shown.body, /"snapshot-id":9007199254740993/);
	assert.deepEqual(
		shown.json.reports.map(
			(r: { report_type: string; received_at: string }) => [
				r.report_type,
				r.received_at,
			],
		),
		[
			["commit-report", "2026-01-01T00:00:01.000Z"],
			["scan-report", "2026-01-01T00:00:00.000Z"],
		],
	);
	const first = await server.send("GET", `${url}?pageSize=1&pageToken=`);
	assert.equal(first.json.reports.length, 1);
	const next = await server.send(
		"GET",
		`${url}?pageSize=1&pageToken=${first.json.next_page_token}`,
	);
	assert.equal(next.json.reports[0].report_type, "scan-report");
	assert.equal(
		(await server.send("GET", url.replace("/t/", "/nope/"))).status,
		404,
	);
});
