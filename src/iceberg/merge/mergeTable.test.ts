import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	append,
	applied,
	FIRST_SNAPSHOT_ID,
	START_MS,
	snapshot,
} from "../../../test/support/iceberg.ts";
import {
	parseTableMetadata,
	serializeTableMetadata,
} from "../tableMetadata.ts";
import type { TableUpdate } from "../types.ts";
import { mergeTableMetadata } from "./mergeTable.ts";
import {
	BASE,
	column,
	conflictOf,
	mergedFrom,
	mergeOf,
	properties,
	rollbackTo,
	SORT_BY_NAME,
	SPEC_BY_NAME,
	tag,
	withColumns,
} from "./testMerges.ts";

describe("two versions of a table", () => {
	test("become one when they changed different things", () => {
		const merged = mergedFrom(
			[...append(5n), ...properties({ a: "1" })],
			[
				...withColumns(column("x")),
				...SPEC_BY_NAME,
				...SORT_BY_NAME,
				...properties({ b: "2" }),
				{ action: "remove-properties", removals: ["owner"] },
			],
		);
		assert.equal(merged["current-snapshot-id"], 5n);
		assert.equal(merged["current-schema-id"], 1);
		assert.equal(merged["last-column-id"], 4);
		assert.equal(merged["default-spec-id"], 1);
		assert.equal(merged["default-sort-order-id"], 1);
		assert.deepEqual({ ...merged.properties }, { a: "1", b: "2" });
		assert.equal(merged["snapshot-log"].length, 2);
	});

	test("are one of the two when that has all of the other", () => {
		const both = [...append(5n), ...withColumns(column("x"))];
		assert.deepEqual(mergeOf([], both), { outcome: "theirs" });
		assert.deepEqual(mergeOf(both, []), { outcome: "ours" });
		assert.deepEqual(mergeOf(both, both), { outcome: "ours" });
		assert.deepEqual(mergeOf(append(5n), both), { outcome: "theirs" });
	});

	test("are merged once: the second time there is nothing to do", () => {
		const theirs = applied(
			BASE,
			...withColumns(column("x")),
			tag("t", FIRST_SNAPSHOT_ID),
		);
		const ours = applied(BASE, ...append(5n), ...properties({ a: "1" }));
		const merge = mergeTableMetadata(BASE, ours, theirs);
		assert.ok(merge.outcome === "merged");
		for (const base of [BASE, theirs])
			assert.deepEqual(mergeTableMetadata(base, merge.content, theirs), {
				outcome: "ours",
			});
	});

	test("keep a `__proto__` among their properties", () => {
		const merged = mergedFrom(
			properties(JSON.parse('{"__proto__":"1"}')),
			properties({ b: "2" }),
		);
		assert.ok(Object.hasOwn(merged.properties, "__proto__"));
	});

	test("keep what this server does not know, and upgrade", () => {
		const base = parseTableMetadata(
			serializeTableMetadata(BASE).replace(/}$/, ',"new-key":[1]}'),
		);
		const upgrade: TableUpdate = {
			action: "upgrade-format-version",
			"format-version": 3,
		};
		const merged = mergedFrom([upgrade], append(5n), base);
		assert.equal(merged["format-version"], 3);
		assert.equal(merged["next-row-id"], 0n);
		assert.ok("new-key" in merged);
		const { "new-key": _, ...without } = { ...base, "new-key": undefined };
		const merge = mergeTableMetadata(
			base,
			applied(base, ...append(5n)),
			without,
		);
		assert.ok(merge.outcome === "merged");
		assert.doesNotMatch(serializeTableMetadata(merge.content), /new-key/);
	});
});

