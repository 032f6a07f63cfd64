import assert from "node:assert/strict";
import { test } from "node:test";
import { SCHEMA, VIEW_VERSION } from "../../../test/support/catalog.ts";
import { contextAt } from "../../../test/support/iceberg.ts";
import type { ViewMetadata, ViewUpdate } from "../types.ts";
import { applyViewUpdates } from "../views/apply.ts";
import { diffViews, type ViewDiff } from "./viewDiff.ts";

const BASE: ViewMetadata = {
	"view-uuid": "11111111-2222-4333-8444-555555555555",
	"format-version": 1,
	location: "file:///w/v",
	schemas: [SCHEMA],
	"current-version-id": 1,
	versions: [VIEW_VERSION],
	"version-log": [{ "version-id": 1, "timestamp-ms": 1_700_000_000_000 }],
	properties: { owner: "a" },
};

const ALIKE: ViewDiff = {
	view_uuid: null,
	location: null,
	schema: null,
	properties: [],
	current_version_id: null,
	representations: [],
	default_catalog: null,
	default_namespace: null,
	added_version_ids: [],
	removed_version_ids: [],
};

function changed(...updates: ViewUpdate[]): ViewMetadata {
	return applyViewUpdates(BASE, updates, contextAt(1));
}

const spark = { type: "sql", sql: "select 1", dialect: "spark" } as const;
const trino = { ...spark, dialect: "trino" } as const;

test("a new version of a view differs in its texts, and not in what it keeps", () => {
	const next = changed(
		{
			action: "add-view-version",
			"view-version": {
				...VIEW_VERSION,
				"version-id": 2,
				representations: [{ ...spark, sql: "select 2" }, trino],
				"default-namespace": ["other"],
			},
		},
		{ action: "set-current-view-version", "view-version-id": -1 },
	);
	assert.deepEqual(diffViews(BASE, next), {
		...ALIKE,
		current_version_id: { from: 1, to: 2 },
		representations: [
			{ name: "spark", from: spark, to: { ...spark, sql: "select 2" } },
			{ name: "trino", from: null, to: trino },
		],
		default_namespace: { from: ["ns"], to: ["other"] },
		added_version_ids: [2],
	});
	assert.deepEqual(diffViews(next, BASE).removed_version_ids, [2]);
	assert.deepEqual(diffViews(next, next), ALIKE);
});

test("a view on one side only has all that it has there", () => {
	const removed = diffViews(BASE, undefined);
	assert.deepEqual(removed.current_version_id, { from: 1, to: null });
	assert.equal(removed.schema?.fields.length, 2);
	assert.deepEqual(removed.properties, [
		{ name: "owner", from: "a", to: null },
	]);
});

test("two branches may give one id to different versions", () => {
	const later = { ...VIEW_VERSION, "timestamp-ms": 1_700_000_000_001 };
	const other = { ...BASE, versions: [later] };
	const diff = diffViews(BASE, other);
	assert.deepEqual(
		[diff.added_version_ids, diff.removed_version_ids],
		[[1], [1]],
	);
});
