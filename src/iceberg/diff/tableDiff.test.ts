import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
	append,
	applied,
	FIRST_SNAPSHOT_ID,
	formatThree,
	formatTwo,
} from "../../../test/support/iceberg.ts";
import { checkProperty } from "../../../test/support/property.ts";
import { parseJson, stringifyJson } from "../json.ts";
import {
	column,
	properties,
	SORT_BY_NAME,
	SPEC_BY_NAME,
	schemaOf,
	tag,
	withColumns,
} from "../merge/testMerges.ts";
import {
	parseTableMetadata,
	serializeTableMetadata,
} from "../tableMetadata.ts";
import type { StructField, TableMetadata, TableUpdate } from "../types.ts";
import { diffTables, type TableDiff } from "./tableDiff.ts";

const BASE = formatTwo();

const ALIKE: TableDiff = {
	table_uuid: null,
	format_version: null,
	location: null,
	schema: null,
	partition_spec: null,
	sort_order: null,
	properties: [],
	snapshots: null,
	refs: [],
	totals: null,
};

function changedBy(...updates: TableUpdate[]): TableDiff {
	return diffTables(BASE, applied(BASE, ...updates));
}

function fields(): StructField[] {
	return [...(BASE.schemas[0]?.fields ?? [])];
}

describe("the diff of a table", () => {
	test("says what was set, changed and removed of its properties", () => {
		const changed = changedBy(...properties({ owner: "b", __proto__x: "1" }));
		assert.deepEqual(changed, {
			...ALIKE,
			properties: [
				{ name: "__proto__x", from: null, to: "1" },
				{ name: "owner", from: "a", to: "b" },
			],
		});
		const removed = changedBy({
			action: "remove-properties",
			removals: ["owner"],
		});
		assert.deepEqual(removed.properties, [
			{ name: "owner", from: "a", to: null },
		]);
	});

	test("matches fields by id: added, removed, renamed, promoted, reordered", () => {
		const [id, time] = fields();
		assert.ok(id && time);
		const { schema } = changedBy(
			...schemaOf([
				{ ...time, name: "since", doc: "when it was seen" },
				{ ...id, required: false },
				column("extra"),
			]),
		);
		const plain = { doc: null, initial_default: null, write_default: null };
		assert.deepEqual(schema, {
			schema_id: { from: 0, to: 1 },
			fields: [
				{
					id: 1,
					from: { path: "id", type: "long", required: true, ...plain },
					to: { path: "id", type: "long", required: false, ...plain },
				},
				{
					id: 2,
					from: { path: "at", type: "timestamptz", required: false, ...plain },
					to: {
						...plain,
						path: "since",
						type: "timestamptz",
						required: false,
						doc: "when it was seen",
					},
				},
				{
					id: 3,
					from: { path: "name", type: "string", required: false, ...plain },
					to: null,
				},
				{
					id: 4,
					from: null,
					to: { path: "extra", type: "int", required: false, ...plain },
				},
			],
			orders: [{ parent_id: null, from: [1, 2], to: [2, 1] }],
			identifier_field_ids: null,
		});
	});

	test("looks into structs, lists and maps", () => {
		const nested = (type: StructField["type"]) =>
			applied(BASE, ...withColumns(column("s", { type })));
		const struct = (...inner: StructField[]) =>
			nested({ type: "struct", fields: inner });
		const [x, y] = [column("x", { id: 5 }), column("y", { id: 6 })];
		const { schema } = diffTables(
			struct(x, y),
			struct(y, { ...x, type: "long" }),
		);
		assert.deepEqual(
			schema?.fields.map(({ id, from, to }) => [id, from?.type, to?.type]),
			[[5, "int", "long"]],
		);
		assert.deepEqual(schema?.orders, [
			{ parent_id: 4, from: [5, 6], to: [6, 5] },
		]);
	});

	test("shows the old and the new spec and order", () => {
		const spec = changedBy(...SPEC_BY_NAME).partition_spec;
		assert.deepEqual(
			[spec?.from?.map((f) => f.name), spec?.to?.map((f) => f.name)],
			[["at_day"], ["by_name"]],
		);
		const order = changedBy(...SORT_BY_NAME).sort_order;
		assert.deepEqual(order?.from, []);
		assert.equal(order?.to?.[0]?.direction, "asc");
	});

	test("shows snapshots, native refs and totals without losing a digit", () => {
		const id = 9_223_372_036_854_775_807n;
		const summary = {
			operation: "append",
			"total-records": "9007199254740993",
			"total-data-files": "3",
		};
		const next = applied(BASE, ...append(id, { summary }), tag("t", id));
		const read = parseTableMetadata(serializeTableMetadata(next));
		const diff = diffTables(BASE, read);
		assert.deepEqual(diff.snapshots?.current_snapshot_id, {
			from: FIRST_SNAPSHOT_ID,
			to: id,
		});
		assert.equal(diff.snapshots?.added_count, 1);
		assert.deepEqual(
			diff.refs.map(({ name, from, to }) => [
				name,
				from?.["snapshot-id"],
				to?.["snapshot-id"],
			]),
			[
				["main", FIRST_SNAPSHOT_ID, id],
				["t", undefined, id],
			],
		);
		assert.deepEqual(diff.totals, {
			records: { from: null, to: 9_007_199_254_740_993n, change: null },
			data_files: { from: null, to: 3n, change: null },
			delete_files: { from: null, to: null, change: null },
			size_bytes: { from: null, to: null, change: null },
		});
		const sent = stringifyJson(diff);
		assert.match(sent, /"to":9007199254740993,/);
		assert.match(sent, /"snapshot_id":9223372036854775807,/);
		assert.match(sent, /"operation":"append"/);
		parseJson(sent);
	});

	test("tells how many rows more or less a table has", () => {
		const having = (base: TableMetadata, id: bigint, rows: number) =>
			applied(
				base,
				...append(id, {
					summary: { operation: "append", "total-records": `${rows}` },
				}),
			);
		const [before, after] = [having(BASE, 2n, 10), having(BASE, 3n, 4)];
		assert.deepEqual(diffTables(before, after).totals?.records, {
			from: 10n,
			to: 4n,
			change: -6n,
		});
		const empty = {
			...BASE,
			"current-snapshot-id": null,
			snapshots: [],
			refs: {},
		};
		assert.equal(diffTables(empty, before).totals?.records.change, 10n);
	});

	test("lists the newest hundred of many snapshots, and counts them all", () => {
		let grown = BASE;
		for (let i = 0n; i < 120n; i++)
			grown = applied(
				grown,
				...append(1000n + i, { "sequence-number": 2n + i }),
			);
		const { snapshots } = diffTables(BASE, grown);
		assert.deepEqual(
			[
				snapshots?.added_count,
				snapshots?.added.length,
				snapshots?.added[0]?.snapshot_id,
			],
			[120, 100, 1119n],
		);
		assert.equal(diffTables(grown, BASE).snapshots?.removed_count, 120);
	});

	test("of what is on one side only is all that it has", () => {
		const added = diffTables(undefined, BASE);
		assert.deepEqual(added.format_version, { from: null, to: 2 });
		assert.equal(added.schema?.fields.length, 3);
		assert.equal(added.snapshots?.added_count, 1);
		const upgraded = diffTables(BASE, formatThree());
		assert.deepEqual(upgraded.format_version, { from: 2, to: 3 });
	});
});

