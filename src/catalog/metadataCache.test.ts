import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
} from "../../test/support/catalog.ts";
import type { FileStorage } from "../files/contract.ts";
import { withOnly } from "../iceberg/elementTexts.ts";
import type { TableMetadata } from "../iceberg/types.ts";
import { brandId } from "../model/ids.ts";
import { answered } from "./loadAnswers.ts";
import { loadTable } from "./loadTable.ts";
import { weightOf } from "./metadataCache.ts";
import { TABLE } from "./metadataKinds.ts";

/** Counts the reads of files. */
function counting(reads: { count: number }) {
	return (storage: FileStorage): FileStorage => ({
		...storage,
		read: async (location) => {
			reads.count++;
			return storage.read(location);
		},
	});
}

test("a warm load reads no file and gives the very same bytes", async () => {
	const reads = { count: 0 };
	const catalog = await openTestCatalog({ storage: counting(reads) });
	const { deps, scope } = catalog;
	await makeTable(catalog, at("a", "t"));
	await setProperty(catalog, at("a", "t"), "k", "v");
	const first = await loadTable(deps, scope, at("a", "t"), {});
	const second = await loadTable(deps, scope, at("a", "t"), {});
	assert(first !== "not-modified" && second !== "not-modified");
	assert.equal(first.body, second.body);
	assert.equal(metadataOf(first).properties.k, "v");
	assert.equal(reads.count, 0);
});

test("loads of a cold file at the same time read it once", async () => {
	const reads = { count: 0 };
	const catalog = await openTestCatalog({ storage: counting(reads) });
	await makeTable(catalog, at("a", "t"));
	const cold = catalog.secondServer();
	await Promise.all(
		Array.from({ length: 8 }, () =>
			loadTable(cold, catalog.scope, at("a", "t"), {}),
		),
	);
	assert.equal(reads.count, 1);
});

test("without a cache every load reads the file", async () => {
	const reads = { count: 0 };
	const catalog = await openTestCatalog({
		storage: counting(reads),
		limits: { metadataCacheBytes: 0 },
	});
	const { deps, scope } = catalog;
	await makeTable(catalog, at("a", "t"));
	await loadTable(deps, scope, at("a", "t"), {});
	await loadTable(deps, scope, at("a", "t"), {});
	assert.equal(reads.count, 2);
	assert.equal(deps.metadata.bytes(), 0);
});

test("the cache never weighs more than its bound, and keeps what was used last", async () => {
	const reads = { count: 0 };
	const limit = 40_000;
	const catalog = await openTestCatalog({
		storage: counting(reads),
		limits: { metadataCacheBytes: limit },
	});
	const { deps, scope } = catalog;
	for (let i = 0; i < 20; i++) {
		await makeTable(catalog, at("a", `t${i}`));
		assert(deps.metadata.bytes() <= limit);
	}
	assert(deps.metadata.bytes() > limit / 2, "it is used");
	await loadTable(deps, scope, at("a", "t19"), {});
	assert.equal(reads.count, 0);
	await loadTable(deps, scope, at("a", "t0"), {});
	assert.equal(reads.count, 1);
});

test("a commit leaves one version of a table in the cache", async () => {
	const catalog = await openTestCatalog();
	const { deps } = catalog;
	await makeTable(catalog, at("a", "t"));
	const before = deps.metadata.bytes();
	for (let i = 0; i < 10; i++)
		await setProperty(catalog, at("a", "t"), "k", String(i));
	assert(deps.metadata.bytes() < before * 6, String(deps.metadata.bytes()));
	const loaded = await loadTable(deps, catalog.scope, at("a", "t"), {});
	assert(loaded !== "not-modified");
	assert(loaded.body.length * 5 <= deps.metadata.bytes());
});

test("what is left of a long history weighs as much as the file that it lies in", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, at("a", "t"));
	const { deps, scope } = catalog;
	const loaded = await loadTable(deps, scope, at("a", "t"), {});
	assert(loaded !== "not-modified");
	const entries = Array.from(
		{ length: 1000 },
		(_, i) => `{"snapshot-id":${i + 1},"timestamp-ms":${i}}`,
	);
	const whole = Buffer.from(
		JSON.stringify(metadataOf(loaded)).replace(
			'"snapshot-log":[]',
			`"snapshot-log":[${entries.join(",")}]`,
		),
	);
	const metadata = TABLE.read(whole);
	const weigh = (log: TableMetadata["snapshot-log"]) => {
		const one: TableMetadata = { ...metadata, "snapshot-log": log };
		const { file } = answered(
			brandId("asset"),
			one,
			{ location: scope.storage.canonical(one.location), spelled: "s" },
			TABLE.pieces(one),
		);
		return weightOf(TABLE.cacheable(file));
	};
	const log = metadata["snapshot-log"];
	assert.equal(log.length, 1000);
	assert(weigh(log) >= 2 * whole.length);
	assert(weigh(withOnly(log, (entry) => entry === log[0])) > whole.length);
});
