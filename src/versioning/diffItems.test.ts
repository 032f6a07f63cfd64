import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import {
	comparePlaces,
	diffItems,
	type ItemDifference,
	placeOf,
} from "./diffItems.ts";
import { contentOf, displayKey, keyText } from "./entries.ts";
import { moved, moves, namespaceItem, tableItem } from "./testContents.ts";

function shown(differences: readonly ItemDifference[]): string[] {
	return differences.map((each) => {
		const { change } = each;
		const before = change !== "added" ? displayKey(each.before.key) : "";
		const after = change !== "removed" ? displayKey(each.after.key) : "";
		return `${change} ${before} ${after}`.replaceAll(/ +/g, " ").trim();
	});
}

test("the same id under another key is a rename, another id under the same key none", () => {
	const base = contentOf([
		namespaceItem("a", "1"),
		tableItem("a.old", "2", "m=1"),
		tableItem("a.replaced", "3"),
		tableItem("a.taken", "4"),
	]);
	const side = contentOf([
		namespaceItem("a", "1"),
		tableItem("a.new", "2", "m=2"),
		tableItem("a.replaced", "5"),
		tableItem("a.old", "6"),
		tableItem("b.taken", "4"),
	]);
	assert.deepEqual(shown(diffItems(base, side)), [
		"renamed a.old a.new",
		"added a.old",
		"removed a.replaced",
		"added a.replaced",
		"renamed a.taken b.taken",
	]);
});

test("a namespace is its name: made again alike, it is no difference", () => {
	const base = contentOf([namespaceItem("a", "1", { k: "v" })]);
	const again = contentOf([namespaceItem("a", "2", { k: "v" })]);
	assert.deepEqual(diffItems(base, again), []);
	const other = contentOf([namespaceItem("a", "2", { k: "w" })]);
	assert.deepEqual(shown(diffItems(base, other)), ["changed a a"]);
});

function swapped(difference: ItemDifference): ItemDifference {
	switch (difference.change) {
		case "added":
			return { change: "removed", before: difference.after };
		case "removed":
			return { change: "added", after: difference.before };
		default: {
			const { change, before, after } = difference;
			return { change, before: after, after: before };
		}
	}
}

const versions = fc.tuple(moves, moves, moves).map(([first, mine, other]) => {
	const base = moved(new Map(), "b", first);
	return [moved(base, "x", mine), moved(base, "y", other)] as const;
});

test("nothing differs from itself, and the other way round all is swapped", () =>
	checkProperty(
		fc.property(versions, ([one, other]) => {
			assert.deepEqual(diffItems(one, one), []);
			assert.deepEqual(
				diffItems(other, one),
				diffItems(one, other)
					.map(swapped)
					.sort((a, b) => comparePlaces(placeOf(a), placeOf(b))),
			);
		}),
		{ runs: 500 },
	));

test("no two differences have one place, and applying them gives the side", () =>
	checkProperty(
		fc.property(versions, ([one, other]) => {
			const differences = diffItems(one, other);
			for (const [i, each] of differences.entries()) {
				const next = differences[i + 1];
				assert.ok(!next || comparePlaces(placeOf(each), placeOf(next)) < 0);
			}
			const result = new Map(one);
			for (const each of differences)
				if (each.change !== "added") result.delete(keyText(each.before.key));
			for (const each of differences)
				if (each.change !== "removed")
					result.set(keyText(each.after.key), each.after);
			assert.deepEqual(diffItems(result, other), []);
			assert.equal(result.size, other.size);
		}),
		{ runs: 500 },
	));
