import { levelsOf } from "../model/names.ts";
import {
	type Content,
	compareKeys,
	type EntryKey,
	type Item,
	keyText,
	sameEntry,
} from "./entries.ts";
import type { MergeChange, Placed } from "./mergeTypes.ts";
import { type Subject, sameItem } from "./subjects.ts";

/**
 * What turns the target into the result, in an order in which each step is
 * possible: a namespace is made before what is in it, and dropped after that.
 */
export function changesBetween<Merged>(
	ours: Content,
	result: readonly Placed<Merged>[],
): MergeChange<Merged>[] {
	const wanted = new Map(
		result.map((placed) => [keyText(placed.key), placed] as const),
	);
	const drops = [...ours.values()]
		.filter(({ key }) => !wanted.has(keyText(key)))
		.map((item): MergeChange<Merged> => ({ op: "drop", ...item }));
	const writes = [...wanted].flatMap(([text, placed]) =>
		writeOf(ours.get(text), placed),
	);
	return [...writes, ...drops].sort(
		(a, b) =>
			stage(a) - stage(b) || depthFirst(a, b) || compareKeys(a.key, b.key),
	);
}

function writeOf<Merged>(
	there: Item | undefined,
	placed: Placed<Merged>,
): MergeChange<Merged>[] {
	if (there === undefined) return [{ op: "create", ...placed }];
	return placed.content === undefined && sameEntry(there.entry, placed.entry)
		? []
		: [{ op: "replace", ...placed }];
}

function stage({ op, key }: MergeChange<unknown>): number {
	const isDrop = op === "drop";
	if (key.space === "namespace") return isDrop ? 3 : 0;
	return isDrop ? 1 : 2;
}

function depthFirst(a: MergeChange<unknown>, b: MergeChange<unknown>): number {
	const deeper = levelsOf(a.key.parent).length - levelsOf(b.key.parent).length;
	return a.op === "drop" ? -deeper : deeper;
}

/**
 * Keys that the source changed and the plan leaves as the target has them: the
 * plan is only right while the target has that.
 */
export function reliedUpon(
	subjects: readonly Subject[],
	changes: readonly MergeChange<unknown>[],
): EntryKey[] {
	const written = new Set(changes.map(({ key }) => keyText(key)));
	return subjects
		.flatMap(({ base, ours, theirs }) =>
			ours === undefined || sameItem(base, theirs) ? [] : [ours.key],
		)
		.filter((key) => !written.has(keyText(key)))
		.sort(compareKeys);
}