const updates: fc.Arbitrary<TableUpdate[]> = fc
	.subarray([
		properties({ owner: "b", more: "x" }),
		withColumns(column("extra")),
		SPEC_BY_NAME,
		SORT_BY_NAME,
		[...append(77n), tag("kept", 77n)],
		[{ action: "upgrade-format-version", "format-version": 3 } as const],
	])
	.map((groups) => groups.flat());

/** The sides of everything exchanged, whatever the depth. */
function swapped(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(swapped);
	if (typeof value !== "object" || value === null) return value;
	const members = new Map(Object.entries(value));
	const names = new Map([
		["from", "to"],
		["to", "from"],
		["added", "removed"],
		["removed", "added"],
		["added_count", "removed_count"],
		["removed_count", "added_count"],
	]);
	return Object.fromEntries(
		[...members].map(([name, member]) =>
			name === "change" && typeof member === "bigint"
				? [name, -member]
				: [names.get(name) ?? name, swapped(member)],
		),
	);
}

test("a table does not differ from itself, and the other way round all is swapped", () =>
	checkProperty(
		fc.property(updates, updates, (mine, other) => {
			const [one, two] = [applied(BASE, ...mine), applied(BASE, ...other)];
			assert.deepEqual(diffTables(one, one), ALIKE);
			assert.deepEqual(diffTables(two, one), swapped(diffTables(one, two)));
			assert.deepEqual(
				diffTables(undefined, one),
				swapped(diffTables(one, undefined)),
			);
		}),
	));