describe("the data of a table", () => {
	test("appended on both sides overlaps, with all that is needed to combine it", () => {
		assert.deepEqual(conflictOf(append(5n), append(6n)), {
			type: "DataOverlap",
			source: [{ snapshotId: 6n, summary: { operation: "append" } }],
			target: [{ snapshotId: 5n, summary: { operation: "append" } }],
		});
	});

	test("appended to two of its branches overlaps too: both have the same sequence number", () => {
		const audit: TableUpdate[] = [
			{ action: "add-snapshot", snapshot: snapshot(6n) },
			{
				action: "set-snapshot-ref",
				"ref-name": "audit",
				"snapshot-id": 6n,
				type: "branch",
			},
		];
		assert.partialDeepStrictEqual(conflictOf(append(5n), audit), {
			type: "DataOverlap",
		});
	});

	test("of a side that has the other's is taken", () => {
		const more = append(6n, {
			"parent-snapshot-id": 5n,
			"sequence-number": 3n,
		});
		const merged = mergedFrom(
			[...append(5n), ...properties({ a: "1" })],
			[...append(5n), ...more],
		);
		assert.equal(merged["current-snapshot-id"], 6n);
		assert.equal(merged["last-sequence-number"], 3n);
	});

	test("expired on one side stays so while the other appends", () => {
		const base = applied(BASE, ...append(5n));
		const expire: TableUpdate = {
			action: "remove-snapshots",
			"snapshot-ids": [FIRST_SNAPSHOT_ID],
		};
		const more = append(6n, {
			"parent-snapshot-id": 5n,
			"sequence-number": 3n,
		});
		const merged = mergedFrom([expire], more, base);
		assert.deepEqual(
			merged.snapshots.map((each) => each["snapshot-id"]),
			[5n, 6n],
		);
		assert.deepEqual(
			merged["snapshot-log"].map((entry) => entry["snapshot-id"]),
			[5n, 6n],
		);
		assert.deepEqual(
			conflictOf([expire], [tag("t", FIRST_SNAPSHOT_ID)], base),
			{
				type: "MetadataConflict",
				conflictingProperties: ["refs.t"],
			},
		);
	});

	test("rolled back on one side and appended on the other overlaps", () => {
		const base = applied(BASE, ...append(5n));
		const more = append(6n, {
			"parent-snapshot-id": 5n,
			"sequence-number": 3n,
		});
		assert.partialDeepStrictEqual(
			conflictOf([rollbackTo(FIRST_SNAPSHOT_ID)], more, base),
			{ type: "DataOverlap" },
		);
	});

	test("tags and retention are merged each on its own", () => {
		const main = { ...BASE.refs.main, "snapshot-id": FIRST_SNAPSHOT_ID };
		const keep: TableUpdate = {
			...main,
			action: "set-snapshot-ref",
			"ref-name": "main",
			type: "branch",
			"min-snapshots-to-keep": 7,
		};
		const merged = mergedFrom(
			[keep, tag("a", FIRST_SNAPSHOT_ID)],
			[...append(5n), tag("b", 5n)],
		);
		assert.deepEqual(Object.keys(merged.refs).sort(), ["a", "b", "main"]);
		assert.equal(merged.refs.main?.["min-snapshots-to-keep"], 7);
		assert.equal(merged.refs.main?.["snapshot-id"], 5n);
		const staged: TableUpdate = {
			action: "add-snapshot",
			snapshot: snapshot(5n, { "timestamp-ms": START_MS }),
		};
		assert.deepEqual(
			conflictOf([staged, tag("a", 5n)], [tag("a", FIRST_SNAPSHOT_ID)]),
			{ type: "MetadataConflict", conflictingProperties: ["refs.a"] },
		);
	});

	test("statistics go with their snapshot", () => {
		const statistics = (path: string): TableUpdate => ({
			action: "set-statistics",
			statistics: {
				"snapshot-id": FIRST_SNAPSHOT_ID,
				"statistics-path": `file:///w/t/metadata/${path}`,
			},
		});
		const merged = mergedFrom([statistics("a")], append(5n));
		assert.equal(merged.statistics.length, 1);
		const base = applied(BASE, ...append(5n));
		const expired = mergedFrom(
			[statistics("a"), ...properties({ a: "1" })],
			[{ action: "remove-snapshots", "snapshot-ids": [FIRST_SNAPSHOT_ID] }],
			base,
		);
		assert.deepEqual(expired.statistics, []);
		assert.deepEqual(conflictOf([statistics("a")], [statistics("b")]), {
			type: "MetadataConflict",
			conflictingProperties: ["statistics"],
		});
	});
});

test("properties and other members that differ are named", () => {
	assert.deepEqual(
		conflictOf(properties({ a: "1", c: "1" }), properties({ a: "2", c: "1" })),
		{ type: "MetadataConflict", conflictingProperties: ["a"] },
	);
	const to = (location: string): TableUpdate[] => [
		{ action: "set-location", location },
	];
	assert.deepEqual(conflictOf(to("file:///w/x"), to("file:///w/y")), {
		type: "MetadataConflict",
		conflictingProperties: ["location"],
	});
	const other = { ...BASE, "table-uuid": "another" };
	assert.deepEqual(mergeTableMetadata(BASE, BASE, other), {
		outcome: "conflict",
		conflict: {
			type: "MetadataConflict",
			conflictingProperties: ["table-uuid"],
		},
	});
});
