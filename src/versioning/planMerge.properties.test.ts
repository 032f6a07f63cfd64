import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { type Content, compareKeys, type Item, keyText } from "./entries.ts";
import type {
	ConflictDetail,
	MergeInput,
	MergePlan,
	ResolutionStrategy,
} from "./mergeTypes.ts";
import { planMerge } from "./planMerge.ts";
import { appliedTo, mergeMembers, moved, moves } from "./testContents.ts";

const EMPTY: Content = new Map();

interface Versions {
	readonly base: Content;
	readonly ours: Content;
	readonly theirs: Content;
}

function plan(
	{ base, ours, theirs }: Versions,
	strategy: ResolutionStrategy = "AutoMerge",
	resolutions: MergeInput<string>["resolutions"] = new Map(),
): MergePlan<string> {
	return planMerge({
		base,
		ours,
		theirs,
		strategy,
		resolutions,
		mergeContent: mergeMembers,
	});
}

function merged(versions: Versions, strategy?: ResolutionStrategy): Content {
	const made = plan(versions, strategy);
	assert.equal(made.outcome, "merged");
	return made.outcome === "merged"
		? appliedTo(versions.ours, made.changes)
		: EMPTY;
}

function sorted(content: Content): Item[] {
	return [...content.values()].sort((a, b) => compareKeys(a.key, b.key));
}

/** A namespace keeps the id of the target's, which says nothing. */
function withoutNamespaceIds(content: Content): unknown[] {
	return sorted(content).map(withoutNamespaceId);
}

function withoutNamespaceId({ key, entry }: Item): unknown {
	return entry.kind === "namespace"
		? { key, properties: { ...entry.properties } }
		: { key, entry };
}

const versions: fc.Arbitrary<Versions> = fc
	.tuple(moves, moves, moves)
	.map(([first, mine, other]) => {
		const base = moved(EMPTY, "b", [
			["namespace", 0, 0, 1],
			["table", 0, 0, 0],
			["table", 1, 0, 0],
			...first,
		]);
		return {
			base,
			ours: moved(base, "o", mine),
			theirs: moved(base, "t", other),
		};
	});

const always = (check: (versions: Versions) => void) =>
	checkProperty(fc.property(versions, check), { runs: 500 });

function mirrored(detail: ConflictDetail): ConflictDetail {
	return detail.type === "DeletionConflict"
		? {
				...detail,
				deletedIn: detail.modifiedIn,
				modifiedIn: detail.deletedIn,
			}
		: detail;
}

describe("a merge", () => {
	test("into an unchanged target gives the source", () =>
		always(({ base, theirs }) => {
			const result = merged({ base, ours: base, theirs });
			assert.deepEqual(
				withoutNamespaceIds(result),
				withoutNamespaceIds(theirs),
			);
		}));

	test("of an unchanged source changes nothing", () =>
		always(({ base, ours }) => {
			const made = plan({ base, ours, theirs: base });
			assert.deepEqual(made, { outcome: "merged", changes: [], requires: [] });
		}));

	test("of the same change on both sides changes nothing", () =>
		always(({ base, ours }) => {
			const made = plan({ base, ours, theirs: ours }, "Manual");
			assert.ok(made.outcome === "merged" && made.changes.length === 0);
		}));

	test("is the same from both sides, up to the names of the sides", () =>
		always(({ base, ours, theirs }) => {
			const one = plan({ base, ours, theirs });
			const other = plan({ base, ours: theirs, theirs: ours });
			if (one.outcome === "conflicted" && other.outcome === "conflicted") {
				const swapped = other.conflicts.map(
					({ id, detail, source, target }) => ({
						id,
						detail: mirrored(detail),
						source: target,
						target: source,
					}),
				);
				assert.deepEqual(one.conflicts, swapped);
				return;
			}
			assert.ok(one.outcome === "merged" && other.outcome === "merged");
			assert.deepEqual(
				withoutNamespaceIds(appliedTo(ours, one.changes)),
				withoutNamespaceIds(appliedTo(theirs, other.changes)),
			);
		}));

	test("done twice changes nothing the second time", () =>
		always(({ base, ours, theirs }) => {
			const made = plan({ base, ours, theirs });
			if (made.outcome === "conflicted") return;
			const result = appliedTo(ours, made.changes);
			for (const since of [base, theirs]) {
				const again = plan({ base: since, ours: result, theirs });
				assert.ok(again.outcome === "merged");
				assert.deepEqual(again.changes, []);
			}
		}));

	test("is undone by merging what was before, on the result as base", () =>
		always(({ base, ours, theirs }) => {
			const result = merged({ base, ours, theirs }, "TakeSource");
			const reverted = merged({ base: result, ours: result, theirs: ours });
			assert.deepEqual(
				withoutNamespaceIds(reverted),
				withoutNamespaceIds(ours),
			);
		}));

	test("looks only at keys that changed on either side", () =>
		always((all) => {
			const { base, ours, theirs } = all;
			const changed = [ours, theirs].flatMap((side) =>
				[...new Set([...base.keys(), ...side.keys()])].filter(
					(text) => base.get(text)?.entry !== side.get(text)?.entry,
				),
			);
			const only = (content: Content): Content =>
				new Map([...content].filter(([text]) => changed.includes(text)));
			const bounded = plan({
				base: only(base),
				ours: only(ours),
				theirs: only(theirs),
			});
			assert.deepEqual(bounded, plan(all));
		}));
});

describe("a decided merge", () => {
	test("always completes and holds together", () =>
		always((all) => {
			merged(all, "TakeSource");
			merged(all, "TakeTarget");
		}));

	test("completes when each of its conflicts is decided, either way", () =>
		checkProperty(
			fc.property(versions, fc.array(fc.boolean()), (all, sides) => {
				const made = plan(all);
				if (made.outcome === "merged") return;
				const resolutions = new Map(
					made.conflicts.map(({ id }, i) => [
						id,
						{ strategy: sides[i] ? "TakeSource" : "TakeTarget" } as const,
					]),
				);
				const decided = plan(all, "AutoMerge", resolutions);
				assert.ok(decided.outcome === "merged");
				const result = appliedTo(all.ours, decided.changes);
				for (const [i, { source, target }] of made.conflicts.entries())
					for (const item of sides[i] ? source : target) {
						const there = result.get(keyText(item.key));
						assert.ok(there !== undefined);
						assert.deepEqual(
							withoutNamespaceId(there),
							withoutNamespaceId(item),
						);
					}
			}),
			{ runs: 500 },
		));
});
