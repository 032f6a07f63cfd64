import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FIRST_SNAPSHOT_ID, START_MS } from "../../../test/support/iceberg.ts";
import { PangolinError } from "../../model/errors.ts";
import { parseJson, stringifyJson } from "../json.ts";
import type { TableUpdate } from "../types.ts";
import { decodeTableUpdates } from "./decode.ts";

const refused = (error: unknown) =>
	error instanceof PangolinError &&
	["bad-request", "validation-failed"].includes(error.code);

const SCHEMA = {
	type: "struct",
	"schema-id": 0,
	fields: [
		{
			id: 1,
			name: "a",
			required: true,
			type: "int",
			"x-note": 12345678901234567n,
		},
	],
} as const;

/** One update of each action, as it is typed and as it is written. */
const ALL: {
	[Action in TableUpdate["action"]]: Extract<TableUpdate, { action: Action }>;
} = {
	"assign-uuid": { action: "assign-uuid", uuid: "u" },
	"upgrade-format-version": {
		action: "upgrade-format-version",
		"format-version": 2,
	},
	"add-schema": { action: "add-schema", schema: SCHEMA },
	"set-current-schema": { action: "set-current-schema", "schema-id": -1 },
	"add-spec": {
		action: "add-spec",
		spec: {
			"spec-id": 0,
			fields: [
				{ "source-id": 1, "field-id": 1000, name: "p", transform: "identity" },
			],
		},
	},
	"set-default-spec": { action: "set-default-spec", "spec-id": -1 },
	"add-sort-order": {
		action: "add-sort-order",
		"sort-order": { "order-id": 0, fields: [] },
	},
	"set-default-sort-order": {
		action: "set-default-sort-order",
		"sort-order-id": -1,
	},
	"add-snapshot": {
		action: "add-snapshot",
		snapshot: {
			"snapshot-id": FIRST_SNAPSHOT_ID,
			"sequence-number": 1n,
			"timestamp-ms": START_MS,
			summary: { operation: "append" },
			"manifest-list": "m",
			"first-row-id": 0n,
			"added-rows": 5n,
			"key-id": "k",
		},
	},
	"set-snapshot-ref": {
		action: "set-snapshot-ref",
		"ref-name": "b",
		"snapshot-id": 9223372036854775807n,
		type: "branch",
		"min-snapshots-to-keep": 1,
		"max-snapshot-age-ms": 9223372036854775807n,
		"max-ref-age-ms": 1n,
	},
	"remove-snapshots": {
		action: "remove-snapshots",
		"snapshot-ids": [1n, FIRST_SNAPSHOT_ID],
	},
	"remove-snapshot-ref": { action: "remove-snapshot-ref", "ref-name": "b" },
	"set-location": { action: "set-location", location: "l" },
	"set-properties": { action: "set-properties", updates: { a: "b" } },
	"remove-properties": { action: "remove-properties", removals: ["a"] },
	"set-statistics": {
		action: "set-statistics",
		statistics: { "snapshot-id": 1n, "statistics-path": "s" },
	},
	"remove-statistics": { action: "remove-statistics", "snapshot-id": 1n },
	"set-partition-statistics": {
		action: "set-partition-statistics",
		"partition-statistics": { "snapshot-id": 1n, "statistics-path": "s" },
	},
	"remove-partition-statistics": {
		action: "remove-partition-statistics",
		"snapshot-id": 1n,
	},
	"remove-partition-specs": {
		action: "remove-partition-specs",
		"spec-ids": [1],
	},
	"remove-schemas": { action: "remove-schemas", "schema-ids": [1] },
	"add-encryption-key": {
		action: "add-encryption-key",
		"encryption-key": {
			"key-id": "k",
			"encrypted-key-metadata": "AA==",
			properties: { a: "b" },
		},
	},
	"remove-encryption-key": { action: "remove-encryption-key", "key-id": "k" },
};

describe("decoding table updates", () => {
	test("there are 23", () => {
		assert.equal(Object.keys(ALL).length, 23);
	});

	for (const update of Object.values(ALL)) {
		test(`${update.action}, with ids as bigint`, () => {
			const body = parseJson(stringifyJson([update]));
			const before = stringifyJson(body);
			assert.deepEqual(decodeTableUpdates(body), [update]);
			assert.equal(stringifyJson(body), before, "the body is not touched");
		});

		test(`${update.action} is refused without its members`, () => {
			assert.throws(
				() => decodeTableUpdates([{ action: update.action }]),
				refused,
			);
		});
	}

	test("deprecated spellings and additions of clients are understood", () => {
		const text = `[{"action":"set-properties","updated":{"a":"b"}},{"action":"remove-properties","removed":["a"]},{"action":"ADD-SCHEMA","last-column-id":5,"schema":{"type":"struct","fields":[]}},{"action":"set-snapshot-ref","ref-name":"t","snapshot-id":1,"type":"TAG","max-ref-age-ms":null,"other":1}]`;
		assert.deepEqual(decodeTableUpdates(parseJson(text)), [
			{ action: "set-properties", updates: { a: "b" } },
			{ action: "remove-properties", removals: ["a"] },
			{
				action: "add-schema",
				schema: { type: "struct", fields: [], "schema-id": 0 },
			},
			{
				action: "set-snapshot-ref",
				"ref-name": "t",
				"snapshot-id": 1n,
				type: "tag",
			},
		]);
	});

	const wrong = [
		'[{"action":"enable-row-lineage"}]',
		"[null]",
		'{"action":"set-location","location":"l"}',
		'[{"action":"remove-snapshots","snapshot-ids":[9223372036854775808]}]',
		'[{"action":"remove-snapshots","snapshot-ids":[1.5]}]',
		'[{"action":"remove-snapshots","snapshot-ids":["1"]}]',
		'[{"action":"set-properties","updates":{"a":1}}]',
		'[{"action":"set-snapshot-ref","ref-name":"t","snapshot-id":1,"type":"tag","min-snapshots-to-keep":1}]',
		'[{"action":"set-snapshot-ref","ref-name":"t","snapshot-id":1,"type":"branch","max-ref-age-ms":0}]',
		'[{"action":"set-snapshot-ref","ref-name":"t","snapshot-id":1,"type":"twig"}]',
		'[{"action":"add-sort-order","sort-order":{"order-id":1,"fields":[]}}]',
		'[{"action":"add-spec","spec":{"fields":[{"source-id":1,"field-id":1,"name":"a","transform":"x"},{"source-id":1,"name":"b","transform":"x"}]}}]',
		'[{"action":"add-snapshot","snapshot":{"snapshot-id":1,"timestamp-ms":1,"manifest-list":"m","summary":{"a":1}}}]',
		'[{"action":"upgrade-format-version","format-version":3000000000}]',
	];
	for (const text of wrong) {
		test(`refuses ${text}`, () => {
			assert.throws(() => decodeTableUpdates(parseJson(text)), refused);
		});
	}

	test("the number of updates is bounded, but for removals", () => {
		const many = (update: object) =>
			Array.from({ length: 1001 }, () => ({ ...update }));
		assert.throws(
			() => decodeTableUpdates(many({ action: "set-location", location: "l" })),
			refused,
		);
		assert.equal(
			decodeTableUpdates(
				many({ action: "remove-snapshots", "snapshot-ids": [1] }),
			).length,
			1001,
		);
	});
});
