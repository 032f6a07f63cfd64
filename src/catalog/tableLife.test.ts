import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	SCHEMA,
	setProperty,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import type { Snapshot, TableUpdate } from "../iceberg/types.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import { commitTable } from "./commitTable.ts";
import { createTable } from "./createTable.ts";
import { unregisterTable } from "./dropTable.ts";
import { loadTable } from "./loadTable.ts";
import { registerTable } from "./registers.ts";
import { listReports, reportMetrics } from "./reports.ts";
import type { LoadTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";

const TABLE = at("a", "t");

function codeIs(code: ErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

async function load(
	{ deps, scope }: TestCatalog,
	request: LoadTableRequest = {},
): Promise<LoadedTable> {
	const loaded = await loadTable(deps, scope, TABLE, request);
	assert(loaded !== "not-modified");
	return loaded;
}

function append(location: string, id: bigint): TableUpdate[] {
	const snapshot: Snapshot = {
		"snapshot-id": id,
		"sequence-number": id,
		"timestamp-ms": 1_700_000_000_100 + Number(id),
		summary: { operation: "append" },
		"manifest-list": `${location}/metadata/snap-${id}.avro`,
		"schema-id": 0,
		...(id > 1n ? { "parent-snapshot-id": id - 1n } : {}),
	};
	return [
		{ action: "add-snapshot", snapshot },
		{
			action: "set-snapshot-ref",
			"ref-name": "main",
			type: "branch",
			"snapshot-id": id,
		},
	];
}

async function withSnapshots(count: number): Promise<TestCatalog> {
	const catalog = await openTestCatalog();
	const { location } = metadataOf(await makeTable(catalog, TABLE));
	for (let id = 1n; id <= count; id++)
		await commitTable(catalog.deps, catalog.scope, TABLE, {
			requirements: [],
			updates: append(location, id),
		});
	return catalog;
}

test("a load answer holds the file's text, word for word", async () => {
	const catalog = await openTestCatalog();
	const created = await makeTable(catalog, TABLE);
	const location = catalog.storage.canonical(created.metadataLocation ?? "");
	const text = (await catalog.storage.read(location)).toString();
	const body = (await load(catalog)).body.toString();
	assert(body.includes(`"metadata":${text},`));
	assert.deepEqual(Object.keys(JSON.parse(body)), [
		"metadata-location",
		"metadata",
		"config",
		"id",
	]);
});

test("one entity tag per content and representation", async () => {
	const catalog = await withSnapshots(2);
	const { deps, scope } = catalog;
	const all = await load(catalog);
	const refs = await load(catalog, { snapshots: "refs" });
	assert.notEqual(all.etag, refs.etag);
	assert.match(all.etag, /^"[0-9a-f]+"$/);
	const again = (snapshots: "all" | "refs", ifNoneMatch: string) =>
		loadTable(deps, scope, TABLE, { snapshots, ifNoneMatch });
	assert.equal(await again("all", all.etag), "not-modified");
	assert.equal(await again("refs", refs.etag), "not-modified");
	assert.equal(await again("all", `"x", W/${all.etag}`), "not-modified");
	assert.notEqual(await again("refs", all.etag), "not-modified");
	await assert.rejects(again("all", "*"), codeIs("bad-request"));
	const changed = await setProperty(catalog, TABLE, "k", "v");
	assert.notEqual(changed.etag, all.etag);
	assert.notEqual(await again("all", all.etag), "not-modified");
	assert.equal(await again("all", changed.etag), "not-modified");
});

test("with `refs` only referenced snapshots come, and the answer is made once", async () => {
	const catalog = await withSnapshots(5);
	const snapshotsOf = ({ body }: LoadedTable): unknown[] =>
		JSON.parse(body.toString()).metadata.snapshots;
	assert.equal(snapshotsOf(await load(catalog)).length, 5);
	const refs = await load(catalog, { snapshots: "refs" });
	assert.equal(snapshotsOf(refs).length, 1);
	assert.equal((await load(catalog, { snapshots: "refs" })).body, refs.body);
});

test("a staged create keeps nothing", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, at("a", "other"));
	const files = await filesIn(catalog.storage);
	const staged = await createTable(catalog.deps, catalog.scope, ["a"], {
		name: "t",
		schema: SCHEMA,
		"stage-create": true,
	});
	assert.equal(staged.metadataLocation, null);
	assert(!staged.body.toString().includes("metadata-location"));
	assert.deepEqual(await filesIn(catalog.storage), files);
	await assert.rejects(load(catalog), codeIs("table-not-found"));
	const { location } = metadataOf(staged);
	const claims = await catalog.store.claims.overlapping(`${location}/`, 9);
	assert.deepEqual(claims, []);
});

test("gzip metadata is written and read when the table asks for it", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE, {
		properties: { "write.metadata.compression-codec": "gzip" },
	});
	const committed = await setProperty(catalog, TABLE, "k", "v");
	assert.match(committed.metadataLocation ?? "", /\.gz\.metadata\.json$/);
	const location = catalog.storage.canonical(committed.metadataLocation ?? "");
	const text = gunzipSync(await catalog.storage.read(location)).toString();
	assert.equal(JSON.parse(text).properties.k, "v");
	const cold = { ...catalog, deps: catalog.secondServer() };
	assert.deepEqual((await load(cold)).body, committed.body);
});

