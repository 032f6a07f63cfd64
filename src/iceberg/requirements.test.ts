import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	FIRST_SNAPSHOT_ID,
	formatTwo,
	TABLE_UUID,
} from "../../test/support/iceberg.ts";
import { PangolinError } from "../model/errors.ts";
import { decodeTableRequirements } from "./decodeRequirements.ts";
import { parseJson } from "./json.ts";
import { checkTableRequirements } from "./requirements.ts";
import type { TableRequirement } from "./types.ts";

const holding: TableRequirement[] = [
	{ type: "assert-table-uuid", uuid: TABLE_UUID.toUpperCase() },
	{
		type: "assert-ref-snapshot-id",
		ref: "main",
		"snapshot-id": FIRST_SNAPSHOT_ID,
	},
	{ type: "assert-ref-snapshot-id", ref: "toString", "snapshot-id": null },
	{ type: "assert-last-assigned-field-id", "last-assigned-field-id": 3 },
	{ type: "assert-current-schema-id", "current-schema-id": 0 },
	{
		type: "assert-last-assigned-partition-id",
		"last-assigned-partition-id": 1000,
	},
	{ type: "assert-default-spec-id", "default-spec-id": 0 },
	{ type: "assert-default-sort-order-id", "default-sort-order-id": 0 },
];

const failing: [TableRequirement, string][] = [
	[
		{ type: "assert-table-uuid", uuid: "x" },
		`Requirement failed: UUID does not match: expected ${TABLE_UUID} != x`,
	],
	[
		{
			type: "assert-ref-snapshot-id",
			ref: "main",
			"snapshot-id": FIRST_SNAPSHOT_ID + 1n,
		},
		"Requirement failed: branch main has changed: expected id 3051729675574597005 != 3051729675574597004",
	],
	[
		{ type: "assert-ref-snapshot-id", ref: "main", "snapshot-id": null },
		"Requirement failed: branch main was created concurrently",
	],
	[
		{ type: "assert-ref-snapshot-id", ref: "b", "snapshot-id": 5n },
		"Requirement failed: branch or tag b is missing, expected 5",
	],
	[
		{ type: "assert-last-assigned-field-id", "last-assigned-field-id": 2 },
		"Requirement failed: last assigned field id changed: expected id 2 != 3",
	],
	[
		{ type: "assert-current-schema-id", "current-schema-id": 1 },
		"Requirement failed: current schema changed: expected id 1 != 0",
	],
	[
		{
			type: "assert-last-assigned-partition-id",
			"last-assigned-partition-id": 999,
		},
		"Requirement failed: last assigned partition id changed: expected id 999 != 1000",
	],
	[
		{ type: "assert-default-spec-id", "default-spec-id": 1 },
		"Requirement failed: default partition spec changed: expected id 1 != 0",
	],
	[
		{ type: "assert-default-sort-order-id", "default-sort-order-id": 1 },
		"Requirement failed: default sort order changed: expected id 1 != 0",
	],
];

describe("table requirements", () => {
	test("hold on the metadata they were derived from", () => {
		assert.equal(checkTableRequirements(formatTwo(), holding), undefined);
	});

	for (const [requirement, message] of failing) {
		test(message, () => {
			assert.deepEqual(
				checkTableRequirements(formatTwo(), [...holding, requirement]),
				{
					code: "commit-conflict",
					message,
				},
			);
		});
	}

	test("a table that is to be created must not exist, any other must", () => {
		const create: TableRequirement = { type: "assert-create" };
		assert.equal(checkTableRequirements(undefined, [create]), undefined);
		assert.equal(
			checkTableRequirements(formatTwo(), [create])?.code,
			"already-exists",
		);
		for (const requirement of holding)
			assert.equal(
				checkTableRequirements(undefined, [requirement])?.code,
				"table-not-found",
			);
	});

	test("are decoded with exact ids, and unknown ones are refused", () => {
		const json = parseJson(
			'[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":3051729675574597004},{"type":"assert-ref-snapshot-id","ref":"b","snapshot-id":null},{"type":"assert-ref-snapshot-id","ref":"c","snapshot-id":7}]',
		);
		assert.deepEqual(decodeTableRequirements(json), [
			{
				type: "assert-ref-snapshot-id",
				ref: "main",
				"snapshot-id": FIRST_SNAPSHOT_ID,
			},
			{ type: "assert-ref-snapshot-id", ref: "b", "snapshot-id": null },
			{ type: "assert-ref-snapshot-id", ref: "c", "snapshot-id": 7n },
		]);
		for (const text of [
			'[{"type":"assert-nothing"}]',
			'[{"type":"assert-table-uuid"}]',
			"[5]",
			"{}",
		])
			assert.throws(
				() => decodeTableRequirements(parseJson(text)),
				(error) =>
					error instanceof PangolinError && error.code === "bad-request",
			);
	});
});
