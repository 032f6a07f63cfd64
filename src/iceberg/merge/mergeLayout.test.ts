import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { append, applied } from "../../../test/support/iceberg.ts";
import type { StructField, TableMetadata, TableUpdate } from "../types.ts";
import { mergeTableMetadata } from "./mergeTable.ts";
import {
	BASE,
	column,
	conflictOf,
	mergedFrom,
	properties,
	SORT_BY_NAME,
	SPEC_BY_NAME,
	schemaOf,
	withColumns,
} from "./testMerges.ts";

describe("the layout of a table", () => {
	test("changed alike on both sides is no conflict", () => {
		const alike = [
			...withColumns(column("x")),
			...SPEC_BY_NAME,
			...SORT_BY_NAME,
		];
		const merged = mergedFrom(
			[...alike, ...append(5n)],
			[...alike, ...properties({ a: "1" })],
		);
		assert.equal(merged.schemas.length, 2);
	});

	test("changed differently is a conflict that says what differs", () => {
		const ours = withColumns(column("x"));
		const theirs = withColumns(column("y"));
		assert.deepEqual(conflictOf(ours, theirs), {
			type: "SchemaChange",
			sourceSchema: applied(BASE, ...theirs).schemas[1],
			targetSchema: applied(BASE, ...ours).schemas[1],
		});
		const spec: TableUpdate[] = [
			{ action: "add-spec", spec: { fields: [] } },
			{ action: "set-default-spec", "spec-id": -1 },
		];
		assert.deepEqual(conflictOf(SPEC_BY_NAME, spec), {
			type: "MetadataConflict",
			conflictingProperties: ["partition-specs"],
		});
	});

	test("a column dropped here and partitioned or sorted by there", () => {
		const fields = (BASE.schemas[0]?.fields ?? []).filter(({ id }) => id !== 3);
		for (const other of [SPEC_BY_NAME, SORT_BY_NAME])
			assert.partialDeepStrictEqual(conflictOf(schemaOf(fields), other), {
				type: "SchemaChange",
			});
	});

	test("a column that becomes required breaks rows that were appended without it", () => {
		const required = (BASE.schemas[0]?.fields ?? []).map((field) => ({
			...field,
			required: true,
		}));
		assert.partialDeepStrictEqual(conflictOf(schemaOf(required), append(5n)), {
			type: "SchemaChange",
		});
	});

	test("so does a new one that is required and has no default", () => {
		const added = (members: Partial<StructField>): TableMetadata => {
			const upgraded = applied(BASE, {
				action: "upgrade-format-version",
				"format-version": 3,
			});
			const fields = [
				...(BASE.schemas[0]?.fields ?? []),
				column("x", { required: true, ...members }),
			];
			return {
				...upgraded,
				schemas: [{ type: "struct", "schema-id": 0, fields }],
				"last-column-id": 4,
			};
		};
		const theirs = applied(BASE, ...append(5n));
		const merge = mergeTableMetadata(BASE, added({}), theirs);
		assert.ok(merge.outcome === "conflict");
		assert.equal(merge.conflict.type, "SchemaChange");
		const withDefault = added({ "initial-default": 1 });
		assert.equal(
			mergeTableMetadata(BASE, withDefault, theirs).outcome,
			"merged",
		);
	});

	test("a spec removed here that data may have been written with there", () => {
		const base = applied(BASE, ...SPEC_BY_NAME);
		const removal: TableUpdate = {
			action: "remove-partition-specs",
			"spec-ids": [0],
		};
		assert.deepEqual(conflictOf([removal], append(5n), base), {
			type: "MetadataConflict",
			conflictingProperties: ["partition-specs"],
		});
	});

	test("a schema removed here that data was written with there", () => {
		const base = applied(
			{ ...BASE, snapshots: [], refs: {}, "current-snapshot-id": null },
			...withColumns(column("x")),
		);
		const removal: TableUpdate = {
			action: "remove-schemas",
			"schema-ids": [0],
		};
		const old = append(5n, { "parent-snapshot-id": undefined });
		assert.partialDeepStrictEqual(conflictOf([removal], old, base), {
			type: "SchemaChange",
		});
		mergedFrom([removal], append(5n, { "schema-id": 1 }), base);
	});
});
