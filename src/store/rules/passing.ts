import { compareUtf8 } from "../../model/names.ts";
import type { Line, Merge, MergedParent } from "../records.ts";
import type { LineContent, State } from "./state.ts";
import { idOf } from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** How many other lines merged a line. */
export function mergingLines(state: State, line: Line): number {
	return contentsOfOthers(state, line).filter(({ content }) =>
		content.merges.some((merge) => takenOf(merge, line).length > 0),
	).length;
}

/** Takes its merges from a line that goes (sentence H6). */
export function passOn(state: State, tx: Transaction, line: Line): void {
	for (const { other, content } of contentsOfOthers(state, line))
		for (const [i, merge] of content.merges.entries()) {
			const passed = passedTo(state, merge, other, line);
			if (passed.length === 0) continue;
			const mergedParents = [...merge.mergedParents, ...passed];
			tx.remove(content.merges, i);
			tx.insert(content.merges, i, { ...merge, mergedParents });
		}
	const own = state.contents.get(idOf(line.tenant, line.id))?.merges ?? [];
	while (own.length > 0) tx.remove(own, own.length - 1);
}

function contentsOfOthers(
	state: State,
	{ tenant, id }: Line,
): { other: Line; content: LineContent }[] {
	return [...state.lines].flatMap(([key, { value: other }]) => {
		const content = state.contents.get(key);
		return content === undefined || other.tenant !== tenant || other.id === id
			? []
			: [{ other, content }];
	});
}

function takenOf({ mergedParents }: Merge, { id }: Line): number[] {
	return mergedParents
		.filter(({ line }) => line === id)
		.map(({ number }) => number);
}

function passedTo(
	state: State,
	merge: Merge,
	other: Line,
	line: Line,
): MergedParent[] {
	const { tenant, id, parent } = line;
	const taken = takenOf(merge, line);
	if (taken.length === 0) return [];
	const upTo = Math.max(...taken);
	const behind = (state.contents.get(idOf(tenant, id))?.merges ?? [])
		.filter(({ number }) => number <= upTo)
		.flatMap(({ mergedParents }) => [...mergedParents]);
	if (parent !== null) behind.push(parent);
	const greatest = new Map<MergedParent["line"], number>();
	for (const { line: from, number } of behind)
		if (from !== id && from !== other.id)
			greatest.set(from, Math.max(number, greatest.get(from) ?? 0));
	return [...greatest]
		.filter(
			([from, number]) =>
				!merge.mergedParents.some(
					(there) => there.line === from && there.number >= number,
				),
		)
		.map(([from, number]) => ({ line: from, number }))
		.sort((a, b) => compareUtf8(a.line, b.line));
}
