import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
	append,
	applied,
	formatTwo,
	START_MS,
} from "../../test/support/iceberg.ts";
import { bytesOf } from "../model/bytes.ts";
import { PangolinError } from "../model/errors.ts";
import { locationsIn } from "./locations.ts";
import {
	compressIfNamed,
	metadataFolder,
	nextMetadataFileName,
	plainMetadata,
} from "./metadataFile.ts";
import { withPreviousMetadata } from "./metadataLog.ts";
import { withReferencedSnapshotsOnly } from "./snapshots.ts";
import { parseTableMetadata, serializeTableMetadata } from "./tableMetadata.ts";
import type { TableMetadata } from "./types.ts";

const UUID = "33333333-2222-4333-8444-555555555555";

describe("metadata files", () => {
	test("have names whose version grows", () => {
		const name = (previous: string | undefined, properties = {}) =>
			nextMetadataFileName(previous, UUID, properties);
		assert.equal(name(undefined), `00000-${UUID}.metadata.json`);
		assert.equal(
			name(`file:///w/00041-${UUID}.gz.metadata.json`),
			`00042-${UUID}.metadata.json`,
		);
		assert.equal(
			name(`file:///w/99999-${UUID}.metadata.json`),
			`100000-${UUID}.metadata.json`,
		);
		assert.equal(
			name("file:///w/v7.metadata.json"),
			`00008-${UUID}.metadata.json`,
		);
		assert.equal(name("file:///12-w/last.json"), `00000-${UUID}.metadata.json`);
		assert.equal(
			name(undefined, { "write.metadata.compression-codec": "GZIP" }),
			`00000-${UUID}.gz.metadata.json`,
		);
		assert.throws(
			() => name(undefined, { "write.metadata.compression-codec": "lzma" }),
			(error) =>
				error instanceof PangolinError && error.code === "validation-failed",
		);
	});

	test("lie below the location, or where the property says", () => {
		const properties = { "write.metadata.path": "file:///w/meta/" };
		assert.equal(
			metadataFolder({ location: "file:///w/t/", properties: {} }),
			"file:///w/t/metadata",
		);
		assert.equal(
			metadataFolder({ location: "file:///w/t", properties }),
			"file:///w/meta",
		);
	});

	test("are compressed by name and read by content", () => {
		const read = (name: string, ...pieces: Buffer[]) =>
			plainMetadata(name, Buffer.concat(pieces)).toString();
		for (const name of [
			"a.metadata.json",
			"a.gz.metadata.json",
			"a.metadata.json.gz",
		])
			assert.equal(
				read(name, ...compressIfNamed(name, bytesOf(["ä{}"]))),
				"ä{}",
			);
		assert.equal(
			compressIfNamed("a.gz.metadata.json", bytesOf(["{}"]))[0]?.[0],
			0x1f,
		);
		assert.equal(read("a.metadata.json", gzipSync("{}")), "{}");
		for (const bytes of [
			Buffer.from([0x1f, 0x8b, 1, 2]),
			Buffer.from([0xff, 0xfe]),
		])
			assert.throws(
				() => plainMetadata("a", bytes),
				(error) =>
					error instanceof PangolinError && error.code === "bad-request",
			);
	});
});

describe("the metadata log", () => {
	const previous = (i: number) => ({
		previousLocation: `file:///w/t/metadata/${i}`,
		previousUpdatedMs: START_MS + i,
	});

	test("remembers what was replaced, bounded by the property", () => {
		let metadata = applied(formatTwo(), {
			action: "set-properties",
			updates: { "write.metadata.previous-versions-max": "2" },
		});
		const removed: string[] = [];
		for (let i = 0; i < 4; i++) {
			const step = withPreviousMetadata(metadata, previous(i));
			metadata = step.metadata;
			removed.push(...step.removedMetadataFiles);
		}
		assert.deepEqual(metadata["metadata-log"], [
			{
				"timestamp-ms": START_MS + 2,
				"metadata-file": "file:///w/t/metadata/2",
			},
			{
				"timestamp-ms": START_MS + 3,
				"metadata-file": "file:///w/t/metadata/3",
			},
		]);
		assert.deepEqual(removed, [
			"file:///w/t/metadata/0",
			"file:///w/t/metadata/1",
		]);
		assert.deepEqual(
			parseTableMetadata(serializeTableMetadata(metadata)),
			metadata,
		);
	});

	test("keeps 100 by default, at least one, and loses many at once", () => {
		let metadata = formatTwo();
		for (let i = 0; i < 105; i++)
			metadata = withPreviousMetadata(metadata, previous(i)).metadata;
		assert.equal(metadata["metadata-log"].length, 100);
		const written = (of: TableMetadata) =>
			parseTableMetadata(serializeTableMetadata(of));
		assert.deepEqual(written(metadata), metadata);
		const shorter = applied(metadata, {
			action: "set-properties",
			updates: { "write.metadata.previous-versions-max": "0" },
		});
		const step = withPreviousMetadata(shorter, previous(200));
		assert.equal(step.metadata["metadata-log"].length, 1);
		assert.deepEqual(written(step.metadata), step.metadata);
		assert.equal(step.removedMetadataFiles.length, 100);
	});
});

describe("parts of metadata", () => {
	test("snapshots that refs point to", () => {
		const base = formatTwo();
		assert.equal(withReferencedSnapshotsOnly(base), base);
		const next = applied(base, ...append(5n));
		const shown = withReferencedSnapshotsOnly(next);
		assert.deepEqual(
			shown.snapshots.map((one) => one["snapshot-id"]),
			[5n],
		);
		assert.equal(shown["snapshot-log"].length, 2);
		assert.deepEqual(parseTableMetadata(serializeTableMetadata(shown)), shown);
	});

	test("every location that must lie in the warehouse", () => {
		const metadata = withPreviousMetadata(
			applied(
				formatTwo(),
				{
					action: "set-properties",
					updates: { "write.data.path": "d", "write.metadata.path": "m" },
				},
				{
					action: "set-statistics",
					statistics: { "snapshot-id": 1n, "statistics-path": "s" },
				},
				{
					action: "set-partition-statistics",
					"partition-statistics": { "snapshot-id": 1n, "statistics-path": "p" },
				},
			),
			{ previousLocation: "l", previousUpdatedMs: START_MS },
		).metadata;
		assert.deepEqual(
			new Set(locationsIn(metadata)),
			new Set([
				"file:///w/t",
				"m",
				"d",
				"file:///w/t/metadata/snap-3051729675574597004.avro",
				"s",
				"p",
				"l",
			]),
		);
	});
});
