/** Drawn contents of a catalog, and what a store would make of a plan. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type AssetId, brandId } from "../model/ids.ts";
import { levelsOf, pathKey } from "../model/names.ts";
import { threeWayByKey } from "../model/threeWay.ts";
import {
	type Content,
	contentOf,
	type Entry,
	type EntryKey,
	type Item,
	keyText,
} from "./entries.ts";
import type { MergeChange, MergeContent } from "./mergeTypes.ts";

export function namespaceKey(...levels: string[]): EntryKey {
	const name = levels.at(-1) ?? "";
	return { space: "namespace", parent: pathKey(levels.slice(0, -1)), name };
}

export function tableKey(...levels: string[]): EntryKey {
	return { ...namespaceKey(...levels), space: "object" };
}

export function namespaceItem(
	path: string,
	id: string,
	properties: Readonly<Record<string, string>> = {},
): Item {
	const entry = { kind: "namespace", id: brandId<AssetId>(id), properties };
	return {
		key: namespaceKey(...path.split(".")),
		entry: { ...entry, kind: "namespace" },
	};
}

/** `members` (`a=1,b=2`) stands for what the table's metadata says. */
export function tableItem(path: string, id: string, members = ""): Item {
	return {
		key: tableKey(...path.split(".")),
		entry: {
			kind: "table",
			id: brandId<AssetId>(id),
			uuid: `uuid of ${id}`,
			metadataLocation: members,
		},
	};
}

/** Three-way by member; the same member changed on both sides is a conflict. */
export const mergeMembers: MergeContent<string> = (base, ours, theirs) => {
	const { merged, both } = threeWayByKey(
		membersOf(base?.metadataLocation ?? ""),
		membersOf(ours.metadataLocation),
		membersOf(theirs.metadataLocation),
		Object.is,
	);
	if (both.length > 0)
		return {
			outcome: "conflict",
			conflict: {
				type: "MetadataConflict",
				conflictingProperties: [...both].sort(),
			},
		};
	const content = textOf(merged);
	if (content === ours.metadataLocation) return { outcome: "ours" };
	if (content === theirs.metadataLocation) return { outcome: "theirs" };
	return { outcome: "merged", content };
};

function membersOf(text: string): Map<string, string> {
	return new Map(
		text.split(",").flatMap((member) => {
			const [key, value] = member.split("=");
			return key === undefined || value === undefined ? [] : [[key, value]];
		}),
	);
}

function textOf(members: ReadonlyMap<string, string>): string {
	return [...members]
		.map(([key, value]) => `${key}=${value}`)
		.sort()
		.join(",");
}

/** One after the other, each with the preconditions that a store checks. */
export function appliedTo(
	target: Content,
	changes: readonly MergeChange<string>[],
): Content {
	const result = new Map(target);
	for (const change of changes) {
		const text = keyText(change.key);
		assert.equal(result.has(text), change.op !== "create", change.op);
		if (change.op === "drop") {
			assert.ok(isEmpty(result, change.key), "dropped while not empty");
			result.delete(text);
			continue;
		}
		assert.ok(hasParent(result, change.key), "without its namespace");
		result.set(text, { key: change.key, entry: written(change) });
	}
	return result;
}

function written(change: Exclude<MergeChange<string>, { op: "drop" }>): Entry {
	const { entry, content } = change;
	return content !== undefined && entry.kind === "table"
		? { ...entry, metadataLocation: content }
		: entry;
}

function hasParent(content: Content, { parent }: EntryKey): boolean {
	return (
		parent === "" || content.has(keyText(namespaceKey(...levelsOf(parent))))
	);
}

function isEmpty(content: Content, key: EntryKey): boolean {
	if (key.space === "object") return true;
	const path = pathKey([...levelsOf(key.parent), key.name]);
	return [...content.values()].every((item) => item.key.parent !== path);
}

type Kind = "namespace" | "table" | "commit" | "property" | "rename" | "drop";
export type Move = readonly [kind: Kind, number, number, number];

export const moves: fc.Arbitrary<Move[]> = fc.array(
	fc.tuple(
		fc.constantFrom<Kind>(
			"namespace",
			"table",
			"table",
			"commit",
			"commit",
			"property",
			"rename",
			"drop",
		),
		fc.nat(5),
		fc.nat(5),
		fc.nat(3),
	),
	{ minLength: 5, maxLength: 15 },
);

/** What people do one after the other; what is not possible is left out. */
export function moved(
	start: Content,
	author: string,
	moves: readonly Move[],
): Content {
	return moves.reduce(
		(content, move, i) => afterMove(content, move, `${author}${i}`),
		start,
	);
}

function afterMove(content: Content, move: Move, fresh: string): Content {
	const [kind, i, j, value] = move;
	const items = [...content.values()];
	const tables = items.filter(({ key }) => key.space === "object");
	const spaces = items.filter(({ key }) => key.space === "namespace");
	const parent = spaces[j % Math.max(1, spaces.length)]?.key;
	const path = parent && [...levelsOf(parent.parent), parent.name];
	const table = tables[i % Math.max(1, tables.length)];
	switch (kind) {
		case "namespace": {
			const levels = value === 0 && path?.length === 1 ? path : [];
			return added(
				content,
				namespaceItem([...levels, `n${i % 3}`].join("."), fresh),
			);
		}
		case "table":
			return path === undefined
				? content
				: added(content, tableItem([...path, `t${i % 3}`].join("."), fresh));
		case "commit":
			return withMember(content, table, `m${j % 3}`, String(value));
		case "property":
			return withMember(
				content,
				spaces[i % spaces.length],
				`p${j % 3}`,
				`${value}`,
			);
		case "rename":
			if (path === undefined || table === undefined) return content;
			return renamed(content, table, tableKey(...path, `t${value}`));
		case "drop":
			return dropped(content, items[(i * 6 + j) % Math.max(1, items.length)]);
	}
}

function added(content: Content, item: Item): Content {
	return content.has(keyText(item.key))
		? content
		: contentOf([...content.values(), item]);
}

function withMember(
	content: Content,
	item: Item | undefined,
	member: string,
	value: string,
): Content {
	if (item === undefined) return content;
	const { key, entry } = item;
	const next: Entry =
		"metadataLocation" in entry
			? {
					...entry,
					metadataLocation: textOf(
						membersOf(entry.metadataLocation).set(member, value),
					),
				}
			: { ...entry, properties: { ...entry.properties, [member]: value } };
	return new Map(content).set(keyText(key), { key, entry: next });
}

function renamed(content: Content, item: Item, key: EntryKey): Content {
	if (content.has(keyText(key))) return content;
	return added(dropped(content, item), { ...item, key });
}

function dropped(content: Content, item: Item | undefined): Content {
	if (item === undefined || !isEmpty(content, item.key)) return content;
	const rest = new Map(content);
	rest.delete(keyText(item.key));
	return rest;
}
