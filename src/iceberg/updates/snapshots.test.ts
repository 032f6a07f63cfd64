import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	append,
	applied,
	contextAt,
	FIRST_SNAPSHOT_ID,
	FORMAT_1_TEXT,
	formatThree,
	formatTwo,
	START_MS,
	snapshot,
} from "../../../test/support/iceberg.ts";
import { type ErrorCode, PangolinError } from "../../model/errors.ts";
import { parseTableMetadata } from "../tableMetadata.ts";
import type { SnapshotRef, TableMetadata, TableUpdate } from "../types.ts";
import { applyTableUpdates } from "./apply.ts";
import { withMergedRemovals } from "./removals.ts";

const refused = (code: ErrorCode, message: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === code &&
	message.test(error.message);

function setRef(name: string, ref: SnapshotRef): TableUpdate {
	return { action: "set-snapshot-ref", "ref-name": name, ...ref };
}

const logOf = (metadata: TableMetadata) =>
	metadata["snapshot-log"].map((entry) => entry["snapshot-id"]);

describe("snapshots and refs", () => {
	test("an append moves main, the current snapshot, the log and the sequence number", () => {
		const next = applied(formatTwo(), ...append(5n));
		assert.equal(next["current-snapshot-id"], 5n);
		assert.deepEqual(next.refs, {
			main: { "snapshot-id": 5n, type: "branch" },
		});
		assert.equal(next["last-sequence-number"], 2n);
		assert.equal(next["last-updated-ms"], START_MS + 1000);
		assert.deepEqual(next["snapshot-log"].at(-1), {
			"timestamp-ms": START_MS + 500,
			"snapshot-id": 5n,
		});
	});

	test("an id that exists is invalid", () => {
		assert.throws(
			() => applied(formatTwo(), ...append(FIRST_SNAPSHOT_ID)),
			refused(
				"validation-failed",
				/Snapshot already exists for id: 3051729675574597004/,
			),
		);
	});

	test("a stale sequence number is a conflict, but for a snapshot without parent", () => {
		assert.throws(
			() => applied(formatTwo(), ...append(5n, { "sequence-number": 1n })),
			refused(
				"commit-conflict",
				/sequence number 1 older than last sequence number 1/,
			),
		);
		const next = applied(
			formatTwo(),
			...append(5n, { "sequence-number": 1n, "parent-snapshot-id": undefined }),
		);
		assert.equal(next["last-sequence-number"], 1n);
	});

	test("format 1 has no sequence numbers, and may list manifests", () => {
		const one = parseTableMetadata(FORMAT_1_TEXT);
		const members = {
			"sequence-number": undefined,
			"manifest-list": undefined,
			manifests: ["file:///w/t/n.avro"],
		};
		assert.equal(
			applied(one, ...append(5n, members))["last-sequence-number"],
			0n,
		);
		assert.throws(
			() => applied(one, ...append(5n)),
			refused("validation-failed", /must be 0 in v1/),
		);
		assert.throws(
			() =>
				applied(
					formatTwo(),
					...append(5n, { ...members, "sequence-number": 2n }),
				),
			refused("validation-failed", /manifest-list is missing/),
		);
	});

	test("row ids of format 3", () => {
		const three = formatThree();
		const rows = (first: bigint | undefined, added: bigint | undefined) =>
			append(5n, { "first-row-id": first, "added-rows": added });
		const next = applied(three, ...rows(0n, 100n));
		assert.equal(next["next-row-id"], 100n);
		const later = append(6n, {
			"sequence-number": 3n,
			"first-row-id": 99n,
			"added-rows": 1n,
		});
		assert.throws(
			() => applied(next, ...later),
			refused("commit-conflict", /behind table next-row-id: 99 < 100/),
		);
		assert.throws(
			() => applied(three, ...rows(undefined, 1n)),
			refused("validation-failed", /first-row-id is null/),
		);
		assert.throws(
			() => applied(three, ...rows(0n, undefined)),
			refused("validation-failed", /added-rows is null/),
		);
		assert.throws(
			() => applied(three, ...rows(0n, -1n)),
			refused("validation-failed", /added-rows/),
		);
		assert.throws(
			() => applied(three, ...rows(2n ** 63n - 1n, 1n)),
			refused("validation-failed", /exceed/),
		);
		assert.equal(applied(three, ...rows(7n, 3n))["next-row-id"], 10n);
	});

	test("a snapshot of the future is refused on main", () => {
		assert.throws(
			() =>
				applied(
					formatTwo(),
					...append(5n, { "timestamp-ms": START_MS + 62_000 }),
				),
			refused("validation-failed", /Invalid update timestamp/),
		);
		assert.equal(
			applied(
				formatTwo(),
				...append(5n, { "timestamp-ms": START_MS + 60_000 }),
			)["current-snapshot-id"],
			5n,
		);
	});

	test("a snapshot of the past does not turn the log back", () => {
		const next = applied(
			formatTwo(),
			...append(5n, { "timestamp-ms": START_MS - 3_600_000 }),
		);
		assert.equal(next["snapshot-log"].at(-1)?.["timestamp-ms"], START_MS);
	});

	test("branches and tags with retention", () => {
		const tag: SnapshotRef = {
			"snapshot-id": FIRST_SNAPSHOT_ID,
			type: "tag",
			"max-ref-age-ms": 2n ** 63n - 1n,
		};
		const branch: SnapshotRef = {
			"snapshot-id": FIRST_SNAPSHOT_ID,
			type: "branch",
			"min-snapshots-to-keep": 2,
			"max-snapshot-age-ms": 5n,
		};
		const next = applied(
			formatTwo(),
			setRef("v1", tag),
			setRef("__proto__", branch),
		);
		assert.deepEqual(Object.entries(next.refs).slice(1), [
			["v1", tag],
			["__proto__", branch],
		]);
		assert.equal(applied(next, setRef("v1", tag)), next);
		const without = applied(next, {
			action: "remove-snapshot-ref",
			"ref-name": "__proto__",
		});
		assert.deepEqual(Object.keys(without.refs), ["main", "v1"]);
		assert.equal(
			applied(without, {
				action: "remove-snapshot-ref",
				"ref-name": "toString",
			}),
			without,
		);
	});

	test("retention of main alone is no new entry in the log", () => {
		const next = applied(
			formatTwo(),
			setRef("main", {
				"snapshot-id": FIRST_SNAPSHOT_ID,
				type: "branch",
				"min-snapshots-to-keep": 3,
			}),
		);
		assert.deepEqual(logOf(next), [FIRST_SNAPSHOT_ID]);
		assert.equal(next.refs.main?.["min-snapshots-to-keep"], 3);
	});

	test("refs need a snapshot, and main is a branch", () => {
		assert.throws(
			() =>
				applied(
					formatTwo(),
					setRef("b", { "snapshot-id": 9n, type: "branch" }),
				),
			refused("validation-failed", /Cannot set b to unknown snapshot: 9/),
		);
		assert.throws(
			() =>
				applied(
					formatTwo(),
					setRef("main", { "snapshot-id": FIRST_SNAPSHOT_ID, type: "tag" }),
				),
			refused("validation-failed", /must be a branch/),
		);
	});

	test("a roll-back counts from now, and intermediate snapshots leave the log", () => {
		const two = applied(formatTwo(), ...append(5n));
		const back = applyTableUpdates(
			two,
			[setRef("main", { "snapshot-id": FIRST_SNAPSHOT_ID, type: "branch" })],
			contextAt(9),
		);
		assert.deepEqual(back["snapshot-log"].at(-1), {
			"timestamp-ms": START_MS + 9000,
			"snapshot-id": FIRST_SNAPSHOT_ID,
		});
		const both = applied(
			formatTwo(),
			...append(5n),
			...append(6n, { "sequence-number": 3n, "parent-snapshot-id": 5n }),
		);
		assert.deepEqual(logOf(both), [FIRST_SNAPSHOT_ID, 6n]);
		assert.equal(both.snapshots.length, 3);
	});

	test("removed snapshots take their refs, their statistics and the log before them along", () => {
		const file = { "snapshot-id": 5n, "statistics-path": "file:///w/t/s" };
		const three = applied(
			applied(
				formatTwo(),
				...append(5n),
				setRef("old", { "snapshot-id": FIRST_SNAPSHOT_ID, type: "tag" }),
			),
			...append(6n, { "sequence-number": 3n, "parent-snapshot-id": 5n }),
			{ action: "set-statistics", statistics: file },
			{ action: "set-partition-statistics", "partition-statistics": file },
		);
		assert.deepEqual(logOf(three), [FIRST_SNAPSHOT_ID, 5n, 6n]);
		const next = applied(three, {
			action: "remove-snapshots",
			"snapshot-ids": [5n, 99n],
		});
		assert.deepEqual(logOf(next), [6n]);
		assert.deepEqual([next.statistics, next["partition-statistics"]], [[], []]);
		assert.deepEqual(Object.keys(next.refs), ["main", "old"]);
		const last = applied(next, {
			action: "remove-snapshots",
			"snapshot-ids": [FIRST_SNAPSHOT_ID],
		});
		assert.deepEqual(Object.keys(last.refs), ["main"]);
		const none = applied(last, {
			action: "remove-snapshots",
			"snapshot-ids": [6n],
		});
		assert.deepEqual(
			[none.refs, none["current-snapshot-id"], logOf(none)],
			[{}, null, []],
		);
		assert.equal(
			applied(none, { action: "remove-snapshots", "snapshot-ids": [6n] }),
			none,
		);
	});

	test("thousands of removals, one update each, are one pass", () => {
		const ids = Array.from({ length: 5000 }, (_, i) => BigInt(i + 10));
		const adds = ids.map(
			(id): TableUpdate => ({
				action: "add-snapshot",
				snapshot: snapshot(id, { "sequence-number": id }),
			}),
		);
		const big = applied(formatTwo(), ...adds);
		const removals = ids.flatMap((id): TableUpdate[] => [
			{ action: "remove-snapshots", "snapshot-ids": [id] },
			{ action: "remove-statistics", "snapshot-id": id },
		]);
		assert.equal(withMergedRemovals(removals).length, 1 + ids.length);
		assert.deepEqual(
			applied(big, ...removals).snapshots,
			formatTwo().snapshots,
		);
	});

	test("statistics are one per snapshot", () => {
		const file = { "snapshot-id": 5n, "statistics-path": "a" };
		const both: TableUpdate[] = [
			{ action: "set-statistics", statistics: file },
			{
				action: "set-statistics",
				statistics: { ...file, "statistics-path": "b" },
			},
			{ action: "set-partition-statistics", "partition-statistics": file },
		];
		const next = applied(formatTwo(), ...both);
		assert.deepEqual(next.statistics, [{ ...file, "statistics-path": "b" }]);
		const without = applied(
			next,
			{ action: "remove-statistics", "snapshot-id": 5n },
			{ action: "remove-partition-statistics", "snapshot-id": 5n },
		);
		assert.deepEqual(
			[without.statistics, without["partition-statistics"]],
			[[], []],
		);
		assert.equal(
			applied(without, { action: "remove-statistics", "snapshot-id": 5n }),
			without,
		);
	});

	test("encryption keys", () => {
		const key = { "key-id": "k", "encrypted-key-metadata": "AA==" };
		const add: TableUpdate = {
			action: "add-encryption-key",
			"encryption-key": key,
		};
		const next = applied(formatThree(), add);
		assert.deepEqual(next["encryption-keys"], [key]);
		assert.equal(applied(next, add), next);
		const without = applied(next, {
			action: "remove-encryption-key",
			"key-id": "k",
		});
		assert.deepEqual(without["encryption-keys"], []);
	});

	test("properties: foreign keys are data, and no change is no new metadata", () => {
		const base = formatTwo();
		const updates = { ["__proto__"]: "x", constructor: "y" };
		const next = applied(base, { action: "set-properties", updates });
		assert.deepEqual(Object.entries(next.properties), [
			["owner", "a"],
			["__proto__", "x"],
			["constructor", "y"],
		]);
		const without = applied(next, {
			action: "remove-properties",
			removals: ["__proto__", "constructor"],
		});
		assert.deepEqual(without.properties, base.properties);
		for (const update of [
			{ action: "set-properties", updates: { owner: "a" } },
			{ action: "remove-properties", removals: ["toString"] },
			{ action: "set-location", location: "file:///w/t/" },
			{ action: "assign-uuid", uuid: base["table-uuid"].toUpperCase() },
		] satisfies TableUpdate[])
			assert.equal(applied(base, update), base);
		assert.throws(
			() =>
				applied(base, {
					action: "assign-uuid",
					uuid: "99999999-2222-4333-8444-555555555555",
				}),
			refused("validation-failed", /Cannot reassign uuid/),
		);
	});
});
