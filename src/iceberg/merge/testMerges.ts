/** Merges of changes to one small table, both ways round. */
import assert from "node:assert/strict";
import { applied, formatTwo } from "../../../test/support/iceberg.ts";
import type { ContentMerge } from "../../model/mergeConflict.ts";
import { checkTableMetadata } from "../checkTable.ts";
import { sameJson } from "../sameJson.ts";
import {
	parseTableMetadata,
	readTableMetadata,
	serializeTableMetadata,
} from "../tableMetadata.ts";
import type { StructField, TableMetadata, TableUpdate } from "../types.ts";
import { mergeTableMetadata } from "./mergeTable.ts";

export const BASE = formatTwo();

export function mergeOf(
	ours: readonly TableUpdate[],
	theirs: readonly TableUpdate[],
	base = BASE,
): ContentMerge<TableMetadata> {
	const versions = [
		base,
		applied(base, ...ours),
		applied(base, ...theirs),
	] as const;
	const merge = mergeTableMetadata(...versions);
	const [readBase, readOurs, readTheirs] = versions.map(asRead);
	assert.ok(readBase && readOurs && readTheirs);
	const ofRead = mergeTableMetadata(readBase, readOurs, readTheirs);
	assert.ok(sameJson(ofRead, merge), "a merge of files gives the same");
	return merge;
}

/** As a server has it that did not write the file itself: with its history unread. */
function asRead(metadata: TableMetadata): TableMetadata {
	return readTableMetadata(Buffer.from(serializeTableMetadata(metadata)));
}

/** Both ways round, so that no side is preferred. */
export function conflictOf(
	ours: readonly TableUpdate[],
	theirs: readonly TableUpdate[],
	base = BASE,
): unknown {
	const [one, other] = [
		mergeOf(ours, theirs, base),
		mergeOf(theirs, ours, base),
	];
	assert.ok(one.outcome === "conflict" && other.outcome === "conflict");
	assert.equal(one.conflict.type, other.conflict.type);
	return one.conflict;
}

export function mergedFrom(
	ours: readonly TableUpdate[],
	theirs: readonly TableUpdate[],
	base = BASE,
): TableMetadata {
	const [one, other] = [
		mergeOf(ours, theirs, base),
		mergeOf(theirs, ours, base),
	];
	assert.ok(one.outcome === "merged" && other.outcome === "merged");
	assert.deepEqual(
		{ ...one.content, "metadata-log": [] },
		{ ...other.content, "metadata-log": [] },
	);
	checkTableMetadata(one.content);
	const text = serializeTableMetadata(one.content);
	assert.deepEqual(parseTableMetadata(text), one.content);
	return one.content;
}

export function withColumns(...columns: StructField[]): TableUpdate[] {
	const fields = [...(BASE.schemas[0]?.fields ?? []), ...columns];
	return schemaOf(fields);
}

export function schemaOf(fields: readonly StructField[]): TableUpdate[] {
	return [
		{
			action: "add-schema",
			schema: { type: "struct", "schema-id": 1, fields },
		},
		{ action: "set-current-schema", "schema-id": -1 },
	];
}

export function properties(updates: Record<string, string>): TableUpdate[] {
	return [{ action: "set-properties", updates }];
}

export function pointer(
	name: string,
	id: bigint,
	type: "branch" | "tag",
): TableUpdate {
	return {
		action: "set-snapshot-ref",
		"ref-name": name,
		"snapshot-id": id,
		type,
	};
}

export const tag = (name: string, id: bigint) => pointer(name, id, "tag");
export const rollbackTo = (id: bigint) => pointer("main", id, "branch");

export const SPEC_BY_NAME: TableUpdate[] = [
	{
		action: "add-spec",
		spec: {
			fields: [{ "source-id": 3, name: "by_name", transform: "identity" }],
		},
	},
	{ action: "set-default-spec", "spec-id": -1 },
];

export const SORT_BY_NAME: TableUpdate[] = [
	{
		action: "add-sort-order",
		"sort-order": {
			"order-id": 1,
			fields: [
				{
					"source-id": 3,
					transform: "identity",
					direction: "asc",
					"null-order": "nulls-first",
				},
			],
		},
	},
	{ action: "set-default-sort-order", "sort-order-id": -1 },
];

export const column = (name: string, members: Partial<StructField> = {}) => ({
	id: 4,
	name,
	required: false,
	type: "int",
	...members,
});
