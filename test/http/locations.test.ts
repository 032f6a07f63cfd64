import assert from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { HOSTILE_PATHS } from "../../src/files/conformance/hostile.ts";
import type { Store } from "../../src/store/contract.ts";
import type { Json } from "./support.ts";
import { tableRequest, testServer } from "./support.ts";
import type { LocalServer } from "./warehouse.ts";
import { localServer, TABLES, viewAt } from "./warehouse.ts";
import { FOLDER_PROPERTIES, NAMESPACES, VIEWS, waysIn } from "./waysIn.ts";

test("LO1 LO2 LO5 LO6 LO7: no way in accepts a place outside, or a spelling with two readings", async (t) => {
	const server = await localServer(t);
	const { root, outside } = server;
	await server.table("old");
	assert.equal((await server.send("POST", VIEWS, viewAt("v", {}))).status, 200);
	const before = await snapshotOf(server);
	symlinkSync(outside, join(root, "link"));
	const hostile = [
		`file://${outside}/a`,
		`file:${outside}/a`,
		outside,
		`file://${root}_other/a`,
		`file://${dirname(root)}`,
		`file://${dirname(root)}/a`,
		"file:///",
		"/",
		"a/b",
		"s3://bucket/warehouse/a",
		"S3A://bucket/a",
		"FILE:///tmp/a",
		`File://${root}/a`,
		`file://localhost${root}/a`,
		`file://host${root}/a`,
		`file:///${root}/a`,
		`file://${root}/link/a`,
		...SENDABLE_PATHS.map((path) => `file://${root}/${path}`),
	];
	for (const location of hostile)
		for (const [way, url, body] of waysIn(location)) {
			// A link is met when a folder is taken, which these do not.
			if (location.includes("/link/") && !CLAIMS.test(way)) continue;
			const answer = await server.send("POST", url, body);
			const what = `${way} ${JSON.stringify(location.slice(0, 120))}`;
			assert.equal(
				answer.status,
				400,
				`${what}: ${JSON.stringify(answer.json)}`,
			);
			assert.equal(answer.json.error.code, 400, what);
		}
	assert.deepEqual(readdirSync(outside), ["kept"]);
	assert.equal(readFileSync(join(outside, "kept"), "utf8"), "kept");
	assert.deepEqual(await snapshotOf(server), before);
});

/** JSON in UTF-8 has no lone surrogates; slashes at the end are one place, which Iceberg's own rules cut off. */
const SENDABLE_PATHS = HOSTILE_PATHS.filter(
	(path) => path.isWellFormed() && !path.endsWith("/"),
);

const CLAIMS =
	/^(create|set-location|set write|transaction|commit|view|register)/;

/** All that the refused requests could have changed. */
async function snapshotOf({ send }: LocalServer): Promise<Json[]> {
	const urls = [
		NAMESPACES,
		`${NAMESPACES}/default`,
		TABLES,
		`${TABLES}/old`,
		VIEWS,
		`${VIEWS}/v`,
	];
	return Promise.all(urls.map(async (url) => (await send("GET", url)).json));
}

test("LO3: register says nothing of what exists elsewhere", async (t) => {
	const { send, outside } = await localServer(t);
	const answers = ["kept", "none"].map(async (name) => {
		const { status, json } = await send(
			"POST",
			`${NAMESPACES}/default/register`,
			{ name: "x", "metadata-location": `file://${outside}/${name}` },
		);
		return [status, JSON.stringify(json).replace(name, "…")];
	});
	const [kept, none] = await Promise.all(answers);
	assert.equal(kept?.[0], 400);
	assert.deepEqual(kept, none);
});

