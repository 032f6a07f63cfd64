import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { append, applied, formatTwo } from "../../../test/support/iceberg.ts";
import { checkProperty } from "../../../test/support/property.ts";
import { checkTableMetadata } from "../checkTable.ts";
import type { TableMetadata, TableUpdate } from "../types.ts";
import { mergeTableMetadata } from "./mergeTable.ts";

type Kind = "append" | "property" | "removal" | "column" | "tag" | "spec";
type Move = readonly [Kind, number];

const moves: fc.Arbitrary<Move[]> = fc.array(
	fc.tuple(
		fc.constantFrom<Kind>(
			"append",
			"property",
			"removal",
			"column",
			"tag",
			"spec",
		),
		fc.nat(3),
	),
	{ maxLength: 4 },
);

function moved(
	start: TableMetadata,
	author: bigint,
	moves: readonly Move[],
): TableMetadata {
	return moves.reduce(
		(metadata, move, i) =>
			applied(metadata, ...updatesOf(metadata, move, author + BigInt(i))),
		start,
	);
}

function updatesOf(
	metadata: TableMetadata,
	[kind, n]: Move,
	fresh: bigint,
): TableUpdate[] {
	const current = metadata["current-snapshot-id"] ?? undefined;
	switch (kind) {
		case "append":
			return append(fresh, {
				"parent-snapshot-id": current,
				"sequence-number": metadata["last-sequence-number"] + 1n,
			});
		case "property":
			return [{ action: "set-properties", updates: { [`p${n}`]: `${fresh}` } }];
		case "removal":
			return [{ action: "remove-properties", removals: [`p${n}`] }];
		case "column":
			return [
				addedColumn(metadata, n),
				{ action: "set-current-schema", "schema-id": -1 },
			];
		case "tag":
			return current === undefined
				? []
				: [
						{
							action: "set-snapshot-ref",
							"ref-name": `t${n}`,
							"snapshot-id": current,
							type: "tag",
						},
					];
		case "spec":
			return [
				{
					action: "add-spec",
					spec: {
						fields: [
							{
								"source-id": 3,
								name: `bucket${n}`,
								transform: `bucket[${n + 2}]`,
							},
						],
					},
				},
			];
	}
}

function addedColumn(metadata: TableMetadata, n: number): TableUpdate {
	const schema = metadata.schemas.find(
		(each) => each["schema-id"] === metadata["current-schema-id"],
	);
	const id = metadata["last-column-id"] + 1;
	const name = `column${id}_${n}`;
	return {
		action: "add-schema",
		schema: {
			type: "struct",
			"schema-id": 0,
			fields: [
				...(schema?.fields ?? []),
				{ id, name, required: false, type: "int" },
			],
		},
	};
}

interface Versions {
	readonly base: TableMetadata;
	readonly ours: TableMetadata;
	readonly theirs: TableMetadata;
}

const versions: fc.Arbitrary<Versions> = fc
	.tuple(moves, moves, moves, fc.boolean())
	.map(([first, mine, other, caughtUp]) => {
		const base = moved(formatTwo(), 100n, first);
		const ours = moved(base, 200n, mine);
		// Sometimes the source goes on where the target is.
		const start = caughtUp ? ours : base;
		return { base, ours, theirs: moved(start, 300n, other) };
	});

function merged({ base, ours, theirs }: Versions): TableMetadata | undefined {
	const merge = mergeTableMetadata(base, ours, theirs);
	switch (merge.outcome) {
		case "ours":
			return ours;
		case "theirs":
			return theirs;
		case "merged":
			return merge.content;
		case "conflict":
			return undefined;
	}
}

/** Set and removed again, a property leaves nothing but another time. */
function withoutTime(metadata: TableMetadata | undefined): unknown {
	return metadata && { ...metadata, "last-updated-ms": 0 };
}

const always = (check: (versions: Versions) => void) =>
	checkProperty(fc.property(versions, check), { runs: 300 });

describe("the merge of two versions of a table", () => {
	test("takes the one that alone was changed", () =>
		always(({ base, ours }) => {
			assert.deepEqual(
				withoutTime(merged({ base, ours: base, theirs: ours })),
				withoutTime(ours),
			);
			assert.equal(merged({ base, ours, theirs: base }), ours);
		}));

	test("is the same from both sides", () =>
		always(({ base, ours, theirs }) => {
			assert.deepEqual(
				withoutTime(merged({ base, ours, theirs })),
				withoutTime(merged({ base, ours: theirs, theirs: ours })),
			);
		}));

	test("is sound, and done twice changes nothing", () =>
		always(({ base, ours, theirs }) => {
			const result = merged({ base, ours, theirs });
			if (result === undefined) return;
			checkTableMetadata(result);
			assert.equal(merged({ base, ours: result, theirs }), result);
			assert.equal(merged({ base: theirs, ours: result, theirs }), result);
		}));

	test("of a source that goes on where the target is gives the source", () =>
		checkProperty(
			fc.property(moves, moves, moves, (first, mine, other) => {
				const base = moved(formatTwo(), 100n, first);
				const ours = moved(base, 200n, mine);
				// Undone relative to the base, a change looks as if it had never been.
				const onward = other.filter(([kind]) => kind !== "removal");
				const theirs = moved(ours, 300n, onward);
				const result = merged({ base, ours, theirs });
				// What was changed and changed again may have been changed twice.
				if (result !== undefined)
					assert.deepEqual(withoutTime(result), withoutTime(theirs));
			}),
			{ runs: 300 },
		));
});
