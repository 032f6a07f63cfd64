import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type AssetId, brandId } from "../model/ids.ts";
import { contentOf, type Item } from "./entries.ts";
import type {
	MergeConflict,
	MergePlan,
	Resolution,
	ResolutionStrategy,
} from "./mergeTypes.ts";
import { planMerge } from "./planMerge.ts";
import {
	appliedTo,
	mergeMembers,
	namespaceItem,
	tableItem,
	tableKey,
} from "./testContents.ts";

interface Case {
	readonly base: readonly Item[];
	readonly ours: readonly Item[];
	readonly theirs: readonly Item[];
	readonly strategy?: ResolutionStrategy;
	readonly resolutions?: readonly [string, Resolution<string>][];
}

function plan(given: Case): MergePlan<string> {
	return planMerge({
		base: contentOf(given.base),
		ours: contentOf(given.ours),
		theirs: contentOf(given.theirs),
		strategy: given.strategy ?? "AutoMerge",
		resolutions: new Map(given.resolutions),
		mergeContent: mergeMembers,
	});
}

function merged(given: Case, result: readonly Item[]): void {
	const made = plan(given);
	assert.ok(made.outcome === "merged", "is merged");
	const after = appliedTo(contentOf(given.ours), made.changes);
	assert.deepEqual(after, contentOf(result));
}

function conflictsOf(given: Case): readonly MergeConflict[] {
	const made = plan(given);
	return made.outcome === "conflicted" ? made.conflicts : [];
}

function details(given: Case): unknown[] {
	return conflictsOf(given).map(({ detail }) => detail);
}

const A = namespaceItem("a", "ns-a");
const B = namespaceItem("b", "ns-b");
const T = tableItem("a.t", "1", "x=0");
const BASE = [A, B, T];

function assetItem(id: string, location = "file:///x"): Item {
	return {
		key: tableKey("a", "model"),
		entry: {
			kind: "asset",
			id: brandId<AssetId>(id),
			assetType: "MlModel",
			location,
			properties: {},
		},
	};
}

describe("a merge combines", () => {
	test("a rename on one side with a commit on the other", () => {
		const moved = tableItem("b.u", "1", "x=0");
		const committed = tableItem("a.t", "1", "x=1");
		const both = [A, B, tableItem("b.u", "1", "x=1")];
		merged(
			{ base: BASE, ours: [A, B, moved], theirs: [A, B, committed] },
			both,
		);
		merged(
			{ base: BASE, ours: [A, B, committed], theirs: [A, B, moved] },
			both,
		);
	});

	test("names that are swapped", () => {
		const base = [A, T, tableItem("a.u", "2")];
		const theirs = [A, tableItem("a.u", "1", "x=0"), tableItem("a.t", "2")];
		merged({ base, ours: base, theirs }, theirs);
	});

	test("a table dropped and made again with an unchanged target", () => {
		const theirs = [A, B, tableItem("a.t", "2", "x=0")];
		merged({ base: BASE, ours: BASE, theirs }, theirs);
	});

	test("deletions, of namespaces too", () => {
		merged(
			{ base: BASE, ours: [...BASE, namespaceItem("c", "c")], theirs: [B] },
			[B, namespaceItem("c", "c")],
		);
	});

	test("different members of one table, and of one namespace", () => {
		const ours = [namespaceItem("a", "ns-a", { p: "1" }), B];
		const theirs = [namespaceItem("a", "ns-a", { q: "2" }), B];
		merged(
			{
				base: BASE,
				ours: [...ours, tableItem("a.t", "1", "x=0,y=1")],
				theirs: [...theirs, tableItem("a.t", "1", "x=2")],
			},
			[
				namespaceItem("a", "ns-a", { p: "1", q: "2" }),
				B,
				tableItem("a.t", "1", "x=2,y=1"),
			],
		);
	});

	test("a namespace or an asset that both made alike: the target's id stays", () => {
		const given = {
			base: [A],
			ours: [A, namespaceItem("n", "o"), assetItem("o")],
			theirs: [A, namespaceItem("n", "t"), assetItem("t")],
		};
		merged(given, given.ours);
	});

	test("a namespace made again on one side, which shows nothing, with what the other did to it", () => {
		const ours = [namespaceItem("a", "ns-a", { p: "1" })];
		const theirs = [namespaceItem("a", "again")];
		merged({ base: [A], ours, theirs }, ours);
		merged({ base: [A], ours: theirs, theirs: ours }, ours);
		merged({ base: [A], ours: theirs, theirs: [] }, []);
	});

	test("and says on what of the target it relied", () => {
		const side = [A, B, tableItem("a.t", "1", "x=1")];
		const made = plan({ base: BASE, ours: side, theirs: side });
		assert.ok(made.outcome === "merged");
		assert.deepEqual(made.requires, [T.key]);
	});
});

