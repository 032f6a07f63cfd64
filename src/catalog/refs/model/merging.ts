/** Merges of whole copies: what each side made of a thing since they parted. */
import {
	type CommitCopy,
	type Content,
	namespacePlace,
	parentOf,
	pathOf,
	type RefCopy,
	type Thing,
} from "./world.ts";

interface Placed extends Thing {
	readonly place: string;
}

/**
 * The commits that both logs lead to and that no other such commit leads to; in
 * general one, several after merges in both directions.
 */
export function mergeBases(ours: RefCopy, theirs: RefCopy): CommitCopy[] {
	const mine = ancestorsOf(ours.log.at(-1));
	const common = [...ancestorsOf(theirs.log.at(-1)).values()].filter(({ id }) =>
		mine.has(id),
	);
	const older = new Set(
		common.flatMap(({ id, parents }) =>
			parents
				.flatMap((parent) => [...ancestorsOf(parent).keys()])
				.filter((ancestor) => ancestor !== id),
		),
	);
	return common.filter(({ id }) => !older.has(id));
}

function ancestorsOf(commit: CommitCopy | undefined): Map<string, CommitCopy> {
	const found = new Map<string, CommitCopy>();
	const open = commit === undefined ? [] : [commit];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		if (found.has(next.id)) continue;
		found.set(next.id, next);
		open.push(...next.parents);
	}
	return found;
}

/** @returns undefined when the sides are in conflict and none of them wins */
export function merged(
	base: Content,
	ours: Content,
	theirs: Content,
	winner?: "ours" | "theirs",
): Content | undefined {
	const sides = {
		base: byIdentity(base),
		ours: byIdentity(ours),
		theirs: byIdentity(theirs),
	};
	const decided = new Set<string>();
	for (;;) {
		const before = decided.size;
		const { content, contested } = attempt(sides, decided, winner);
		for (const id of contested) decided.add(id);
		if (contested.size === 0) return content;
		if (winner === undefined) return undefined;
		if (decided.size === before)
			throw new Error("the winner contradicts itself");
	}
}

type Sides = Readonly<Record<"base" | "ours" | "theirs", Map<string, Placed>>>;

/** @returns what cannot be had together, too: a winner decides on all of it */
function attempt(
	{ base, ours, theirs }: Sides,
	decided: ReadonlySet<string>,
	winner: "ours" | "theirs" | undefined,
): { content: Content; contested: Set<string> } {
	const content = new Map<string, Thing>();
	const owners = new Map<string, string>();
	const contested = new Set<string>();
	for (const id of new Set([...base, ...ours, ...theirs].map(([id]) => id))) {
		const [mine, other] = [ours.get(id), theirs.get(id)];
		if (isTwin(base, ours, id, mine, other)) continue;
		const thing = decided.has(id)
			? winner === "ours"
				? mine
				: other
			: mergedThing(base.get(id), mine, other);
		if (thing === "conflict") contested.add(id);
		if (thing === "conflict" || thing === undefined) continue;
		const { place, ...rest } = thing;
		const owner = owners.get(place);
		if (owner !== undefined) contested.add(owner).add(id);
		owners.set(place, id);
		content.set(place, rest);
	}
	// What is in conflict may yet be either way.
	if (contested.size > 0) return { content, contested };
	for (const [place, id] of owners) {
		const parent = parentOf(pathOf(place));
		if (parent !== undefined && !content.has(namespacePlace(parent)))
			contested.add(namespacePlace(parent)).add(id);
	}
	return { content, contested };
}

/** Both sides made an asset alike: the target's stays. */
function isTwin(
	base: Sides["base"],
	ours: Sides["ours"],
	id: string,
	mine: Placed | undefined,
	other: Placed | undefined,
): boolean {
	if (other?.kind !== "asset" || mine !== undefined || base.has(id))
		return false;
	return [...ours].some(
		([there, thing]) =>
			thing.kind === "asset" && !base.has(there) && same(thing, other),
	);
}

/** A namespace is its path, everything else its id. */
function byIdentity(content: Content): Map<string, Placed> {
	return new Map(
		[...content].map(([place, thing]) => [
			thing.kind === "namespace" ? place : thing.id,
			{ ...thing, place },
		]),
	);
}

function mergedThing(
	base: Placed | undefined,
	ours: Placed | undefined,
	theirs: Placed | undefined,
): Placed | "conflict" | undefined {
	if (same(ours, theirs) || same(base, theirs)) return ours;
	if (same(base, ours)) return theirs;
	if (ours === undefined || theirs === undefined) return "conflict";
	const place = chosen(base?.place, ours.place, theirs.place);
	const valued = base ?? parted(ours, theirs);
	const value = valued && chosen(valued.value, ours.value, theirs.value);
	if (place === undefined || value === undefined) return "conflict";
	const { before } = value === ours.value ? ours : theirs;
	return { ...ours, place, value, before };
}

/**
 * The value at which two versions parted that came back after their common past
 * had neither. Of views nothing is remembered, namespaces and assets count as new.
 */
function parted(
	ours: Placed,
	theirs: Placed,
): Pick<Thing, "value"> | undefined {
	if (ours.kind === "namespace" || ours.kind === "asset")
		return { value: null };
	if (ours.value === theirs.value) return ours;
	if (ours.kind === "view") return undefined;
	if (theirs.before.includes(ours.value)) return ours;
	return ours.before.includes(theirs.value) ? theirs : undefined;
}

function same(a: Placed | undefined, b: Placed | undefined): boolean {
	return a?.place === b?.place && a?.value === b?.value;
}

function chosen<Value>(
	base: Value | undefined,
	ours: Value,
	theirs: Value,
): Value | undefined {
	if (ours === theirs || base === theirs) return ours;
	return base === ours ? theirs : undefined;
}
