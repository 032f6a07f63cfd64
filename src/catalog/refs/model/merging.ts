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

/** All commits that led to what a ref shows, also by merges. */
export function ancestors({ log }: RefCopy): CommitCopy[] {
	return [...ancestorsOf(log.at(-1)).values()];
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

/** Undefined: the sides are in conflict. */
export function merged(
	base: Content,
	ours: Content,
	theirs: Content,
): Content | undefined {
	const sides = [byIdentity(base), byIdentity(ours), byIdentity(theirs)];
	const [before, mine, other] = sides;
	const result = new Map<string, Thing>();
	for (const id of new Set(sides.flatMap((side) => [...side.keys()]))) {
		const thing = mergedThing(before?.get(id), mine?.get(id), other?.get(id));
		if (thing === "conflict") return undefined;
		if (thing === undefined) continue;
		const { place, ...rest } = thing;
		if (result.has(place)) return undefined;
		result.set(place, rest);
	}
	for (const place of result.keys()) {
		const parent = parentOf(pathOf(place));
		if (parent !== undefined && !result.has(namespacePlace(parent)))
			return undefined;
	}
	return result;
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
 * had neither. Of views nothing is remembered, of a namespace only its name.
 */
function parted(
	ours: Placed,
	theirs: Placed,
): Pick<Thing, "value"> | undefined {
	if (ours.kind === "namespace") return { value: null };
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
