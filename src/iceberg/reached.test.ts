import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseJson } from "./json.ts";
import { liveFilesIn, manifestsIn, reachedBy } from "./reached.ts";

describe("what metadata reaches", () => {
	test("manifest lists, statistics and manifests without a list", () => {
		const metadata = parseJson(`{
			"format-version": 2, "table-uuid": "u", "unknown": [1],
			"properties": {"gc.enabled": "true"},
			"snapshots": [
				{"snapshot-id": 3055729675574597004, "manifest-list": "file:///w/t/l1"},
				{"snapshot-id": 2, "manifests": ["file:///w/t/m1", "file:///w/t/m2"]},
				{"snapshot-id": 3}],
			"statistics": [{"snapshot-id": 2, "statistics-path": "file:///w/t/s"}],
			"partition-statistics": [{"snapshot-id": 2, "statistics-path": "file:///w/t/p"}]
		}`);
		assert.deepEqual(reachedBy(metadata), {
			manifestLists: ["file:///w/t/l1"],
			manifests: ["file:///w/t/m1", "file:///w/t/m2"],
			statistics: ["file:///w/t/s", "file:///w/t/p"],
			keepsFiles: false,
		});
	});

	test("a view, or what is no metadata, reaches nothing", () => {
		for (const text of [
			'{"view-uuid": "u", "versions": []}',
			"[]",
			"null",
			"1",
		])
			assert.deepEqual(reachedBy(parseJson(text)), {
				manifestLists: [],
				manifests: [],
				statistics: [],
				keepsFiles: false,
			});
	});

	test("gc.enabled keeps files only when it is false, in any case", () => {
		const keeps = (value: string) =>
			reachedBy({ properties: { "gc.enabled": value } }).keepsFiles;
		assert.equal(keeps("FALSE"), true);
		assert.equal(keeps("true"), false);
		assert.equal(keeps(""), false);
	});
});

describe("what Avro records name", () => {
	test("the manifests of a list", () => {
		const records = [
			{ manifest_path: "a", content: 1 },
			{ manifest_path: "b" },
		];
		assert.deepEqual(manifestsIn(records), ["a", "b"]);
	});

	test("the files of a manifest that are not deleted", () => {
		const entry = (status: number, file_path: string) => ({
			status,
			data_file: { file_path },
		});
		const entries = [entry(0, "old"), entry(1, "new"), entry(2, "gone")];
		assert.deepEqual(liveFilesIn(entries), ["old", "new"]);
	});

	test("records of another kind are refused, not passed over", () => {
		for (const record of [null, 1, {}, { manifest_path: 1 }])
			assert.throws(() => manifestsIn([record]), TypeError);
		for (const record of [{}, { status: 1 }, { status: 1n, data_file: {} }])
			assert.throws(() => liveFilesIn([record]), TypeError);
	});
});
