import { levelsOf, pathKey } from "../model/names.ts";
import { type EntryKey, keyText } from "./entries.ts";
import type { ConflictDetail, MergeInput, Placed } from "./mergeTypes.ts";
import type { Subject } from "./subjects.ts";

/** Subjects that are decided together; those without a conflict are alone. */
export interface Group<Merged> {
	readonly subjects: readonly Subject[];
	readonly detail: ConflictDetail | undefined;
	/** Without a conflict: what becomes of the one subject. */
	readonly placed: Placed<Merged> | undefined;
}

/** What a group occupies and what it takes away, as it is decided now. */
export interface Settled<Merged> {
	readonly group: Group<Merged>;
	readonly isOpen: boolean;
	/** Of an open conflict: what either side has. */
	readonly placed: readonly Placed<Merged>[];
	/** Namespaces that the result has not or, of an open conflict, may not have. */
	readonly absent: readonly EntryKey[];
}

export function conflictId(subjects: readonly Subject[]): string {
	return JSON.stringify(subjects.map(({ id }) => id));
}

type Decisions<Merged> = Pick<MergeInput<Merged>, "strategy" | "resolutions">;

export function settle<Merged>(
	group: Group<Merged>,
	{ strategy, resolutions }: Decisions<Merged>,
): Settled<Merged> {
	if (group.detail === undefined)
		return settled(group, group.placed === undefined ? [] : [group.placed]);
	const decision = resolutions.get(conflictId(group.subjects)) ?? { strategy };
	switch (decision.strategy) {
		case "TakeSource":
			return settled(group, itemsOf(group.subjects, "theirs"));
		case "TakeTarget":
			return settled(group, itemsOf(group.subjects, "ours"));
		case "Manual": {
			if (!("items" in decision)) return open(group);
			const chosen = settled(group, decision.items);
			return holdsTogether(chosen) ? chosen : open(group);
		}
		default:
			return open(group);
	}
}

export function itemsOf(
	subjects: readonly Subject[],
	side: "ours" | "theirs",
): NonNullable<Subject["ours"]>[] {
	return subjects.flatMap((subject) => subject[side] ?? []);
}

function namespacesOf(subjects: readonly Subject[]): EntryKey[] {
	return subjects.flatMap(({ base, ours, theirs }) => {
		const key = (base ?? ours ?? theirs)?.key;
		return key?.space === "namespace" ? [key] : [];
	});
}

function settled<Merged>(
	group: Group<Merged>,
	placed: readonly Placed<Merged>[],
): Settled<Merged> {
	const present = new Set(placed.map(({ key }) => keyText(key)));
	const absent = namespacesOf(group.subjects).filter(
		(key) => !present.has(keyText(key)),
	);
	return { group, isOpen: false, placed, absent };
}

/** Both sides' items count, so that whoever wins later clashes with nothing else. */
function open<Merged>(group: Group<Merged>): Settled<Merged> {
	const { subjects } = group;
	return {
		group,
		isOpen: true,
		placed: [...itemsOf(subjects, "ours"), ...itemsOf(subjects, "theirs")],
		absent: namespacesOf(
			subjects.filter(
				({ ours, theirs }) => ours === undefined || theirs === undefined,
			),
		),
	};
}

/** A person may have placed two things under one name, or in a namespace that goes. */
function holdsTogether<Merged>({ placed, absent }: Settled<Merged>): boolean {
	const keys = new Set(placed.map(({ key }) => keyText(key)));
	const gone = new Set(absent.map(pathOf));
	return (
		keys.size === placed.length &&
		placed.every(({ key }) => !gone.has(key.parent))
	);
}

function pathOf({ parent, name }: EntryKey): string {
	return pathKey([...levelsOf(parent), name]);
}

interface Clash {
	readonly groups: readonly [number, number];
	readonly detail: ConflictDetail;
}

/** Pairs of groups whose results cannot be had together; first those that want one name. */
function clashesOf<Merged>(all: readonly Settled<Merged>[]): Clash[] {
	const owners = new Map<string, number>();
	const gone = new Map<string, number>();
	const clashes: Clash[] = [];
	const clash = (
		one: number | undefined,
		other: number,
		reason: "one-name-twice" | "namespace-dropped",
	): void => {
		if (one !== undefined && one !== other)
			clashes.push({
				groups: [one, other],
				detail: { type: "NamespaceConflict", reason },
			});
	};
	for (const [i, { absent }] of all.entries())
		for (const key of absent) gone.set(pathOf(key), i);
	for (const [i, { placed }] of all.entries())
		for (const { key } of placed) {
			const text = keyText(key);
			clash(owners.get(text), i, "one-name-twice");
			owners.set(text, owners.get(text) ?? i);
		}
	for (const [i, { placed }] of all.entries())
		for (const { key } of placed)
			clash(gone.get(key.parent), i, "namespace-dropped");
	return clashes;
}

/**
 * Puts groups that clash together into one conflict. What it says is what the
 * first of them said, or else how they clash: the same from both sides.
 * @returns undefined when none clash
 */
export function united<Merged>(
	all: readonly Settled<Merged>[],
): Group<Merged>[] | undefined {
	const clashes = clashesOf(all);
	if (clashes.length === 0) return undefined;
	const roots = all.map((_, i) => i);
	const rootOf = (i: number): number => {
		let root = i;
		while (roots[root] !== root) root = roots[root] ?? root;
		roots[i] = root;
		return root;
	};
	for (const { groups } of clashes) {
		const [a, b] = [rootOf(groups[0]), rootOf(groups[1])];
		roots[Math.max(a, b)] = Math.min(a, b);
	}
	const byRoot = Map.groupBy(all.keys(), rootOf);
	const clashesByRoot = Map.groupBy(clashes, ({ groups }) => rootOf(groups[0]));
	return [...byRoot].map(([root, members]) => {
		const groups = members.flatMap((i) => all[i]?.group ?? []);
		const own = groups.find(({ detail }) => detail !== undefined);
		return {
			subjects: groups
				.flatMap(({ subjects }) => subjects)
				.sort((a, b) => (a.id < b.id ? -1 : 1)),
			detail: own?.detail ?? clashesByRoot.get(root)?.[0]?.detail,
			placed: groups.length === 1 ? groups[0]?.placed : undefined,
		};
	});
}
