import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { manifest, manifestList } from "../../test/support/avro.ts";
import type { FileStorage, Location } from "../files/contract.ts";
import { openMemoryStorage } from "../files/memory/memoryStorage.ts";
import { findUnreached, type Unreached } from "./unreached.ts";

const ROOT = "memory://w/";
const T = `${ROOT}t/`;

/** A storage with files of a table, given by their names below its folder. */
async function storageWith(
	files: Readonly<Record<string, Buffer | object>>,
): Promise<FileStorage> {
	const storage = openMemoryStorage(ROOT);
	for (const [name, content] of Object.entries(files)) {
		const bytes = Buffer.isBuffer(content)
			? content
			: Buffer.from(JSON.stringify(content));
		await storage.write(storage.canonical(`${T}${name}`), bytes);
	}
	return storage;
}

function metadata(lists: readonly string[], more: object = {}): object {
	const snapshots = lists.map((list, i) => ({
		"snapshot-id": i,
		"manifest-list": `${T}${list}`,
	}));
	return { "table-uuid": "u", snapshots, ...more };
}

const below = (names: readonly string[]) => names.map((name) => `${T}${name}`);
const list = (...names: string[]) => manifestList(below(names));
const data = (...names: string[]) =>
	manifest(
		names.map((name) =>
			name.startsWith("-") ? `-${T}${name.slice(1)}` : `${T}${name}`,
		),
	);

/** Names below the table's folder. */
async function unreached(
	storage: FileStorage,
	forgotten: readonly string[],
	remaining: readonly string[],
): Promise<Record<keyof Unreached, string[]>> {
	const found = await findUnreached(
		storage,
		{
			forgotten: below(forgotten) as Location[],
			remaining: below(remaining),
		},
		async () => {},
	);
	const names = (files: readonly Location[]) =>
		files.map((file) => file.slice(T.length)).toSorted();
	return {
		data: names(found.data),
		manifests: names(found.manifests),
		manifestLists: names(found.manifestLists),
	};
}

/** Snapshot 1 added a and b; 2 rewrote b to c and kept a; 3 added d. */
const FILES = {
	"v1.json": metadata(["l1"]),
	"v2.json": metadata(["l1", "l2"]),
	"v3.json": metadata(["l2", "l3"]),
	"v4.json": metadata(["l3"]),
	l1: list("m1"),
	l2: list("m2"),
	l3: list("m2", "m3"),
	m1: data("a", "b"),
	m2: data("a", "-b", "c"),
	m3: data("d"),
};

describe("what only forgotten metadata reached", () => {
	test("files of snapshots that no remaining metadata has, without those that others have too", async () => {
		const storage = await storageWith(FILES);
		assert.deepEqual(await unreached(storage, ["v1.json"], ["v4.json"]), {
			data: ["b"],
			manifests: ["m1"],
			manifestLists: ["l1"],
		});
		assert.deepEqual(
			await unreached(storage, ["v3.json", "v2.json"], ["v4.json"]),
			{ data: ["b"], manifests: ["m1"], manifestLists: ["l1", "l2"] },
		);
	});

	test("nothing as long as any remaining metadata has the snapshot", async () => {
		const storage = await storageWith(FILES);
		const nothing = { data: [], manifests: [], manifestLists: [] };
		for (const kept of ["v1.json", "v2.json"])
			assert.deepEqual(
				await unreached(storage, ["v1.json"], ["v4.json", kept]),
				nothing,
			);
	});

	test("spellings of one place are one file", async () => {
		const storage = await storageWith({
			...FILES,
			"v5.json": metadata(["/l5"]),
			l5: list("//m5"),
			m5: data("/b", "/x/%2F//y"),
			"v9.json": metadata(["l9"]),
			l9: list("m9"),
			m9: data("b", "x/%2F/y", "z"),
		});
		const found = await unreached(storage, ["v9.json"], ["v5.json"]);
		assert.deepEqual(found.data, ["z"]);
	});

	test("statistics, and manifests without a list", async () => {
		const storage = await storageWith({
			...FILES,
			"v0.json": {
				snapshots: [{ "snapshot-id": 0, manifests: below(["m1", "m3"]) }],
				statistics: [{ "statistics-path": `${T}s1` }],
				"partition-statistics": [{ "statistics-path": `${T}p1` }],
			},
			"v6.json": metadata(["l3"], {
				statistics: [{ "statistics-path": `${T}s1` }],
			}),
		});
		assert.deepEqual(await unreached(storage, ["v0.json"], ["v6.json"]), {
			data: ["b", "p1"],
			manifests: ["m1"],
			manifestLists: [],
		});
	});

	test("what is gone already is passed over, so that it goes on after a kill", async () => {
		const storage = await storageWith(FILES);
		await storage.remove(below(["b", "m1"]) as Location[]);
		assert.deepEqual(await unreached(storage, ["v1.json"], ["v4.json"]), {
			data: [],
			manifests: ["m1"],
			manifestLists: ["l1"],
		});
		assert.deepEqual(await unreached(storage, ["v99.json"], ["v4.json"]), {
			data: [],
			manifests: [],
			manifestLists: [],
		});
	});

	test("after an engine's own expiry only the newest metadata is read", async () => {
		const storage = await storageWith(FILES);
		await storage.remove(below(["l1", "m1", "b"]) as Location[]);
		const read: string[] = [];
		const watched: FileStorage = {
			...storage,
			read: (file) => {
				read.push(file.slice(T.length));
				return storage.read(file);
			},
		};
		const remaining = ["v4.json", "v3.json"];
		const found = await unreached(watched, ["v1.json"], remaining);
		assert.deepEqual(found.manifestLists, []);
		assert.deepEqual(read, ["v1.json", "v4.json"]);
	});

	test("names that no location of a client may have are taken as they are", async () => {
		const odd = "data/a=b%2Fc/x y.parquet";
		const storage = await storageWith({
			...FILES,
			"v7.json": metadata(["l7"]),
			l7: list("m7"),
			m7: data(odd, "../other/file", "a"),
		});
		const found = await unreached(storage, ["v7.json"], ["v4.json"]);
		assert.deepEqual(found.data, [odd]);
	});

	for (const [what, files, reason] of [
		["metadata is missing", {}, /missing/],
		["metadata is damaged", { "v8.json": Buffer.from("{") }, /./],
		[
			"an Avro file has an unknown codec",
			{ "v8.json": metadata(["l8"]), l8: manifestList([], "snappy") },
			/snappy/,
		],
		[
			"an Avro file is cut off",
			{ "v8.json": metadata(["l8"]), l8: list("m1").subarray(0, -3) },
			/cut off/,
		],
		[
			"a manifest is no manifest",
			{ "v8.json": metadata(["l8"]), l8: list("m8"), m8: list("x") },
			/status/,
		],
		[
			"gc.enabled is false",
			{ "v8.json": metadata([], { properties: { "gc.enabled": "false" } }) },
			/gc.enabled/,
		],
		[
			"a file has no one place",
			{ "v8.json": metadata(["l8"]), l8: list("m8"), m8: data("x/../b") },
			/may be any file/,
		],
		[
			"a manifest list is elsewhere",
			{
				"v8.json": {
					snapshots: [{ "manifest-list": "s3://bucket/list.avro" }],
				},
			},
			/not in the warehouse/,
		],
	] as const)
		test(`all files are kept when ${what}`, async () => {
			const storage = await storageWith({ ...FILES, ...files });
			await assert.rejects(
				unreached(storage, ["v1.json"], ["v4.json", "v8.json"]),
				{ name: "Unreadable", message: reason },
			);
		});
});
