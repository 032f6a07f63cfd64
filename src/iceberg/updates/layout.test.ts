import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	append,
	applied,
	contextAt,
	formatThree,
	formatTwo,
} from "../../../test/support/iceberg.ts";
import { PangolinError } from "../../model/errors.ts";
import type { Schema, StructField, TableUpdate } from "../types.ts";
import { applyTableUpdates } from "./apply.ts";

const refused = (message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === "validation-failed" &&
	message.test(error.message);

const FIELDS = formatTwo().schemas[0]?.fields ?? [];

function schemaWith(...fields: StructField[]): Schema {
	return { type: "struct", "schema-id": 0, fields: [...FIELDS, ...fields] };
}

const extra: StructField = {
	id: 4,
	name: "extra",
	required: false,
	type: "int",
};

describe("schemas, specs and orders", () => {
	test("a new schema gets the next id, -1 means it, and the last column id grows", () => {
		const next = applied(
			formatTwo(),
			{ action: "add-schema", schema: schemaWith(extra) },
			{ action: "set-current-schema", "schema-id": -1 },
		);
		assert.deepEqual(
			next.schemas.map((schema) => schema["schema-id"]),
			[0, 1],
		);
		assert.equal(next["current-schema-id"], 1);
		assert.equal(next["last-column-id"], 4);
	});

	test("the same schema is not added twice", () => {
		const base = formatTwo();
		const same = {
			action: "add-schema",
			schema: { ...schemaWith(), "schema-id": 77 },
		} as const;
		assert.equal(applied(base, same), base);
		const next = applied(
			base,
			{ action: "add-schema", schema: schemaWith(extra) },
			{ action: "set-current-schema", "schema-id": -1 },
			same,
			{ action: "set-current-schema", "schema-id": -1 },
		);
		assert.equal(next["current-schema-id"], 0);
	});

	test("-1 without anything added is refused", () => {
		const updates: TableUpdate[] = [
			{ action: "set-current-schema", "schema-id": -1 },
			{ action: "set-default-spec", "spec-id": -1 },
			{ action: "set-default-sort-order", "sort-order-id": -1 },
		];
		for (const update of updates)
			assert.throws(
				() => applied(formatTwo(), update),
				refused(/^Cannot set last added/),
			);
	});

	test("unknown ids are refused", () => {
		assert.throws(
			() =>
				applied(formatTwo(), { action: "set-current-schema", "schema-id": 5 }),
			refused(/unknown schema: 5/),
		);
		assert.throws(
			() => applied(formatTwo(), { action: "set-default-spec", "spec-id": 5 }),
			refused(/unknown spec: 5/),
		);
		assert.throws(
			() =>
				applied(formatTwo(), {
					action: "set-default-sort-order",
					"sort-order-id": 5,
				}),
			refused(/unknown order: 5/),
		);
	});

	test("what the default spec reads cannot be dropped", () => {
		const schema: Schema = {
			type: "struct",
			"schema-id": 0,
			fields: FIELDS.filter((field) => field.name !== "at"),
		};
		assert.throws(
			() =>
				applied(
					formatTwo(),
					{ action: "add-schema", schema },
					{ action: "set-current-schema", "schema-id": -1 },
				),
			refused(/Cannot find source column for partition field/),
		);
	});

	test("a new spec gets the next id and fresh field ids, and is found again", () => {
		const bucket = {
			"source-id": 1,
			name: "id_bucket",
			transform: "bucket[16]",
		};
		const day = { "source-id": 2, name: "at_day", transform: "day" };
		const next = applied(
			formatTwo(),
			{ action: "add-spec", spec: { fields: [day, bucket] } },
			{ action: "set-default-spec", "spec-id": -1 },
			{
				action: "add-spec",
				spec: { "spec-id": 9, fields: [{ ...day, "field-id": 1007 }, bucket] },
			},
		);
		assert.deepEqual(next["partition-specs"][1], {
			"spec-id": 1,
			fields: [
				{ ...day, "field-id": 1000 },
				{ ...bucket, "field-id": 1001 },
			],
		});
		assert.equal(next["partition-specs"].length, 2);
		assert.deepEqual(
			[next["default-spec-id"], next["last-partition-id"]],
			[1, 1001],
		);
	});

	const badSpecs: [Record<string, unknown>, RegExp][] = [
		[
			{ "source-id": 9, name: "x", transform: "identity" },
			/Cannot find source column/,
		],
		[
			{ "source-id": 1, name: "x", transform: "day" },
			/Invalid source type long for transform: day/,
		],
		[
			{ "source-id": 3, name: "id", transform: "identity" },
			/name that exists in schema: id/,
		],
		[
			{ "source-id": 1, name: "", transform: "identity" },
			/empty partition name/,
		],
		[{ "source-id": 1, name: "x", transform: "bucket[0]" }, /must be > 0/],
		[
			{ "source-ids": [1, 3], name: "x", transform: "bucketV2[4]" },
			/not supported until v3/,
		],
	];
	for (const [field, message] of badSpecs) {
		test(`a spec is refused: ${message.source}`, () => {
			const spec = { fields: [{ name: "", transform: "", ...field }] };
			assert.throws(
				() => applied(formatTwo(), { action: "add-spec", spec }),
				refused(message),
			);
		});
	}

	test("a transform of several columns in format 3", () => {
		const field = { "source-ids": [1, 3], name: "x", transform: "bucketV2[4]" };
		const next = applied(formatThree(), {
			action: "add-spec",
			spec: { fields: [field] },
		});
		assert.deepEqual(next["partition-specs"][1]?.fields, [
			{ ...field, "field-id": 1001 },
		]);
	});

	test("sort orders count from 1, the empty one is 0, and known ones are found again", () => {
		const field = {
			"source-id": 1,
			transform: "identity",
			direction: "asc",
			"null-order": "nulls-first",
		} as const;
		const next = applied(
			formatTwo(),
			{
				action: "add-sort-order",
				"sort-order": { "order-id": 5, fields: [field] },
			},
			{
				action: "add-sort-order",
				"sort-order": { "order-id": 6, fields: [field] },
			},
			{ action: "set-default-sort-order", "sort-order-id": -1 },
		);
		assert.deepEqual(
			next["sort-orders"].map((order) => order["order-id"]),
			[0, 1],
		);
		assert.equal(next["default-sort-order-id"], 1);
		const back = applied(
			next,
			{ action: "add-sort-order", "sort-order": { "order-id": 0, fields: [] } },
			{ action: "set-default-sort-order", "sort-order-id": -1 },
		);
		assert.equal(back["default-sort-order-id"], 0);
	});

	test("unused schemas and specs can be removed, used ones cannot", () => {
		const wide = applied(
			formatTwo(),
			{ action: "add-schema", schema: schemaWith(extra) },
			{ action: "add-spec", spec: { fields: [] } },
		);
		const narrow = applied(
			wide,
			{ action: "remove-schemas", "schema-ids": [1] },
			{ action: "remove-partition-specs", "spec-ids": [1] },
		);
		assert.deepEqual(
			[narrow.schemas.length, narrow["partition-specs"].length],
			[1, 1],
		);
		assert.throws(
			() => applied(wide, { action: "remove-schemas", "schema-ids": [0] }),
			refused(/current schema/),
		);
		assert.throws(
			() =>
				applied(wide, { action: "remove-partition-specs", "spec-ids": [0] }),
			refused(/default partition spec/),
		);
		const moved = applied(wide, {
			action: "set-current-schema",
			"schema-id": 1,
		});
		assert.throws(
			() => applied(moved, { action: "remove-schemas", "schema-ids": [0] }),
			refused(/snapshot 3051729675574597004 uses it/),
		);
		const replaced = applied(moved, ...append(5n, { "schema-id": 1 }));
		const expired = applied(
			replaced,
			{ action: "remove-schemas", "schema-ids": [0] },
			{ action: "remove-snapshots", "snapshot-ids": [3051729675574597004n] },
		);
		assert.deepEqual(
			expired.schemas.map((schema) => schema["schema-id"]),
			[1],
		);
	});

	test("formats go up to 3, and never down", () => {
		const to = (version: number): TableUpdate => ({
			action: "upgrade-format-version",
			"format-version": version,
		});
		assert.equal(applied(formatTwo(), to(3))["next-row-id"], 0n);
		const base = formatTwo();
		assert.equal(applied(base, to(2)), base);
		assert.throws(
			() => applied(formatTwo(), to(4)),
			refused(/unsupported format version: v4 \(supported: v3\)/),
		);
		assert.throws(
			() => applied(formatTwo(), to(1)),
			refused(/Cannot downgrade v2 table to v1/),
		);
	});

	test("time never goes back", () => {
		const next = applyTableUpdates(
			formatTwo(),
			[{ action: "set-location", location: "file:///w/u" }],
			contextAt(-3600),
		);
		assert.equal(next["last-updated-ms"], formatTwo()["last-updated-ms"]);
	});
});