test("LO4: metadata that points elsewhere inside is not registered", async (t) => {
	const server = await localServer(t);
	const { root, outside, send } = server;
	const { metadata } = await server.table("old");
	const away = `file://${outside}/a`;
	const own = `file://${root}/registered`;
	const snapshot = {
		"snapshot-id": 1,
		"sequence-number": 1,
		"timestamp-ms": metadata["last-updated-ms"],
		summary: { operation: "append" },
		"schema-id": 0,
	};
	const base = {
		...metadata,
		"table-uuid": "2f1b6f4e-3f0e-4a52-8f3b-0f4c6e0f8a12",
		location: own,
	};
	const withSnapshot = (list: object) => ({
		"last-sequence-number": 1,
		snapshots: [{ ...snapshot, ...list }],
	});
	const statistics = {
		"snapshot-id": 1,
		"statistics-path": away,
		"file-size-in-bytes": 1,
		"file-footer-size-in-bytes": 1,
		"blob-metadata": [],
	};
	const inner: Record<string, object> = {
		location: { location: away },
		...Object.fromEntries(
			FOLDER_PROPERTIES.map((name) => [name, { properties: { [name]: away } }]),
		),
		"manifest-list": withSnapshot({ "manifest-list": away }),
		statistics: {
			...withSnapshot({ "manifest-list": `${own}/metadata/s.avro` }),
			statistics: [statistics],
		},
		"metadata-log": {
			"metadata-log": [{ "timestamp-ms": 1, "metadata-file": away }],
		},
	};
	mkdirSync(join(root, "registered/metadata"), { recursive: true });
	for (const [name, change] of Object.entries({ ...inner, good: {} })) {
		const path = `registered/metadata/${name}.metadata.json`;
		writeFileSync(join(root, path), JSON.stringify({ ...base, ...change }));
		const answer = await send("POST", `${NAMESPACES}/default/register`, {
			name: "registered",
			"metadata-location": `file://${root}/${path}`,
		});
		assert.equal(
			answer.status,
			name === "good" ? 200 : 400,
			`${name}: ${JSON.stringify(answer.json)}`,
		);
	}
});

test("LO7: a name that merely begins like another table's location is free", async (t) => {
	const server = await localServer(t);
	const { root } = server;
	for (const name of ["data", "data_foo", "dat", "data2"])
		await server.table(name, { location: `file://${root}/x/${name}` });
});

/** Another catalog of this tenant, and one of another tenant that shares the further folder. */
async function neighbours({ send, further }: LocalServer) {
	const made = async (path: string, body: object, tenant?: string) => {
		const { status, json } = await send("POST", path, body, tenant);
		assert.equal(status, 201, JSON.stringify(json));
		return json;
	};
	await made("/api/v1/catalogs", {
		name: "second",
		warehouse_name: "default",
	});
	const { id } = await made("/api/v1/tenants", { name: "other" });
	const config = { type: "local", folder: further };
	await made(
		"/api/v1/warehouses",
		{ name: "w", use_sts: false, storage_config: config },
		id,
	);
	await made("/api/v1/catalogs", { name: "third", warehouse_name: "w" }, id);
	const namespace = { namespace: ["n"], properties: {} };
	await send("POST", "/v1/second/namespaces", namespace);
	await send("POST", "/v1/third/namespaces", namespace, id);
	await send("POST", NAMESPACES, namespace);
	return [
		{ url: TABLES, tenant: undefined },
		{ url: `${NAMESPACES}/n/tables`, tenant: undefined },
		{ url: "/v1/second/namespaces/n/tables", tenant: undefined },
		{ url: "/v1/third/namespaces/n/tables", tenant: id as string },
	];
}

test("LO8: no table at, inside or above another's, across namespaces, catalogs and tenants", async (t) => {
	const server = await localServer(t);
	const { further, send } = server;
	const places = await neighbours(server);
	for (const [i, owner] of places.entries()) {
		const held = `${further}/held${i}/t`;
		const at = { location: `file://${held}` };
		const created = await send(
			"POST",
			owner.url,
			tableRequest("owner", at),
			owner.tenant,
		);
		assert.equal(created.status, 200, JSON.stringify(created.json));
		for (const { url, tenant } of places)
			for (const location of [
				`file://${held}`,
				`file:${held}/`,
				held,
				`file://${held}/inside`,
				`file://${held}/data/inside`,
				`file://${further}/held${i}`,
			])
				for (const body of [
					{ location },
					{ properties: { "write.data.path": location } },
					{ properties: { "write.metadata.path": location } },
				]) {
					const refused = await send(
						"POST",
						url,
						tableRequest("thief", body),
						tenant,
					);
					const what = `${url} ${JSON.stringify(body)}: ${JSON.stringify(refused.json)}`;
					assert.equal(refused.status, 409, what);
				}
	}
});

test("LO8: a commit cannot move a table to another's location, nor write there", async (t) => {
	const server = await localServer(t);
	const held = (await server.table("owner")).metadata.location;
	const before = (await server.table("mover")).metadata.location;
	const parent = dirname(held.slice("file://".length));
	for (const location of [held, `${held}/inside`, `file://${parent}`])
		for (const update of [
			{ action: "set-location", location },
			...FOLDER_PROPERTIES.map((name) => {
				return { action: "set-properties", updates: { [name]: location } };
			}),
		]) {
			const answer = await server.send("POST", `${TABLES}/mover`, {
				requirements: [],
				updates: [update],
			});
			assert.equal(answer.status, 409, JSON.stringify([update, answer.json]));
		}
	const after = await server.send("GET", `${TABLES}/mover`);
	assert.equal(after.json.metadata.location, before);
});

