import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
	append,
	applied,
	FIRST_SNAPSHOT_ID,
	FORMAT_1_TEXT,
	formatThree,
	formatTwo,
	formatTwoText,
	START_MS,
	TABLE_UUID,
} from "../../test/support/iceberg.ts";
import { checkProperty } from "../../test/support/property.ts";
import { PangolinError } from "../model/errors.ts";
import { SnapshotInFile } from "./inFile.ts";
import { parseJson, stringifyJson } from "./json.ts";
import { sameJson } from "./sameJson.ts";
import {
	keptMetadata,
	parseTableMetadata,
	readTableMetadata,
	serializeTableMetadata,
} from "./tableMetadata.ts";
import type { TableMetadata, TableUpdate } from "./types.ts";

const refused = (message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	["bad-request", "validation-failed"].includes(error.code) &&
	message.test(error.message);

/** The metadata as one that was never read from a text, so that nothing is memoised. */
function rebuilt(metadata: TableMetadata): string {
	return stringifyJson(
		parseJson(serializeTableMetadata(structuredClone(metadata))),
	);
}

describe("table metadata", () => {
	test("format 2 is written as it was read, unknown keys and long integers included", () => {
		const text = formatTwoText(
			',"zz":{"n":18446744073709551615,"f":-1.5e-7},"__proto__":{"a":1}',
		);
		assert.equal(serializeTableMetadata(parseTableMetadata(text)), text);
	});

	test("ids are bigint, also small ones", () => {
		const metadata = formatTwo();
		assert.equal(metadata["last-sequence-number"], 1n);
		assert.equal(metadata["current-snapshot-id"], FIRST_SNAPSHOT_ID);
		assert.equal(metadata.snapshots[0]?.["sequence-number"], 1n);
		assert.equal(metadata.refs.main?.["snapshot-id"], FIRST_SNAPSHOT_ID);
	});

	test("format 1 is completed while reading", () => {
		const metadata = parseTableMetadata(FORMAT_1_TEXT);
		assert.equal(metadata.location, "file:///w/t");
		assert.equal(metadata["last-sequence-number"], 0n);
		assert.equal(metadata["current-schema-id"], 0);
		assert.equal(metadata.schemas[0]?.["schema-id"], 0);
		assert.deepEqual(metadata["partition-specs"], [
			{
				"spec-id": 0,
				fields: [
					{ name: "day", transform: "day", "source-id": 2, "field-id": 1000 },
				],
			},
		]);
		assert.equal(metadata["last-partition-id"], 1000);
		assert.deepEqual(metadata["sort-orders"], [{ "order-id": 0, fields: [] }]);
		assert.deepEqual(metadata.refs, {
			main: { "snapshot-id": FIRST_SNAPSHOT_ID, type: "branch" },
		});
	});

	test("format 1 is written with what its readers look for", () => {
		const written = parseJson(
			serializeTableMetadata(parseTableMetadata(FORMAT_1_TEXT)),
		);
		assert.ok(
			typeof written === "object" && written !== null && "schema" in written,
		);
		assert.deepEqual(written["partition-spec"], [
			{ name: "day", transform: "day", "source-id": 2, "field-id": 1000 },
		]);
		assert.deepEqual(
			written.schema,
			parseTableMetadata(FORMAT_1_TEXT).schemas[0],
		);
		assert.deepEqual(written["unknown-key"], { big: 92233720368547758079n });
		assert.equal("last-sequence-number" in written, false);
		const again = parseTableMetadata(stringifyJson(written));
		assert.deepEqual(again, parseTableMetadata(FORMAT_1_TEXT));
	});

	test("format 1 without a UUID always gets the same one", () => {
		const text = FORMAT_1_TEXT.replace(`"table-uuid": "${TABLE_UUID}",`, "");
		const uuid = parseTableMetadata(text)["table-uuid"];
		assert.match(
			uuid,
			/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
		);
		assert.equal(parseTableMetadata(text)["table-uuid"], uuid);
	});

	test("an upgrade from format 1 drops the twins and starts numbering", () => {
		const three = applied(parseTableMetadata(FORMAT_1_TEXT), {
			action: "upgrade-format-version",
			"format-version": 3,
		});
		const text = serializeTableMetadata(three);
		for (const absent of ['"schema":', '"partition-spec":'])
			assert.equal(text.includes(absent), false);
		for (const present of ['"last-sequence-number":0', '"next-row-id":0'])
			assert.ok(text.includes(present), text);
		assert.deepEqual(parseTableMetadata(text), three);
	});

	test("no current snapshot is -1 in formats 1 and 2, null in 3", () => {
		for (const [metadata, expected] of [
			[formatTwo(), "-1"],
			[formatThree(), "null"],
		] as const) {
			const emptied = applied(metadata, {
				action: "remove-snapshot-ref",
				"ref-name": "main",
			});
			assert.equal(emptied["current-snapshot-id"], null);
			const text = serializeTableMetadata(emptied);
			assert.ok(text.includes(`"current-snapshot-id":${expected}`), text);
			assert.equal(parseTableMetadata(text)["current-snapshot-id"], null);
		}
	});

	test("what is remembered of texts is what would be written", async () => {
		const ids = fc.uniqueArray(fc.bigInt(1n, 2n ** 63n - 1n), {
			minLength: 1,
			maxLength: 8,
		});
		await checkProperty(
			fc.property(ids, fc.array(fc.nat(20)), (added, removals) => {
				let metadata = formatTwo();
				for (const [i, id] of added.entries())
					metadata = applied(
						metadata,
						...append(id, { "sequence-number": BigInt(i + 2) }),
					);
				const removed = removals.flatMap((i) => added[i] ?? []);
				metadata = applied(metadata, {
					action: "remove-snapshots",
					"snapshot-ids": removed,
				});
				const text = serializeTableMetadata(metadata);
				assert.equal(stringifyJson(parseJson(text)), rebuilt(metadata));
				assert.deepEqual(parseTableMetadata(text), metadata);
			}),
		);
	});

	test("floating-point defaults keep their fraction", () => {
		const metadata = applied(formatThree(), {
			action: "add-schema",
			schema: {
				type: "struct",
				"schema-id": 0,
				fields: [
					{
						id: 4,
						name: "f",
						required: false,
						type: "float",
						"initial-default": 1,
						"write-default": -0,
					},
					{
						id: 5,
						name: "l",
						required: false,
						type: "long",
						"initial-default": 1,
					},
				],
			},
		});
		const text = serializeTableMetadata(metadata);
		assert.ok(
			text.includes(
				'"type":"float","initial-default":1.0,"write-default":-0.0',
			),
			text,
		);
		assert.ok(text.includes('"type":"long","initial-default":1}'), text);
	});

	const broken: [string, string, RegExp][] = [
		['"format-version":2', '"format-version":4', /unsupported version 4/],
		['"format-version":2', '"format-version":0', /unsupported version 0/],
		['"location":"file:///w/t"', '"location":5', /location/],
		['"current-schema-id":0', '"current-schema-id":9', /schema with id 9/],
		['"default-spec-id":0', '"default-spec-id":9', /partition spec with id 9/],
		[
			'"default-sort-order-id":0',
			'"default-sort-order-id":9',
			/sort order with id 9/,
		],
		[
			'"sequence-number":1',
			'"sequence-number":2',
			/greater than last sequence number/,
		],
		[
			'"current-snapshot-id":3051729675574597004',
			'"current-snapshot-id":5',
			/current version/,
		],
		[
			'"current-snapshot-id":3051729675574597004',
			'"current-snapshot-id":-1',
			/does not match main/,
		],
		[
			'{"main":{"snapshot-id":3051729675574597004',
			'{"main":{"snapshot-id":7',
			/reference main does not exist/,
		],
		['"type":"branch"', '"type":"tag"', /main to a tag/],
		['"type":"long"', '"type":"lung"', /Cannot parse type string/],
		['"owner":"a"', '"owner":5', /string value/],
		[
			'"last-updated-ms":1700000000000',
			'"last-updated-ms":1e300',
			/time in milliseconds/,
		],
		[
			'"snapshot-id":3051729675574597004,"sequence',
			'"snapshot-id":30517296755745970041234,"sequence',
			/long value/,
		],
		['"last-partition-id":1000', '"last-partition-id":null', /integer value/],
	];
	for (const [from, to, message] of broken) {
		test(`refuses ${to}`, () => {
			const text = formatTwoText();
			assert.ok(text.includes(from));
			assert.throws(
				() => parseTableMetadata(text.replace(from, to)),
				refused(message),
			);
		});
	}

	test("a format 3 file needs next-row-id", () => {
		const text = formatTwoText().replace(
			'"format-version":2',
			'"format-version":3',
		);
		assert.throws(() => parseTableMetadata(text), refused(/next-row-id/));
	});

	test("metadata is not touched by what is made from it", () => {
		const base = formatTwo();
		const before = serializeTableMetadata(base);
		applied(base, ...append(5n));
		assert.equal(serializeTableMetadata(base), before);
		assert.equal(base["last-updated-ms"], START_MS);
	});
});

describe("a file that was checked before", () => {
	const reading = (text: string) => readTableMetadata(Buffer.from(text));

	test("is read without its history, and written as it was", () => {
		const text = formatTwoText();
		const metadata = reading(text);
		const [first] = metadata.snapshots;
		assert.ok(first instanceof SnapshotInFile);
		assert.equal(serializeTableMetadata(metadata), text);
		const next = applied(metadata, ...append(5n));
		assert.equal(
			serializeTableMetadata(next),
			serializeTableMetadata(applied(formatTwo(), ...append(5n))),
		);
	});

	test("shows of its history what a file shows that is read as a whole", () => {
		const spaced = (text: string) =>
			text.replaceAll(/([{[,:])(?=["{[\d])/g, "$1 \n");
		for (const text of [
			formatTwoText(),
			spaced(formatTwoText()),
			FORMAT_1_TEXT,
			serializeTableMetadata(
				applied(
					formatThree(),
					...append(5n, { "first-row-id": 0n, "added-rows": 7n }),
				),
			),
			formatTwoText().replaceAll("append", 'größer\\"}]'),
		]) {
			const [whole, lazy] = [parseTableMetadata(text), reading(text)];
			assert.equal(lazy.snapshots.length, whole.snapshots.length);
			for (const [i, snapshot] of whole.snapshots.entries())
				for (const key of SNAPSHOT_KEYS)
					assert.deepEqual(lazy.snapshots[i]?.[key], snapshot[key], key);
			for (const [i, entry] of whole["snapshot-log"].entries())
				for (const key of ["snapshot-id", "timestamp-ms"] as const)
					assert.deepEqual(lazy["snapshot-log"][i]?.[key], entry[key]);
			assert.ok(sameJson(lazy, whole));
			const { snapshots: _, "snapshot-log": __, ...others } = whole;
			assert.deepEqual({ ...lazy, ...others }, lazy);
			assert.deepEqual(Object.keys(lazy), Object.keys(whole));
		}
	});

	test("what is kept of a version is the version, and shares what is encoded already", async () => {
		const summary = { operation: "append", note: `größe${"x".repeat(2000)}` };
		const [added, removals] = [
			fc.integer({ min: 1, max: 60 }),
			fc.array(fc.nat(60)),
		];
		await checkProperty(
			fc.property(added, removals, added, (first, removed, second) => {
				let plain = formatTwo();
				let kept = plain;
				let id = 100n;
				const change = (...updates: TableUpdate[]) => {
					plain = applied(plain, ...updates);
					kept = keptMetadata(applied(kept, ...updates));
					assert.equal(
						serializeTableMetadata(kept),
						serializeTableMetadata(plain),
					);
					assert.ok(sameJson(kept, plain));
				};
				const grow = (count: number) => {
					for (let i = 0; i < count; i++) {
						id += 1n;
						change(...append(id, { "sequence-number": id, summary }));
					}
				};
				grow(first);
				const gone = removed
					.map((i) => 101n + BigInt(i))
					.filter((one) => one !== id);
				change({ action: "remove-snapshots", "snapshot-ids": gone });
				grow(second);
				if (kept.snapshots.length > 40)
					assert.ok(kept.snapshots[20] instanceof SnapshotInFile);
			}),
		);
	});

	test("is read as a whole when it has an unusual form, and refused when it is no JSON", () => {
		const text = formatTwoText();
		const odd = text.replace('"snapshots":[', '"snapshots":[null,');
		assert.throws(() => reading(odd), refused(/snapshot/));
		for (const cut of [1, 5, text.length >> 1, text.length - 1])
			assert.throws(() => reading(text.slice(0, cut)), refused(/JSON/));
		const twice = `${text.slice(0, -1)},"snapshots":[]}`;
		assert.throws(() => reading(twice), refused(/./));
	});
});

const SNAPSHOT_KEYS = [
	"snapshot-id",
	"parent-snapshot-id",
	"sequence-number",
	"timestamp-ms",
	"summary",
	"manifest-list",
	"manifests",
	"schema-id",
	"first-row-id",
	"added-rows",
	"key-id",
] as const;
