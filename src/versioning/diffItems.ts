import { diffKeys } from "./diffKeys.ts";
import {
	type Content,
	compareKeys,
	type Entry,
	type EntryKey,
	type Item,
	sameKey,
} from "./entries.ts";

/** What became of one thing between two versions of a catalog. */
export type ItemDifference =
	| { readonly change: "added"; readonly after: Item }
	| {
			/** Renamed: under another key; its content may have changed, too. */
			readonly change: "changed" | "renamed";
			readonly before: Item;
			readonly after: Item;
	  }
	| { readonly change: "removed"; readonly before: Item };

/**
 * What a side has that the base has not, by key. A table, view or asset is the
 * same thing as long as its id is: under another key it was renamed, and with
 * another id under the same key one was removed and another one added. A
 * namespace is its name.
 */
export function diffItems(base: Content, side: Content): ItemDifference[] {
	const removed: Item[] = [];
	const added: Item[] = [];
	const found: ItemDifference[] = [];
	for (const difference of diffKeys(base, side)) {
		const { change, key } = difference;
		const before = change !== "added" && { key, entry: difference.before };
		const after = change !== "removed" && { key, entry: difference.after };
		if (before && after && isSameThing(key, before.entry, after.entry)) {
			found.push({ change: "changed", before, after });
			continue;
		}
		if (before) removed.push(before);
		if (after) added.push(after);
	}
	return [...found, ...paired(removed, added)].sort(compareDifferences);
}

function isSameThing(key: EntryKey, before: Entry, after: Entry): boolean {
	return key.space === "namespace" || before.id === after.id;
}

/** What was removed here and added there with the same id was renamed. */
function paired(
	removed: readonly Item[],
	added: readonly Item[],
): ItemDifference[] {
	const gone = new Map(removed.map((item) => [idOf(item), item]));
	const found = added.map((after): ItemDifference => {
		const before = gone.get(idOf(after));
		if (before === undefined) return { change: "added", after };
		gone.delete(idOf(after));
		return { change: "renamed", before, after };
	});
	const rest = [...gone.values()].map(
		(before): ItemDifference => ({ change: "removed", before }),
	);
	return [...found, ...rest];
}

/** A namespace is not renamed. */
function idOf({ key, entry }: Item): string {
	return key.space === "namespace"
		? `${key.parent}\u0000${key.name}`
		: entry.id;
}

/** Where a difference stands in the list: unique in it. */
export interface DifferencePlace {
	/** Of what was renamed, the new one. */
	readonly key: EntryKey;
	/** Under one key, something may go and something else come. */
	readonly isRemoval: boolean;
}

export function placeOf(difference: ItemDifference): DifferencePlace {
	return difference.change === "removed"
		? { key: difference.before.key, isRemoval: true }
		: { key: difference.after.key, isRemoval: false };
}

/** By key; what went before what came. */
export function comparePlaces(a: DifferencePlace, b: DifferencePlace): number {
	if (!sameKey(a.key, b.key)) return compareKeys(a.key, b.key);
	return Number(b.isRemoval) - Number(a.isRemoval);
}

function compareDifferences(a: ItemDifference, b: ItemDifference): number {
	return comparePlaces(placeOf(a), placeOf(b));
}
