import type { AssetId } from "../model/ids.ts";
import { compareUtf8, levelsOf, type PathKey } from "../model/names.ts";
import type { Properties } from "../model/registry.ts";

/*
 * What a version of a catalog holds, as far as diffs and merges look at it: the
 * keys and entries that a store reads have these members.
 */

export interface EntryKey {
	readonly space: "namespace" | "object";
	/** The enclosing namespace; `""` for a top-level namespace. */
	readonly parent: PathKey;
	readonly name: string;
}

export type Entry = NamespaceEntry | IcebergEntry | AssetEntry;

export interface NamespaceEntry {
	readonly kind: "namespace";
	readonly id: AssetId;
	readonly properties: Properties;
}

export interface IcebergEntry {
	readonly kind: "table" | "view";
	readonly id: AssetId;
	readonly uuid: string;
	readonly metadataLocation: string;
}

export interface AssetEntry {
	readonly kind: "asset";
	readonly id: AssetId;
	readonly assetType: string;
	readonly location: string;
	readonly properties: Properties;
}

export interface Item {
	readonly key: EntryKey;
	readonly entry: Entry;
}

/** Items by `keyText` of their key. */
export type Content = ReadonlyMap<string, Item>;

export function contentOf(items: Iterable<Item>): Content {
	return new Map([...items].map((item) => [keyText(item.key), item] as const));
}

/** One text per key; U+0000 occurs in no name. */
export function keyText({ space, parent, name }: EntryKey): string {
	return `${space}\u0000${parent}\u0000${name}`;
}

/** By (space, parent, name), namespaces first, a namespace before what is in it. */
export function compareKeys(a: EntryKey, b: EntryKey): number {
	return (
		compareUtf8(a.space, b.space) ||
		compareUtf8(a.parent, b.parent) ||
		compareUtf8(a.name, b.name)
	);
}

/** For messages only: `a.b.c`. */
export function displayKey({ parent, name }: EntryKey): string {
	return [...levelsOf(parent), name].join(".");
}

export function sameKey(a: EntryKey, b: EntryKey): boolean {
	return compareKeys(a, b) === 0;
}

/** Nothing is the same as nothing. A namespace is its name: its id says nothing to anybody. */
export function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
	if (a === undefined || b === undefined) return a === b;
	return (a.kind === "namespace" || a.id === b.id) && sameContent(a, b);
}

/** Whatever the ids. */
export function sameContent(a: Entry, b: Entry): boolean {
	switch (a.kind) {
		case "namespace":
			return b.kind === a.kind && sameProperties(a.properties, b.properties);
		case "asset":
			return (
				b.kind === a.kind &&
				a.assetType === b.assetType &&
				a.location === b.location &&
				sameProperties(a.properties, b.properties)
			);
		default:
			return (
				b.kind === a.kind &&
				a.uuid === b.uuid &&
				a.metadataLocation === b.metadataLocation
			);
	}
}

function sameProperties(a: Properties, b: Properties): boolean {
	const keys = Object.keys(a);
	return (
		keys.length === Object.keys(b).length &&
		keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
	);
}
