import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applied, formatThree, formatTwo } from "../../test/support/iceberg.ts";
import { PangolinError } from "../model/errors.ts";
import type { Schema, StructField } from "./types.ts";

const refused = (message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === "validation-failed" &&
	message.test(error.message);

const FIELDS = formatTwo().schemas[0]?.fields ?? [];

function schemaWith(...fields: StructField[]): Schema {
	return { type: "struct", "schema-id": 0, fields: [...FIELDS, ...fields] };
}

function column(
	type: StructField["type"],
	members: Partial<StructField> = {},
): Schema {
	return schemaWith({ id: 10, name: "c", required: false, type, ...members });
}

describe("schemas that clients add", () => {
	const newTypes = [
		"timestamp_ns",
		"timestamptz_ns",
		"variant",
		"unknown",
		"geometry",
		"geometry(srid:3857)",
		"geography(OGC:CRS84, spherical)",
	];
	for (const type of newTypes) {
		test(`${type} needs format 3`, () => {
			const update = { action: "add-schema", schema: column(type) } as const;
			assert.throws(
				() => applied(formatTwo(), update),
				refused(/is not supported until v3/),
			);
			assert.equal(applied(formatThree(), update).schemas.length, 2);
		});
	}

	const badSchemas: [Schema, RegExp][] = [
		[column("long", { id: 1 }), /multiple fields with id 1/],
		[column("long", { name: "name" }), /multiple fields for name name/],
		[column("unknown", { required: true }), /must be optional/],
		[{ ...schemaWith(), "identifier-field-ids": [99] }, /field does not exist/],
		[{ ...schemaWith(), "identifier-field-ids": [3] }, /not a required field/],
		[
			{ ...column("double", { required: true }), "identifier-field-ids": [10] },
			/must not be float or double/,
		],
		[
			{
				...column(
					{
						type: "list",
						"element-id": 11,
						element: "int",
						"element-required": true,
					},
					{ required: true },
				),
				"identifier-field-ids": [11],
			},
			/must not be nested in c/,
		],
		[
			{
				...column({
					type: "struct",
					fields: [{ id: 11, name: "x", required: true, type: "int" }],
				}),
				"identifier-field-ids": [11],
			},
			/must not be nested in an optional field c/,
		],
		[column("int", { "initial-default": "5" }), /cannot parse default/],
		[column("int", { "write-default": 2 ** 31 }), /cannot parse default/],
		[
			column("decimal(9,2)", { "initial-default": "1.5" }),
			/cannot parse default/,
		],
		[column("fixed[2]", { "initial-default": "abc" }), /cannot parse default/],
		[column("uuid", { "initial-default": "x" }), /cannot parse default/],
		[
			column("timestamptz", { "initial-default": "2020-01-01T00:00:00" }),
			/cannot parse default/,
		],
		[
			column({ type: "struct", fields: [] }, { "initial-default": { x: 1 } }),
			/cannot parse default/,
		],
	];
	for (const [schema, message] of badSchemas) {
		test(`a schema is refused: ${message.source}`, () => {
			assert.throws(
				() => applied(formatThree(), { action: "add-schema", schema }),
				refused(message),
			);
		});
	}

	const goodDefaults: [string, StructField["initial-default"]][] = [
		["boolean", true],
		["int", -5],
		["long", 9223372036854775807n],
		["float", 1.5],
		["double", 2],
		["decimal(9, 2)", "-1.50"],
		["decimal(9,0)", "7"],
		["string", ""],
		["uuid", "f79c3e09-677c-4bbd-a479-3f349cb785e7"],
		["date", "2020-02-29"],
		["time", "22:31:08.123456"],
		["timestamp", "2020-01-01T00:00:00.123456"],
		["timestamptz", "2020-01-01T00:00:00+00:00"],
		["timestamp_ns", "2020-01-01T00:00:00.123456789"],
		["fixed[2]", "00ff"],
		["binary", "AB01"],
		["variant", null],
	];
	for (const [type, value] of goodDefaults) {
		test(`a default of ${type}`, () => {
			const schema = column(type, {
				"initial-default": value,
				"write-default": value,
			});
			const next = applied(formatThree(), { action: "add-schema", schema });
			assert.deepEqual(
				next.schemas[1]?.fields.at(-1)?.["initial-default"],
				value,
			);
			if (value !== null)
				assert.throws(
					() => applied(formatTwo(), { action: "add-schema", schema }),
					refused(/until v3/),
				);
		});
	}

	test("the number of fields is bounded, nested ones included", () => {
		const fields = Array.from({ length: 5011 }, (_, i) => ({
			id: i + 1,
			name: `f${i}`,
			required: false,
			type: "int",
		}));
		const nested = column({ type: "struct", fields: fields.slice(10) });
		for (const schema of [{ ...nested, fields }, nested])
			assert.throws(
				() => applied(formatTwo(), { action: "add-schema", schema }),
				refused(/at most 5000 fields/),
			);
	});
});