describe("a merge is refused for", () => {
	test("one member changed differently", () => {
		const ours = [A, B, tableItem("a.t", "1", "x=1")];
		const theirs = [A, B, tableItem("a.t", "1", "x=2")];
		const conflict = { type: "MetadataConflict", conflictingProperties: ["x"] };
		assert.deepEqual(details({ base: BASE, ours, theirs }), [conflict]);
	});

	test("a table dropped here and changed, or renamed, there", () => {
		for (const other of [
			tableItem("a.t", "1", "x=1"),
			tableItem("b.t", "1", "x=0"),
		])
			assert.deepEqual(
				details({ base: BASE, ours: [A, B], theirs: [A, B, other] }),
				[
					{
						type: "DeletionConflict",
						deletedIn: "target",
						modifiedIn: "source",
					},
				],
			);
	});

	test("a table made again here and changed there, as one conflict", () => {
		const conflicts = conflictsOf({
			base: BASE,
			ours: [A, B, tableItem("a.t", "1", "x=1")],
			theirs: [A, B, tableItem("a.t", "2")],
		});
		assert.deepEqual(conflicts, [
			{
				id: '["1","2"]',
				detail: {
					type: "DeletionConflict",
					deletedIn: "source",
					modifiedIn: "target",
				},
				source: [tableItem("a.t", "2")],
				target: [tableItem("a.t", "1", "x=1")],
			},
		]);
	});

	test("one name with two ids, renames on both sides, a namespace that goes", () => {
		const reasons = [
			{
				base: [A],
				ours: [A, tableItem("a.n", "1")],
				theirs: [A, tableItem("a.n", "2")],
			},
			{
				base: BASE,
				ours: [A, B, tableItem("a.u", "1", "x=0")],
				theirs: [A, B, tableItem("b.t", "1", "x=0")],
			},
			{ base: [A, B], ours: [A, B, tableItem("b.n", "1")], theirs: [A] },
			{ base: [A, B], ours: [A], theirs: [A, B, namespaceItem("b.n", "1")] },
		].map((given) => details(given));
		assert.deepEqual(
			reasons,
			[
				"one-name-twice",
				"renamed-twice",
				"namespace-dropped",
				"namespace-dropped",
			].map((reason) => [{ type: "NamespaceConflict", reason }]),
		);
	});

	test("several reasons at once with the same one of them from both sides", () => {
		const base = [A, B, tableItem("a.t", "1"), tableItem("a.u", "3")];
		base.push(tableItem("b.w", "2"));
		const ours = [A, B, tableItem("b.w", "3"), tableItem("b.v", "1")];
		const theirs = [A, B, tableItem("a.t", "1"), tableItem("b.v", "3")];
		theirs.push(tableItem("b.w", "2", "x=1"));
		const said = (deletedIn: string, modifiedIn: string) => [
			{ type: "DeletionConflict", deletedIn, modifiedIn },
		];
		assert.deepEqual(details({ base, ours, theirs }), said("target", "source"));
		assert.deepEqual(
			details({ base, ours: theirs, theirs: ours }),
			said("source", "target"),
		);
	});
});

describe("a conflict", () => {
	const twice: Case = {
		base: [A],
		ours: [A, tableItem("a.n", "1")],
		theirs: [A, tableItem("a.n", "2")],
	};
	const id = '["1","2"]';

	test("is decided for a side, of all merges or of this one", () => {
		merged({ ...twice, strategy: "TakeTarget" }, twice.ours);
		merged({ ...twice, strategy: "TakeSource" }, twice.theirs);
		merged(
			{
				...twice,
				strategy: "TakeTarget",
				resolutions: [[id, { strategy: "TakeSource" }]],
			},
			twice.theirs,
		);
	});

	test("is decided by hand, if that holds together", () => {
		const items = [tableItem("a.n", "1"), tableItem("a.other", "2")];
		const manual = (chosen: Item[]): Case => ({
			...twice,
			resolutions: [[id, { strategy: "Manual", items: chosen }]],
		});
		merged(manual(items), [A, ...items]);
		merged(manual([]), [A]);
		const impossible = [tableItem("a.n", "1"), tableItem("a.n", "2")];
		assert.equal(conflictsOf(manual(impossible)).length, 1);
	});

	test("is not decided by placing something in a namespace that goes", () => {
		const inside = tableItem("b.n", "1");
		const given: Case = { base: [A, B], ours: [A, B, inside], theirs: [A] };
		const items = [inside];
		const conflict = conflictsOf(given).map((each) => each.id);
		assert.deepEqual(conflict, ['["1","namespace [\\"b\\"]"]']);
		const resolutions = conflict.map((each): [string, Resolution<string>] => [
			each,
			{ strategy: "Manual", items },
		]);
		assert.equal(conflictsOf({ ...given, resolutions }).length, 1);
	});

	test("stays one when it is to be merged again", () => {
		for (const strategy of ["AutoMerge", "ThreeWayMerge"] as const)
			assert.equal(
				conflictsOf({ ...twice, resolutions: [[id, { strategy }]] }).length,
				1,
			);
	});

	test("is everything that both sides changed, in a merge by hand", () => {
		const given: Case = {
			base: BASE,
			ours: [A, B, tableItem("a.t", "1", "x=0,y=1")],
			theirs: [A, B, tableItem("a.t", "1", "x=2"), tableItem("b.n", "3")],
			strategy: "Manual",
		};
		const none = { type: "MetadataConflict", conflictingProperties: [] };
		assert.deepEqual(details(given), [none]);
	});

	test("of a merge by hand is combined where that was decided and is possible", () => {
		const given: Case = {
			base: BASE,
			ours: [A, B, tableItem("a.t", "1", "x=0,y=1")],
			theirs: [A, B, tableItem("a.t", "1", "x=2")],
			strategy: "Manual",
			resolutions: [['["1"]', { strategy: "AutoMerge" }]],
		};
		const made = plan(given);
		assert.ok(made.outcome === "merged");
		assert.equal(made.changes.length, 1);
		const clash = [A, B, tableItem("a.t", "1", "x=3")];
		assert.equal(conflictsOf({ ...given, ours: clash }).length, 1);
	});
});
