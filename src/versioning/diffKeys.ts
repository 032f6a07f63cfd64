import {
	type Content,
	compareKeys,
	type Entry,
	type EntryKey,
	sameEntry,
} from "./entries.ts";

export type KeyDifference =
	| { readonly change: "added"; readonly key: EntryKey; readonly after: Entry }
	| {
			readonly change: "changed";
			readonly key: EntryKey;
			readonly before: Entry;
			readonly after: Entry;
	  }
	| {
			readonly change: "removed";
			readonly key: EntryKey;
			readonly before: Entry;
	  };

/** What a side has under its keys that the base has not, by key. */
export function diffKeys(base: Content, side: Content): KeyDifference[] {
	return [...new Set([...base.keys(), ...side.keys()])]
		.flatMap((text) => differenceAt(base, side, text))
		.sort((a, b) => compareKeys(a.key, b.key));
}

function differenceAt(
	base: Content,
	side: Content,
	text: string,
): KeyDifference[] {
	const [old, now] = [base.get(text), side.get(text)];
	if (old === undefined)
		return now === undefined
			? []
			: [{ change: "added", key: now.key, after: now.entry }];
	const { key, entry: before } = old;
	if (now === undefined) return [{ change: "removed", key, before }];
	return sameEntry(before, now.entry)
		? []
		: [{ change: "changed", key, before, after: now.entry }];
}