test("LO8: of 16 creators of one place at one time exactly one succeeds", async (t) => {
	const server = await localServer(t);
	const { further, send } = server;
	const places = await neighbours(server);
	for (let round = 0; round < 5; round++) {
		const base = `file://${further}/race${round}`;
		const locations = [base, `${base}/a`, `${base}/a/b`, `${base}/a/`];
		const answers = await Promise.all(
			Array.from({ length: 16 }, (_, i) => {
				const { url, tenant } = places[i % 4] ?? { url: "", tenant: "" };
				const location = locations[(i >> 2) % 4];
				const request = tableRequest(`r${round}_${i}`, { location });
				return send("POST", url, request, tenant);
			}),
		);
		const statuses = answers.map(({ status }) => status).sort();
		assert.deepEqual(statuses, [200, ...Array(15).fill(409)]);
	}
});

test("LO11: a purge deletes the table's files and nothing beside them", async (t) => {
	const server = await localServer(t);
	const { root, send } = server;
	const gone = await server.table("t", { location: `file://${root}/p/t` });
	const kept = await server.table("t_2", { location: `file://${root}/p/t_2` });
	const path = (location: string) => location.slice("file://".length);
	mkdirSync(join(root, "p/t/data/a=b%2Fc"), { recursive: true });
	writeFileSync(join(root, "p/t/data/a=b%2Fc/f.parquet"), "");
	symlinkSync(server.outside, join(root, "p/t/data/link"));
	symlinkSync(path(kept["metadata-location"]), join(root, "p/t/link"));
	const finished = server.nextJob();
	const dropped = await send("DELETE", `${TABLES}/t?purgeRequested=true`);
	assert.equal(dropped.status, 204);
	await finished;
	assert.equal(existsSync(path(gone.metadata.location)), false);
	assert.equal(existsSync(path(kept["metadata-location"])), true);
	assert.deepEqual(readdirSync(server.outside), ["kept"]);
	await server.table("t", { location: `file://${root}/p/t` });
});

test("LO12: a table made again under a name has another folder", async (t) => {
	const server = await localServer(t);
	const first = await server.table("t");
	await server.send("DELETE", `${TABLES}/t`);
	const second = await server.table("t");
	assert.notEqual(first.metadata.location, second.metadata.location);
});

test("odd names of namespaces and tables give folders that every client can read", async (t) => {
	const server = await localServer(t);
	const names = ["a b", "ä/ö", "%2e%2e", "a?b#c", "..a", "a.", "表", "a\\b"];
	for (const name of names) {
		const { metadata } = await server.table(name);
		assert.match(metadata.location, /^file:\/\/[\w./-]+$/u);
	}
	assert.equal(
		new Set(readdirSync(join(server.root, "default"))).size,
		names.length,
	);
});

test("no table takes a whole warehouse, nor a folder that holds one", async (t) => {
	const server = await localServer(t);
	for (const folder of [server.root, `${server.root}/`, server.further])
		for (const more of [
			{ location: `file://${folder}` },
			{ properties: { "write.data.path": folder } },
		]) {
			const request = tableRequest("t", more);
			const answer = await server.send("POST", TABLES, request);
			assert.equal(answer.status, 400, JSON.stringify(answer.json));
		}
});

test("a warehouse with a table keeps its folder; without one it may get another", async (t) => {
	const server = await localServer(t);
	const url = "/api/v1/warehouses/default";
	const folder = { storage_config: { folder: join(server.further, "w") } };
	await server.table("t");
	const refused = await server.send("PUT", url, folder);
	assert.equal(refused.status, 409, JSON.stringify(refused.json));
	assert.equal(refused.json.error.type, "InUseException");
	const shown = (await server.send("GET", url)).json;
	assert.equal((await server.send("PUT", url, shown)).status, 200);
	await server.send("DELETE", `${TABLES}/t`);
	assert.equal((await server.send("PUT", url, folder)).status, 200);
});

/** How many of 16 creators of one place at one time succeed. */
async function winnersOfOnePlace(bug: (store: Store) => Store) {
	const server = await testServer({ wrapStore: bug });
	const location = "memory://warehouse/one";
	const answers = await Promise.all(
		Array.from({ length: 16 }, (_, i) =>
			server.send("POST", TABLES, tableRequest(`t${i}`, { location })),
		),
	);
	return answers.filter(({ status }) => status === 200).length;
}

test("control: without claims several creators of one place succeed", async () => {
	assert.equal(await winnersOfOnePlace((store) => store), 1);
	const bug = (store: Store): Store => ({
		...store,
		apply: (changes) => store.apply(changes.filter((c) => c.op !== "claim")),
	});
	assert.ok((await winnersOfOnePlace(bug)) > 1);
});
