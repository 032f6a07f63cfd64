import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
	SCHEMA,
	TABLES,
	type TestServer,
	tableRequest,
	testServer,
} from "./support.ts";

const NAMESPACES = "/v1/default/namespaces";

async function namesOf(server: TestServer): Promise<string[]> {
	const list = await server.send("GET", NAMESPACES);
	return list.json.namespaces.map((levels: string[]) => levels.join("."));
}

/** What is no acceptable body of a namespace's creation, and what the answer's text must name. */
const MALFORMED: readonly (readonly [
	string,
	string | Buffer | undefined,
	RegExp,
])[] = [
	["no body", undefined, /empty/],
	["an empty body", "", /empty/],
	["no JSON", "{", /JSON/],
	["two documents", '{"namespace":["x"]} {}', /JSON/],
	["a comment", '{"namespace":["x"]/*a*/}', /JSON/],
	["a trailing comma", '{"namespace":["x"],}', /JSON/],
	["single quotes", "{'namespace':['x']}", /JSON/],
	["NaN", '{"namespace":["x"],"n":NaN}', /JSON/],
	["a byte order mark", '\ufeff{"namespace":["x"]}', /JSON/],
	["not UTF-8", Buffer.from('{"namespace":["\xff"]}', "latin1"), /UTF-8/],
	["UTF-16", Buffer.from('{"namespace":["x"]}', "utf16le"), /./],
	["a list", "[]", /object/],
	["null", "null", /object/],
	["a text", '"namespace"', /object/],
	["a missing field", "{}", /Missing field: namespace/],
	["a text for a list", '{"namespace":"x"}', /namespace must be array/],
	["null for a list", '{"namespace":null}', /namespace must be array$/],
	["a number for a text", '{"namespace":[1]}', /namespace\[0\] must be string/],
	["null for a name", '{"namespace":[null]}', /namespace\[0\] must be string/],
	["no level", '{"namespace":[]}', /namespace/],
	["an operator for a text", '{"namespace":[{"$gt":""}]}', /namespace\[0\]/],
	[
		"a number as property",
		'{"namespace":["x"],"properties":{"a":1}}',
		/properties\.a must be string/,
	],
	[
		"an object as property",
		'{"namespace":["x"],"properties":{"a":{}}}',
		/properties\.a/,
	],
	[
		"null as property",
		'{"namespace":["x"],"properties":{"a":null}}',
		/properties\.a/,
	],
	["IN3: a key twice", '{"namespace":["x"],"namespace":["y"]}', /twice/],
	[
		"IN3: a key twice, once escaped",
		'{"namespace":["x"],"n\\u0061mespace":["y"]}',
		/twice/,
	],
	[
		"IN3: a property twice",
		'{"namespace":["x"],"properties":{"a":"1","a":"2"}}',
		/twice/,
	],
	[
		"DO2: 65 levels",
		`{"namespace":["x"],"n":${"[".repeat(64)}${"]".repeat(64)}}`,
		/deep|level|nest/i,
	],
	[
		"DO2: 10,000 levels",
		`{"namespace":["x"],"n":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
		/deep|level|nest/i,
	],
	["DO2: open to the end", "[".repeat(1_000_000), /deep|level|nest/i],
	["DO2: objects", '{"a":'.repeat(100_000), /deep|level|nest/i],
	[
		"DO3: 1,000 levels of a namespace",
		JSON.stringify({ namespace: Array.from({ length: 1000 }, () => "x") }),
		/namespace/,
	],
	[
		"DO3: 10,000 properties",
		JSON.stringify({
			namespace: ["x"],
			properties: Object.fromEntries(
				Array.from({ length: 10_000 }, (_, i) => [`p${i}`, ""]),
			),
		}),
		/properties/,
	],
];

test("malformed bodies are refused by name, and nothing is created", async () => {
	const server = await testServer();
	for (const [what, body, text] of MALFORMED) {
		const answer = await server.send("POST", NAMESPACES, body, {
			"content-type": "application/json",
		});
		assert.equal(answer.status, 400, `${what}: ${answer.body}`);
		assert.equal(answer.json.error.type, "BadRequestException", what);
		assert.match(answer.json.error.message, text, what);
		assert.doesNotMatch(answer.body, /src\/|node_modules|\.ts:/, what);
	}
	assert.deepEqual(await namesOf(server), ["default"]);
});

test("what clients send beyond the specification is ignored, never assigned", async () => {
	const server = await testServer();
	const answer = await server.send("POST", NAMESPACES, {
		namespace: ["n"],
		properties: { a: "b" },
		id: "mine",
		tenant_id: "other",
		constructor: { prototype: { polluted: true } },
	});
	assert.equal(answer.status, 200);
	assert.deepEqual(answer.json, { namespace: ["n"], properties: { a: "b" } });
});

test("IN4: keys of prototypes are data, and prototypes stay clean", async () => {
	const server = await testServer();
	const properties =
		'{"__proto__":"p","constructor":"c","prototype":"q","toString":"t","hasOwnProperty":"h"}';
	const created = await server.send(
		"POST",
		NAMESPACES,
		`{"namespace":["n"],"__proto__":{"polluted":"yes"},"properties":${properties}}`,
	);
	assert.equal(created.status, 200, created.body);
	const loaded = await server.send("GET", `${NAMESPACES}/n`);
	assert.deepEqual(JSON.parse(loaded.body).properties, JSON.parse(properties));
	const table = await server.send(
		"POST",
		"/v1/default/namespaces/n/tables",
		`{"name":"t","schema":${JSON.stringify(SCHEMA)},"properties":${properties}}`,
	);
	assert.equal(table.status, 200, table.body);
	assert.deepEqual(JSON.parse(table.body).metadata.properties.constructor, "c");
	assert.match(table.body, /"__proto__":"p"/);
	assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
	assert.equal(String({}), "[object Object]");
});

test("IN10: integers beyond doubles stay exact or are refused", async () => {
	const server = await testServer();
	const created = await server.send("POST", TABLES, tableRequest("t"));
	const { location } = created.json.metadata;
	const commit = (id: string) =>
		server.send(
			"POST",
			`${TABLES}/t`,
			`{"requirements":[],"updates":[{"action":"add-snapshot","snapshot":{"snapshot-id":${id},"sequence-number":1,"timestamp-ms":${Date.UTC(2026, 0, 1)},"manifest-list":"${location}/metadata/a.avro","summary":{"operation":"append"},"schema-id":0}}]}`,
		);
	for (const id of [
		"1e400",
		"1.5",
		"9223372036854775808",
		'"1"',
		"-9223372036854775809",
	]) {
		const answer = await commit(id);
		assert.equal(answer.status, 400, `${id}: ${answer.body}`);
		if (id === "1e400") continue;
		assert.match(answer.json.error.message, /snapshot-id must be an integer/);
	}
	for (const id of ["9007199254740993", "9223372036854775807"]) {
		await server.send("DELETE", `${TABLES}/t`);
		await server.send("POST", TABLES, tableRequest("t", { location }));
		const answer = await commit(id);
		assert.equal(answer.status, 200, `${id}: ${answer.body}`);
		assert.ok(answer.body.includes(`"snapshot-id":${id}`), id);
	}
});

/** DO8 and media types. */
const ENCODINGS: readonly (readonly [
	Readonly<Record<string, string>>,
	number,
])[] = [
	[{ "content-encoding": "gzip" }, 415],
	[{ "content-encoding": "deflate" }, 415],
	[{ "content-encoding": "br" }, 415],
	[{ "content-encoding": "identity, gzip" }, 415],
	[{ "content-encoding": "identity" }, 200],
	[{ "content-type": "application/json; charset=utf-8" }, 200],
	[{ "content-type": "APPLICATION/JSON" }, 200],
	[{ "content-type": "application/vnd.x+json" }, 200],
	[{ "content-type": "text/plain" }, 415],
	[{ "content-type": "application/x-www-form-urlencoded" }, 415],
	[{ "content-type": "multipart/form-data; boundary=x" }, 415],
	[{ "content-type": "application/jsonp" }, 415],
	[{ "content-type": "json" }, 415],
];

test("DO8: compressed bodies and foreign media types are refused", async () => {
	const server = await testServer();
	let i = 0;
	for (const [headers, status] of ENCODINGS) {
		i++;
		const plain = JSON.stringify({ namespace: [`n${i}`] });
		const body =
			headers["content-encoding"] === "gzip" ? gzipSync(plain) : plain;
		const answer = await server.send("POST", NAMESPACES, body, headers);
		assert.equal(answer.status, status, JSON.stringify(headers) + answer.body);
		const exists = await server.send("HEAD", `${NAMESPACES}/n${i}`);
		assert.equal(exists.status, status === 200 ? 204 : 404);
	}
});

test("bodies of commits, creates and registers may be large, others not", async () => {
	const server = await testServer();
	const padding = "x".repeat(2 * 1024 * 1024);
	const table = await server.send(
		"POST",
		TABLES,
		tableRequest("big", { padding }),
	);
	assert.equal(table.status, 200);
	const commit = await server.send("POST", `${TABLES}/big`, {
		requirements: [],
		updates: [],
		padding,
	});
	assert.equal(commit.status, 200);
	for (const [url, body] of [
		[NAMESPACES, { namespace: ["n"], padding }],
		["/v1/default/tables/rename", { padding }],
		[`${TABLES}/big/metrics`, { "report-type": "scan-report", padding }],
		["/api/v1/warehouses", { name: "w", padding }],
	] as const) {
		const answer = await server.send("POST", url, body);
		assert.equal(answer.status, 413, url);
		assert.equal(answer.json.error.type, "PayloadTooLargeException");
	}
	const over = await server.send(
		"POST",
		TABLES,
		tableRequest("o", { padding: padding.repeat(8) }),
	);
	assert.equal(over.status, 413);
	assert.deepEqual(await namesOf(server), ["default"]);
});

function many(count: number, item: (i: number) => object): object[] {
	return Array.from({ length: count }, (_, i) => item(i));
}

const IDENTIFIER = { namespace: ["default"], name: "t" };

const OVERSIZED: readonly (readonly [string, string, object])[] = [
	[
		"10,000 fields",
		TABLES,
		tableRequest("f", {
			schema: {
				...SCHEMA,
				fields: many(10_000, (i) => ({
					id: i + 1,
					name: `c${i}`,
					required: false,
					type: "long",
				})),
			},
		}),
	],
	[
		"10,000 requirements",
		`${TABLES}/t`,
		{
			requirements: many(10_000, () => ({
				type: "assert-table-uuid",
				uuid: "x",
			})),
			updates: [],
		},
	],
	[
		"10,000 updates",
		`${TABLES}/t`,
		{
			requirements: [],
			updates: many(10_000, () => ({
				action: "set-properties",
				updates: {},
			})),
		},
	],
	[
		"1,000 tables",
		"/v1/default/transactions/commit",
		{
			"table-changes": many(1_000, () => ({
				identifier: IDENTIFIER,
				requirements: [],
				updates: [],
			})),
		},
	],
	[
		"10,000 properties",
		TABLES,
		tableRequest("p", {
			properties: Object.fromEntries(
				many(10_000, () => ({})).map((_, i) => [`p${i}`, ""]),
			),
		}),
	],
];
test("DO3: requests beyond the documented limits are refused", async () => {
	const server = await testServer();
	await server.send("POST", TABLES, tableRequest("t"));
	for (const [what, url, body] of OVERSIZED) {
		const answer = await server.send("POST", url, body);
		assert.equal(answer.status, 400, `${what}: ${answer.body.slice(0, 300)}`);
	}
	const list = await server.send("GET", TABLES);
	assert.deepEqual(list.json.identifiers, [IDENTIFIER]);
});
