import { levelsOf } from "../model/names.ts";
import {
	type Content,
	type Item,
	keyText,
	sameContent,
	sameEntry,
	sameKey,
} from "./entries.ts";

/**
 * One thing in three versions. A table, view or asset is the same thing as long
 * as its id is, whatever its name; a namespace is its name.
 */
export interface Subject {
	readonly id: string;
	readonly base: Item | undefined;
	readonly ours: Item | undefined;
	readonly theirs: Item | undefined;
}

export function sameItem(a: Item | undefined, b: Item | undefined): boolean {
	if (a === undefined || b === undefined) return a === b;
	return sameKey(a.key, b.key) && sameEntry(a.entry, b.entry);
}

/** All that occurs in any of the versions, by id. */
export function subjectsOf(
	base: Content,
	ours: Content,
	theirs: Content,
): Subject[] {
	const [before, mine, other] = [byId(base), byId(ours), byId(theirs)];
	const ids = new Set([...before.keys(), ...mine.keys(), ...other.keys()]);
	const subjects = [...ids].sort().map((id) => ({
		id,
		base: before.get(id),
		ours: mine.get(id),
		theirs: other.get(id),
	}));
	return subjects.filter((subject) => !isTwin(subject, ours, before));
}

function byId(content: Content): Map<string, Item> {
	return new Map(
		[...content.values()].map((item) => [subjectId(item), item] as const),
	);
}

function subjectId({ key, entry }: Item): string {
	return key.space === "namespace"
		? `namespace ${JSON.stringify([...levelsOf(key.parent), key.name])}`
		: entry.id;
}

/** New in the source, and under the same name new in the target, with the same content: the target's id stays. */
function isTwin(
	{ base, ours, theirs }: Subject,
	target: Content,
	before: ReadonlyMap<string, Item>,
): boolean {
	if (base !== undefined || ours !== undefined || theirs === undefined)
		return false;
	const there = target.get(keyText(theirs.key));
	return (
		there !== undefined &&
		!before.has(subjectId(there)) &&
		sameContent(there.entry, theirs.entry)
	);
}
