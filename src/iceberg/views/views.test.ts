import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { contextAt, START_MS } from "../../../test/support/iceberg.ts";
import { PangolinError } from "../../model/errors.ts";
import { decodeViewRequirements } from "../decodeRequirements.ts";
import { parseJson } from "../json.ts";
import type {
	Schema,
	ViewMetadata,
	ViewUpdate,
	ViewVersion,
} from "../types.ts";
import { applyViewUpdates } from "./apply.ts";
import { decodeViewUpdates } from "./decode.ts";
import { newViewMetadata } from "./newView.ts";
import { checkViewRequirements } from "./requirements.ts";
import { parseViewMetadata, serializeViewMetadata } from "./viewMetadata.ts";

const SCHEMA: Schema = {
	type: "struct",
	"schema-id": 4,
	fields: [{ id: 1, name: "id", required: false, type: "long" }],
};

function version(sql: string, members: Partial<ViewVersion> = {}): ViewVersion {
	return {
		"version-id": 1,
		"schema-id": 0,
		"timestamp-ms": START_MS,
		summary: { engine: "spark" },
		representations: [{ type: "sql", sql, dialect: "spark" }],
		"default-namespace": ["a", "b"],
		...members,
	};
}

function created(properties: Record<string, string> = {}): ViewMetadata {
	return newViewMetadata(
		{
			schema: SCHEMA,
			viewVersion: version("select 1"),
			properties,
			location: "file:///w/v/",
		},
		contextAt(0),
	);
}

function replaced(
	base: ViewMetadata,
	next: ViewVersion,
	seconds = 1,
): ViewMetadata {
	const updates: ViewUpdate[] = [
		{ action: "add-view-version", "view-version": next },
		{ action: "set-current-view-version", "view-version-id": -1 },
	];
	return applyViewUpdates(base, updates, contextAt(seconds));
}

