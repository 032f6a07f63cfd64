import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { append, contextAt, START_MS } from "../../test/support/iceberg.ts";
import { PangolinError } from "../model/errors.ts";
import type { Properties } from "../model/registry.ts";
import { newTableMetadata } from "./newTable.ts";
import { parseTableMetadata, serializeTableMetadata } from "./tableMetadata.ts";
import type { Schema, TableMetadata, TableUpdate } from "./types.ts";
import { applyTableUpdates } from "./updates/apply.ts";

const SCHEMA: Schema = {
	type: "struct",
	"schema-id": 7,
	"identifier-field-ids": [40],
	fields: [
		{ id: 40, name: "id", required: true, type: "long", doc: "kept" },
		{
			id: 10,
			name: "m",
			required: false,
			type: {
				type: "map",
				"key-id": 11,
				key: "string",
				"value-id": 12,
				value: {
					type: "list",
					"element-id": 13,
					element: {
						type: "struct",
						fields: [{ id: 14, name: "x", required: false, type: "int" }],
					},
					"element-required": false,
				},
				"value-required": true,
			},
		},
		{ id: 5, name: "at", required: false, type: "timestamp" },
	],
};

function created(properties: Properties = {}, schema = SCHEMA): TableMetadata {
	return newTableMetadata(
		{
			schema,
			partitionSpec: {
				"spec-id": 3,
				fields: [
					{ "source-id": 5, "field-id": 4000, name: "day", transform: "day" },
					{
						"source-id": 40,
						"field-id": 4001,
						name: "bucket",
						transform: "bucket[4]",
					},
				],
			},
			writeOrder: {
				"order-id": 9,
				fields: [
					{
						"source-id": 5,
						transform: "identity",
						direction: "desc",
						"null-order": "nulls-last",
					},
				],
			},
			properties,
			location: "file:///w/new/",
		},
		contextAt(0),
	);
}

