import { compareKeys } from "./entries.ts";
import { changesBetween, reliedUpon } from "./mergeChanges.ts";
import {
	conflictId,
	type Group,
	itemsOf,
	type Settled,
	settle,
	united,
} from "./mergeGroups.ts";
import { mergeSubject } from "./mergeSubject.ts";
import type {
	MergeConflict,
	MergeInput,
	MergePlan,
	Placed,
	ResolutionStrategy,
} from "./mergeTypes.ts";
import { type Subject, subjectsOf } from "./subjects.ts";

/**
 * The three-way merge of a source into a target. Each thing is merged on its
 * own; things that then are in each other's way (two under one name, one in a
 * namespace that goes) become one conflict, which is decided as a whole, so
 * that a side's answer always holds together.
 */
export function planMerge<Merged>(
	input: MergeInput<Merged>,
): MergePlan<Merged> {
	const subjects = subjectsOf(input.base, input.ours, input.theirs);
	const settled = settledGroups(subjects, input);
	const open = settled.filter(({ isOpen }) => isOpen);
	if (open.length > 0)
		return {
			outcome: "conflicted",
			conflicts: open.flatMap(({ group }) => conflictOf(group)),
		};
	const result: Placed<Merged>[] = settled.flatMap(({ placed }) => [...placed]);
	const changes = changesBetween(input.ours, result);
	return {
		outcome: "merged",
		changes,
		requires: reliedUpon(subjects, changes),
	};
}

function settledGroups<Merged>(
	subjects: readonly Subject[],
	input: MergeInput<Merged>,
): Settled<Merged>[] {
	let groups = subjects.map((subject) => groupOf(subject, input));
	for (;;) {
		const settled = groups.map((group) => settle(group, input));
		const next = united(settled);
		if (next === undefined) return settled;
		groups = next;
	}
}

const COMBINING: ReadonlySet<ResolutionStrategy> = new Set([
	"AutoMerge",
	"ThreeWayMerge",
]);

function groupOf<Merged>(
	subject: Subject,
	{ mergeContent, strategy, resolutions }: MergeInput<Merged>,
): Group<Merged> {
	const decision = resolutions.get(conflictId([subject]))?.strategy ?? strategy;
	const combine = strategy !== "Manual" || COMBINING.has(decision);
	const merge = mergeSubject(subject, mergeContent, combine);
	const settled = merge.outcome === "settled";
	return {
		subjects: [subject],
		detail: settled ? undefined : merge.detail,
		placed: settled ? merge.placed : undefined,
	};
}

function conflictOf<Merged>({
	subjects,
	detail,
}: Group<Merged>): MergeConflict[] {
	if (detail === undefined) return [];
	return [
		{
			id: conflictId(subjects),
			detail,
			source: itemsOf(subjects, "theirs").sort(byKey),
			target: itemsOf(subjects, "ours").sort(byKey),
		},
	];
}

function byKey(a: Placed<unknown>, b: Placed<unknown>): number {
	return compareKeys(a.key, b.key);
}
