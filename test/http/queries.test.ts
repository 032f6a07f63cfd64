import assert from "node:assert/strict";
import { test } from "node:test";
import { TABLES, tableRequest, testServer } from "./support.ts";

/** DO5, and what lists must refuse. */
const REFUSED = [
	"pageSize=0",
	"pageSize=-1",
	"pageSize=18446744073709551616",
	"pageSize=1e3",
	"pageSize=1.5",
	"pageSize=0x10",
	"pageSize=",
	"pageSize=%201",
	"pageSize=ten",
	"pageSize=1&pageSize=2",
	"pageToken=garbage",
	"pageToken=%00",
	"pageToken=%ff",
	"pageToken=../../x",
	"pageToken=a&pageToken=b",
	tokenQuery(["another list", "a"]),
	tokenQuery(["another list", "\0"]),
];

function tokenQuery(token: readonly string[]): string {
	const text = Buffer.from(JSON.stringify(token)).toString("base64url");
	return `pageToken=${text}`;
}

test("DO5: bad page sizes and tokens are refused on every list", async () => {
	const server = await testServer();
	for (const list of [
		"/v1/default/namespaces",
		TABLES,
		"/v1/default/namespaces/default/views",
	]) {
		for (const query of REFUSED) {
			const answer = await server.send("GET", `${list}?${query}`);
			assert.equal(answer.status, 400, `${list}?${query}: ${answer.body}`);
		}
	}
});

test("bad limits and offsets of management lists are refused, good ones are a slice", async () => {
	const server = await testServer();
	for (const name of ["c1", "c2", "c3"]) {
		await server.send("POST", "/api/v1/catalogs", { name });
	}
	for (const query of [
		"limit=-1",
		"limit=x",
		"offset=-1",
		"offset=1.5",
		"limit=1&limit=2",
	]) {
		const answer = await server.send("GET", `/api/v1/catalogs?${query}`);
		assert.equal(answer.status, 400, query);
	}
	const names = async (query: string): Promise<string[]> => {
		const answer = await server.send("GET", `/api/v1/catalogs${query}`);
		return answer.json.map((c: { name: string }) => c.name);
	};
	assert.deepEqual(await names(""), ["c1", "c2", "c3", "default"]);
	assert.deepEqual(await names("?limit=2"), ["c1", "c2"]);
	assert.deepEqual(await names("?limit=2&offset=1"), ["c2", "c3"]);
	assert.deepEqual(await names("?offset=3"), ["default"]);
	assert.deepEqual(await names("?offset=9"), []);
	assert.deepEqual(await names("?limit=0"), []);
});

test("a list is read with its ref, whatever the page; at a commit after it", async () => {
	const asked: string[] = [];
	const server = await testServer({
		wrapStore: (store) => ({
			...store,
			refs: {
				...store.refs,
				locate: (...what) => {
					asked.push("locate");
					return store.refs.locate(...what);
				},
			},
			entries: {
				...store.entries,
				names: (...what) => {
					asked.push("names");
					return store.entries.names(...what);
				},
			},
		}),
	});
	await server.send("POST", TABLES, tableRequest("t1"));
	await server.send("POST", TABLES, tableRequest("t2"));
	const log = await server.send("GET", "/api/v1/commits?catalog=default");
	const first = await server.send("GET", `${TABLES}?pageToken=&pageSize=1`);
	const next = encodeURIComponent(first.json["next-page-token"]);
	const read = async (url: string): Promise<string> => {
		asked.length = 0;
		assert.equal((await server.send("GET", url)).status, 200, url);
		return asked.join(", ");
	};
	for (const list of [
		TABLES,
		`${TABLES}?pageToken=&pageSize=1`,
		`${TABLES}?pageToken=${next}`,
		"/v1/default/namespaces",
		"/v1/default/namespaces?parent=default",
		"/v1/default/namespaces/default@main/views",
	])
		assert.equal(await read(list), "locate", list);
	const at = `default~${log.json[0].id}`;
	const past = TABLES.replace("default", at);
	assert.equal(await read(past), "locate, names");
});

test("§1.3: without pageToken a list is whole, an empty one starts pages, the last has null", async () => {
	const server = await testServer();
	const expected: string[] = [];
	for (let i = 0; i < 25; i++) {
		const name = `t${String(i).padStart(2, "0")}`;
		expected.push(name);
		await server.send("POST", TABLES, tableRequest(name));
	}
	const whole = await server.send("GET", TABLES);
	assert.equal(whole.json.identifiers.length, 25);
	assert.equal(whole.json["next-page-token"], null);
	const java = await server.send("GET", `${TABLES}?pageToken=`);
	assert.equal(java.json.identifiers.length, 25);
	assert.equal(java.json["next-page-token"], null);
	const seen: string[] = [];
	let token: string | null = "";
	while (token !== null) {
		const page = await server.send(
			"GET",
			`${TABLES}?pageSize=10&pageToken=${encodeURIComponent(token)}`,
		);
		assert.equal(page.status, 200, page.body);
		assert.ok(page.json.identifiers.length <= 10);
		for (const { name } of page.json.identifiers) seen.push(name);
		token = page.json["next-page-token"];
	}
	assert.deepEqual(seen, expected);
});

test("§1.3: a page size above 1,000 is cut, not refused", async () => {
	const server = await testServer();
	const answer = await server.send(
		"GET",
		`${TABLES}?pageSize=100000&pageToken=`,
	);
	assert.equal(answer.status, 200);
});

/** §2.3: PyIceberg capitalises booleans. */
const BOOLEANS = [
	["purgeRequested=False", 204],
	["purgeRequested=True", 204],
	["purgeRequested=false", 204],
	["purgeRequested=TRUE", 204],
	["", 204],
	["purgeRequested=", 400],
	["purgeRequested=1", 400],
	["purgeRequested=yes", 400],
	["purgeRequested=true&purgeRequested=false", 400],
] as const;

test("§2.3: booleans are read in any case, and others refused before the drop", async () => {
	const server = await testServer();
	for (const [i, [query, status]] of BOOLEANS.entries()) {
		await server.send("POST", TABLES, tableRequest(`t${i}`));
		const answer = await server.send("DELETE", `${TABLES}/t${i}?${query}`);
		assert.equal(answer.status, status, `${query} ${answer.body}`);
		const left = await server.send("HEAD", `${TABLES}/t${i}`);
		assert.equal(left.status, status === 204 ? 404 : 204, query);
	}
});

test("an unknown snapshots mode is refused, unknown parameters are ignored", async () => {
	const server = await testServer();
	await server.send("POST", TABLES, tableRequest("t"));
	for (const [query, status] of [
		["snapshots=all", 200],
		["snapshots=refs", 200],
		["snapshots=none", 400],
		["snapshots=ALL", 400],
		["snapshots=all&snapshots=refs", 400],
		["referenced-by=default%1Fv", 200],
		["whatever=1", 200],
	] as const) {
		const answer = await server.send("GET", `${TABLES}/t?${query}`);
		assert.equal(answer.status, status, query);
	}
});