test("file names count up, and the log names the files before", async () => {
	const catalog = await openTestCatalog();
	const names = [(await makeTable(catalog, TABLE)).metadataLocation];
	for (const value of ["1", "2", "3"])
		names.push(
			(await setProperty(catalog, TABLE, "k", value)).metadataLocation,
		);
	for (const [i, name] of names.entries())
		assert.match(name ?? "", new RegExp(`/metadata/0000${i}-[0-9a-f-]{36}\\.`));
	const log = metadataOf(await load(catalog))["metadata-log"];
	assert.deepEqual(
		log.map((entry) => entry["metadata-file"]),
		names.slice(0, -1),
	);
});

test("files that fall out of the log are removed when the table asks for it", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE, {
		properties: {
			"write.metadata.delete-after-commit.enabled": "true",
			"write.metadata.previous-versions-max": "2",
		},
	});
	for (const value of ["1", "2", "3", "4"])
		await setProperty(catalog, TABLE, "k", value);
	const files = await filesIn(catalog.storage);
	assert.equal(files.length, 5);
	const jobs = await catalog.store.work.dueJobs(Number.MAX_SAFE_INTEGER, 9);
	assert.deepEqual(
		jobs.map(({ value }) => value.kind),
		["remove-metadata", "remove-metadata"],
	);
	const removed = jobs.flatMap(
		({ value }) => JSON.parse(value.payload).metadataLocations,
	);
	assert.deepEqual(removed.toSorted(), files.slice(0, 2));
});

test("a table's time does not run backwards with the clock", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	const updatedOf = ({ body }: LoadedTable): number =>
		JSON.parse(body.toString()).metadata["last-updated-ms"];
	const before = updatedOf(await setProperty(catalog, TABLE, "k", "1"));
	catalog.moveClock(-3_600_000);
	const after = updatedOf(await setProperty(catalog, TABLE, "k", "2"));
	assert(after >= before);
});

test("a metadata file that is gone is said so, in the words that Java looks for", async () => {
	const catalog = await openTestCatalog({ limits: { metadataCacheBytes: 0 } });
	const { metadataLocation } = await makeTable(catalog, TABLE);
	const location = catalog.storage.canonical(metadataLocation ?? "");
	await catalog.storage.remove([location]);
	await assert.rejects(load(catalog), {
		code: "file-not-found",
		message: `Failed to open input stream for file: ${metadataLocation}`,
	});
});

test("an unregistered table is gone, its files are not", async () => {
	const catalog = await openTestCatalog();
	const created = await makeTable(catalog, TABLE);
	const { deps, scope } = catalog;
	const last = await unregisterTable(deps, scope, TABLE);
	assert.deepEqual(last.body, created.body);
	await assert.rejects(
		setProperty(catalog, TABLE, "k", "v"),
		codeIs("table-not-found"),
	);
	assert.equal((await filesIn(catalog.storage)).length, 1);
	await registerTable(deps, scope, ["a"], {
		name: "t",
		"metadata-location": last.metadataLocation ?? "",
	});
	await setProperty(catalog, TABLE, "k", "v");
});

test("register with overwrite moves the pointer of the same table, or puts another in its place", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope } = catalog;
	const first = await makeTable(catalog, TABLE);
	await setProperty(catalog, TABLE, "k", "v");
	const register = (location: string | null) =>
		registerTable(deps, scope, ["a"], {
			name: "t",
			"metadata-location": location ?? "",
			overwrite: true,
		});
	const back = await register(first.metadataLocation);
	assert.deepEqual(back.body, first.body);
	const other = await makeTable(catalog, at("a", "other"));
	await unregisterTable(deps, scope, at("a", "other"));
	await register(other.metadataLocation);
	const now = await load(catalog);
	assert.equal(metadataOf(now)["table-uuid"], metadataOf(other)["table-uuid"]);
	const claims = await catalog.store.claims.overlapping(
		`${metadataOf(first).location}/`,
		9,
	);
	assert.deepEqual(
		claims.map(({ state }) => state),
		["dropped"],
	);
});

test("the newest reports of a table are kept, by pages", async () => {
	const catalog = await openTestCatalog({ limits: { reportsPerTable: 10 } });
	const { deps, scope } = catalog;
	await makeTable(catalog, TABLE);
	for (let i = 0; i < 120; i++)
		await reportMetrics(deps, scope, TABLE, {
			type: "scan-report",
			body: `{"n":${i}}`,
		});
	const { reports } = await listReports(deps, scope, TABLE, {});
	assert(reports.length >= 10 && reports.length < 40, String(reports.length));
	assert.equal(reports[0]?.body, '{"n":119}');
	const first = await listReports(deps, scope, TABLE, {
		pageToken: "",
		pageSize: 4,
	});
	assert.equal(first.reports.length, 4);
	const second = await listReports(deps, scope, TABLE, {
		pageToken: first.nextPageToken ?? "",
		pageSize: 4,
	});
	assert.equal(second.reports[0]?.body, '{"n":115}');
	await assert.rejects(
		reportMetrics(deps, scope, at("a", "no"), { type: "x", body: "{}" }),
		codeIs("table-not-found"),
	);
});
