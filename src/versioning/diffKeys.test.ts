import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../test/support/property.ts";
import { brandId, type LineId } from "../model/ids.ts";
import type { EntryRow } from "../store/records.ts";
import { diffKeys } from "./diffKeys.ts";
import { contentOf, type Item, keyText } from "./entries.ts";
import { moved, moves, namespaceItem, tableItem } from "./testContents.ts";

test("a diff says what was added, changed and removed, by key", () => {
	const kept = namespaceItem("a", "1", { owner: "x" });
	const old = tableItem("a.t", "2", "m=1");
	const changed = tableItem("a.t", "2", "m=2");
	const gone = tableItem("a.gone", "3");
	const fresh = namespaceItem("b", "4");
	assert.deepEqual(
		diffKeys(contentOf([kept, old, gone]), contentOf([kept, fresh, changed])),
		[
			{ change: "added", key: fresh.key, after: fresh.entry },
			{ change: "removed", key: gone.key, before: gone.entry },
			{
				change: "changed",
				key: old.key,
				before: old.entry,
				after: changed.entry,
			},
		],
	);
});

test("the order of properties is no difference, nor is the id of a namespace that was made again", () => {
	const [one, two] = [
		contentOf([namespaceItem("a", "1", { x: "1", y: "2" })]),
		contentOf([namespaceItem("a", "1", { y: "2", x: "1" })]),
	];
	assert.deepEqual(diffKeys(one, two), []);
	const again = contentOf([namespaceItem("a", "2", { x: "1", y: "2" })]);
	assert.deepEqual(diffKeys(one, again), []);
	const [table, other] = ["1", "2"].map((id) =>
		contentOf([tableItem("a.t", id, "x=1")]),
	);
	assert.ok(table !== undefined && other !== undefined);
	assert.equal(diffKeys(table, other)[0]?.change, "changed");
});

test("applying a diff gives the side", () =>
	checkProperty(
		fc.property(moves, moves, (first, second) => {
			const base = moved(new Map(), "b", first);
			const side = moved(base, "s", second);
			const result = new Map(base);
			for (const difference of diffKeys(base, side)) {
				const { key } = difference;
				if (difference.change === "removed") result.delete(keyText(key));
				else result.set(keyText(key), { key, entry: difference.after });
			}
			assert.deepEqual(diffKeys(result, side), []);
			assert.equal(result.size, side.size);
		}),
	));

test("what a store reads can be compared as it is", () => {
	const item = tableItem("a.t", "1");
	const row: EntryRow = {
		...item,
		version: { line: brandId<LineId>("main"), number: 1 },
	};
	const items: readonly Item[] = [row];
	assert.deepEqual(diffKeys(contentOf(items), contentOf([item])), []);
});