const refused = (message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === "validation-failed" &&
	message.test(error.message);

describe("views", () => {
	test("a new view has one version, with the schema of the request", () => {
		const view = created({ comment: "c" });
		assert.deepEqual(view.versions, [version("select 1")]);
		assert.deepEqual(view.schemas, [{ ...SCHEMA, "schema-id": 0 }]);
		assert.deepEqual(view["version-log"], [
			{ "timestamp-ms": START_MS, "version-id": 1 },
		]);
		assert.equal(view["current-version-id"], 1);
		assert.equal(view.location, "file:///w/v");
		assert.deepEqual(parseViewMetadata(serializeViewMetadata(view)), view);
	});

	test("a replacement gets the next id, and a version that behaves the same is reused", () => {
		const two = replaced(
			created(),
			version("select 2", { "timestamp-ms": START_MS + 700 }),
		);
		assert.deepEqual(
			two.versions.map((one) => one["version-id"]),
			[1, 2],
		);
		assert.deepEqual(two["version-log"].at(-1), {
			"timestamp-ms": START_MS + 700,
			"version-id": 2,
		});
		const back = replaced(two, version("select 1", { "timestamp-ms": 5 }), 9);
		assert.equal(back["current-version-id"], 1);
		assert.deepEqual(back["version-log"].at(-1), {
			"timestamp-ms": START_MS + 9000,
			"version-id": 1,
		});
		assert.equal(replaced(back, version("select 1")), back);
	});

	test("-1 means the schema that was added last", () => {
		const schema: Schema = {
			...SCHEMA,
			fields: [{ id: 1, name: "other", required: true, type: "timestamp_ns" }],
		};
		const updates: ViewUpdate[] = [
			{ action: "add-schema", schema },
			{
				action: "add-view-version",
				"view-version": version("select 2", { "schema-id": -1 }),
			},
			{ action: "set-current-view-version", "view-version-id": -1 },
		];
		const next = applyViewUpdates(created(), updates, contextAt(1));
		assert.equal(next.versions.at(-1)?.["schema-id"], 1);
		assert.throws(
			() => applyViewUpdates(created(), updates.slice(1), contextAt(1)),
			refused(/no schema has been added/),
		);
		assert.throws(
			() => applyViewUpdates(created(), updates.slice(2), contextAt(1)),
			refused(/last version id/),
		);
	});

	test("one query per dialect, and no dialect is lost", () => {
		const trino = { type: "sql", sql: "x", dialect: "Trino" } as const;
		assert.throws(
			() =>
				replaced(
					created(),
					version("x", {
						representations: [trino, { ...trino, dialect: "trino" }],
					}),
				),
			refused(/Cannot add multiple queries for dialect trino/),
		);
		const lossy = version("x", { representations: [trino] });
		assert.throws(
			() => replaced(created(), lossy),
			refused(/loss of view dialects/),
		);
		assert.equal(
			replaced(created({ "replace.drop-dialect.allowed": "true" }), lossy)[
				"current-version-id"
			],
			2,
		);
		assert.throws(
			() => replaced(created(), version("x", { representations: [] })),
			refused(/no representations/),
		);
	});

	test("old versions are forgotten, and the log before them", () => {
		let view = created({ "version.history.num-entries": "2" });
		for (let i = 2; i <= 5; i++)
			view = replaced(view, version(`select ${i}`), i);
		assert.deepEqual(
			view.versions.map((one) => one["version-id"]),
			[4, 5],
		);
		assert.deepEqual(
			view["version-log"].map((one) => one["version-id"]),
			[4, 5],
		);
		const none: ViewUpdate = {
			action: "set-properties",
			updates: { "version.history.num-entries": "0" },
		};
		assert.throws(
			() => applyViewUpdates(view, [none], contextAt(9)),
			refused(/must be positive/),
		);
	});

	test("no change is no new metadata", () => {
		const view = created({ a: "b" });
		const nothing: ViewUpdate[] = [
			{ action: "assign-uuid", uuid: view["view-uuid"].toUpperCase() },
			{ action: "upgrade-format-version", "format-version": 1 },
			{ action: "set-location", location: "file:///w/v" },
			{ action: "set-properties", updates: { a: "b" } },
			{ action: "remove-properties", removals: ["c"] },
			{ action: "add-schema", schema: SCHEMA },
			{ action: "set-current-view-version", "view-version-id": 1 },
		];
		assert.equal(applyViewUpdates(view, nothing, contextAt(1)), view);
	});

	const refusals: [ViewUpdate, RegExp][] = [
		[{ action: "assign-uuid", uuid: "x" }, /Cannot reassign uuid/],
		[
			{ action: "upgrade-format-version", "format-version": 2 },
			/Unsupported format version: 2/,
		],
		[
			{ action: "upgrade-format-version", "format-version": 0 },
			/Cannot downgrade/,
		],
		[
			{ action: "set-current-view-version", "view-version-id": 9 },
			/unknown version: 9/,
		],
		[
			{
				action: "add-view-version",
				"view-version": version("x", { "schema-id": 9 }),
			},
			/unknown schema: 9/,
		],
	];
	for (const [update, message] of refusals) {
		test(`refused: ${message.source}`, () => {
			assert.throws(
				() => applyViewUpdates(created(), [update], contextAt(1)),
				refused(message),
			);
		});
	}

	test("the one requirement", () => {
		const view = created();
		const same = decodeViewRequirements(
			parseJson(`[{"type":"assert-view-uuid","uuid":"${view["view-uuid"]}"}]`),
		);
		assert.equal(checkViewRequirements(view, same), undefined);
		assert.deepEqual(
			checkViewRequirements(view, [{ type: "assert-view-uuid", uuid: "x" }]),
			{
				code: "commit-conflict",
				message: `Requirement failed: view UUID does not match: expected ${view["view-uuid"]} != x`,
			},
		);
	});

	test("all updates are decoded, unknown actions are refused", () => {
		const json = [
			{ action: "assign-uuid", uuid: "u" },
			{ action: "upgrade-format-version", "format-version": 1 },
			{ action: "add-schema", schema: SCHEMA },
			{ action: "set-location", location: "l" },
			{ action: "set-properties", updates: { a: "b" } },
			{ action: "remove-properties", removals: ["a"] },
			{ action: "add-view-version", "view-version": version("x") },
			{ action: "set-current-view-version", "view-version-id": -1 },
		];
		assert.deepEqual(decodeViewUpdates(parseJson(JSON.stringify(json))), json);
		assert.throws(
			() => decodeViewUpdates([{ action: "add-snapshot", snapshot: {} }]),
			(error) => error instanceof PangolinError && error.code === "bad-request",
		);
	});

	test("unknown members survive, broken metadata is refused", () => {
		const text = serializeViewMetadata(created()).replace(
			/}$/,
			',"x":12345678901234567}',
		);
		assert.equal(serializeViewMetadata(parseViewMetadata(text)), text);
		for (const [from, to] of [
			['"format-version":1', '"format-version":2'],
			['"current-version-id":1', '"current-version-id":3'],
			['"schema-id":0,"timestamp', '"schema-id":5,"timestamp'],
		] as const) {
			assert.ok(text.includes(from));
			assert.throws(
				() => parseViewMetadata(text.replace(from, to)),
				refused(/./),
			);
		}
	});
});