const refused = (message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === "validation-failed" &&
	message.test(error.message);

describe("metadata of a new table", () => {
	test("gets fresh ids, a struct's fields before what is nested in them", () => {
		const metadata = created();
		const expected: Schema = {
			type: "struct",
			"schema-id": 0,
			"identifier-field-ids": [1],
			fields: [
				{ id: 1, name: "id", required: true, type: "long", doc: "kept" },
				{
					id: 2,
					name: "m",
					required: false,
					type: {
						type: "map",
						"key-id": 4,
						key: "string",
						"value-id": 5,
						value: {
							type: "list",
							"element-id": 6,
							element: {
								type: "struct",
								fields: [{ id: 7, name: "x", required: false, type: "int" }],
							},
							"element-required": false,
						},
						"value-required": true,
					},
				},
				{ id: 3, name: "at", required: false, type: "timestamp" },
			],
		};
		assert.deepEqual(metadata.schemas, [expected]);
		assert.equal(metadata["last-column-id"], 7);
	});

	test("has its spec and order on the fresh ids", () => {
		const metadata = created();
		assert.deepEqual(metadata["partition-specs"], [
			{
				"spec-id": 0,
				fields: [
					{ "source-id": 3, "field-id": 1000, name: "day", transform: "day" },
					{
						"source-id": 1,
						"field-id": 1001,
						name: "bucket",
						transform: "bucket[4]",
					},
				],
			},
		]);
		assert.equal(metadata["last-partition-id"], 1001);
		assert.deepEqual(metadata["sort-orders"], [
			{
				"order-id": 1,
				fields: [
					{
						"source-id": 3,
						transform: "identity",
						direction: "desc",
						"null-order": "nulls-last",
					},
				],
			},
		]);
		assert.equal(metadata["default-sort-order-id"], 1);
	});

	test("is complete, and reads back as it is", () => {
		for (const version of ["1", "2", "3"]) {
			const metadata = created({ "format-version": version });
			assert.equal(metadata["format-version"], Number(version));
			assert.equal(metadata.location, "file:///w/new");
			assert.equal(metadata["last-updated-ms"], START_MS);
			assert.deepEqual(
				parseTableMetadata(serializeTableMetadata(metadata)),
				metadata,
			);
		}
		assert.equal(created()["format-version"], 2);
	});

	test("stores no reserved properties, and what new tables have by default", () => {
		const metadata = created({
			"format-version": "2",
			uuid: "x",
			"snapshot-count": "5",
			"current-schema": "{}",
			a: "b",
		});
		assert.deepEqual(metadata.properties, {
			"write.parquet.compression-codec": "zstd",
			a: "b",
		});
		assert.equal(
			created({ "write.parquet.compression-codec": "snappy" }).properties[
				"write.parquet.compression-codec"
			],
			"snappy",
		);
	});

	test("is refused for formats and layouts that do not exist", () => {
		for (const version of ["0", "4", "x", "-1"])
			assert.throws(
				() => created({ "format-version": version }),
				refused(/format version/),
			);
		const withoutAt = { ...SCHEMA, fields: SCHEMA.fields.slice(0, 2) };
		assert.throws(
			() => created({}, withoutAt),
			refused(/Cannot find source column for partition field/),
		);
		const variant = {
			...SCHEMA,
			fields: [
				...SCHEMA.fields,
				{ id: 90, name: "v", required: false, type: "variant" },
			],
		};
		assert.throws(
			() => created({}, variant),
			refused(/v: variant is not supported until v3/),
		);
		const twice = {
			...SCHEMA,
			fields: [
				...SCHEMA.fields,
				{ id: 40, name: "v", required: false, type: "int" },
			],
		};
		assert.throws(
			() => created({}, twice),
			refused(/multiple fields with id 40/),
		);
	});
});

describe("the commit of a staged create", () => {
	const staged = created();
	const updates: TableUpdate[] = [
		{ action: "assign-uuid", uuid: "22222222-2222-4333-8444-555555555555" },
		{ action: "upgrade-format-version", "format-version": 1 },
		{ action: "add-schema", schema: SCHEMA },
		{ action: "set-current-schema", "schema-id": -1 },
		{ action: "add-spec", spec: { fields: [] } },
		{ action: "set-default-spec", "spec-id": -1 },
		{ action: "add-sort-order", "sort-order": { "order-id": 0, fields: [] } },
		{ action: "set-default-sort-order", "sort-order-id": -1 },
		{ action: "set-location", location: "file:///w/staged" },
		{ action: "set-properties", updates: { a: "b" } },
	];

	test("builds everything from its updates, in the format of the first upgrade", () => {
		const metadata = applyTableUpdates(undefined, updates, contextAt(0));
		assert.equal(metadata["format-version"], 1);
		assert.equal(
			metadata["table-uuid"],
			"22222222-2222-4333-8444-555555555555",
		);
		assert.deepEqual(metadata.schemas[0]?.fields, SCHEMA.fields);
		assert.equal(metadata["last-column-id"], 40);
		assert.deepEqual(
			parseTableMetadata(serializeTableMetadata(metadata)),
			metadata,
		);
	});

	test("may bring its first snapshot along", () => {
		const two = updates.filter(
			(update) => update.action !== "upgrade-format-version",
		);
		const first = append(5n, {
			"sequence-number": 1n,
			"parent-snapshot-id": undefined,
		});
		const metadata = applyTableUpdates(
			undefined,
			[...two, ...first],
			contextAt(1),
		);
		assert.equal(metadata["current-snapshot-id"], 5n);
		const text = serializeTableMetadata(metadata);
		assert.equal(serializeTableMetadata(parseTableMetadata(text)), text);
	});

	const needed: [string, RegExp][] = [
		["set-location", /location is required/],
		["add-schema", /schema/],
		["add-spec", /spec/],
		["add-sort-order", /order/],
	];
	for (const [action, message] of needed) {
		test(`is refused without ${action}`, () => {
			const fewer = updates.filter((update) => update.action !== action);
			assert.throws(
				() => applyTableUpdates(undefined, fewer, contextAt(0)),
				refused(message),
			);
		});
	}

	test("a replacement keeps the table's ids apart from its own", () => {
		const replaced = applyTableUpdates(
			staged,
			[
				{ action: "assign-uuid", uuid: staged["table-uuid"] },
				{ action: "remove-snapshot-ref", "ref-name": "main" },
				{
					action: "add-schema",
					schema: {
						type: "struct",
						"schema-id": 0,
						fields: [{ id: 8, name: "n", required: true, type: "int" }],
					},
				},
				{ action: "set-current-schema", "schema-id": -1 },
				{ action: "add-spec", spec: { fields: [] } },
				{ action: "set-default-spec", "spec-id": -1 },
				{
					action: "add-sort-order",
					"sort-order": { "order-id": 0, fields: [] },
				},
				{ action: "set-default-sort-order", "sort-order-id": -1 },
			],
			contextAt(5),
		);
		assert.deepEqual(
			[
				replaced["current-schema-id"],
				replaced["default-spec-id"],
				replaced["default-sort-order-id"],
				replaced["last-column-id"],
			],
			[1, 1, 0, 8],
		);
	});
});
