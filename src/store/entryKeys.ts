import type { PathKey } from "../model/names.ts";
import { compareUtf8, levelsOf, pathKey } from "../model/names.ts";
import type { EntryChange } from "./changes.ts";
import type { Listing } from "./contract.ts";
import type { EntryKey, EntryKind } from "./records.ts";

/** The key of the namespace that encloses a key; undefined at the root. */
export function enclosingNamespace(key: EntryKey): EntryKey | undefined {
	if (key.parent === "") return undefined;
	const levels = levelsOf(key.parent);
	return {
		space: "namespace",
		parent: pathKey(levels.slice(0, -1)),
		name: levels.at(-1) ?? "",
	};
}

/** The path of the namespace with this key, as its children name it. */
export function namespacePath(key: EntryKey): PathKey {
	return pathKey([...levelsOf(key.parent), key.name]);
}

/** The space in which entries of a kind have their names. */
export function spaceOf(kind: EntryKind): EntryKey["space"] {
	return kind === "namespace" ? "namespace" : "object";
}

/** Whether a list is asked for with a ref, and not a key. */
export function isListing(look: EntryKey | Listing): look is Listing {
	return "kinds" in look;
}

/** A key as one string, for maps; U+0000 occurs in none of its parts. */
export function keyText({ space, parent, name }: EntryKey): string {
	return `${space}\u0000${parent}\u0000${name}`;
}

/** The keys of a filter and of the namespaces that enclose them; may repeat. */
export function* shownKeys(filter: readonly EntryKey[]): Generator<EntryKey> {
	for (const named of filter) {
		let key: EntryKey | undefined = named;
		for (; key !== undefined; key = enclosingNamespace(key)) yield key;
	}
}

/** The order of `EntryReader.all`. */
export function compareEntryKeys(a: EntryKey, b: EntryKey): number {
	return (
		compareUtf8(a.space, b.space) ||
		compareUtf8(a.parent, b.parent) ||
		compareUtf8(a.name, b.name)
	);
}

/** The keys that a commit wrote, in order, each once (sentence L10). */
export function writtenKeys(entries: readonly EntryChange[]): EntryKey[] {
	const keys = new Map<string, EntryKey>();
	for (const { op, key } of entries) {
		const text = keyText(key);
		if (op !== "require" && !keys.has(text)) keys.set(text, key);
	}
	return [...keys.values()];
}
