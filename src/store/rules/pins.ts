import type { Line } from "../records.ts";
import type { State } from "./state.ts";
import { commitAt, idOf } from "./state.ts";

/**
 * The pinned numbers of a line (sentence H1).
 * @param sinceMicros the given time
 */
export function pinnedNumbers(
	state: State,
	line: Line,
	sinceMicros: number,
): number[] {
	return [...tagsAndForks(state, line), ...takenIn(state, line, sinceMicros)];
}

/** The numbers of a line that tags name and other lines forked at. */
export function tagsAndForks(state: State, { tenant, id }: Line): number[] {
	const tags = [...state.refs.values()]
		.filter(({ value }) => value.tenant === tenant && value.line === id)
		.map(({ value }) => value.number);
	const forks = [...state.lines.values()]
		.filter(({ value }) => value.tenant === tenant && value.parent?.line === id)
		.map(({ value }) => value.parent?.number ?? null);
	return [...tags, ...forks].filter((number) => number !== null);
}

/** The numbers at which the merges that count took the line in. */
function takenIn(state: State, line: Line, sinceMicros: number): number[] {
	const numbers: number[] = [];
	for (const { value: other } of state.lines.values()) {
		if (other.tenant !== line.tenant) continue;
		const roots = tagsAndForks(state, other);
		const merges = mergesOf(state, other, line);
		for (const [i, { number, taken }] of merges.entries()) {
			const isReplaced = merges
				.slice(i + 1)
				.some(
					(later) =>
						later.timeMicros <= sinceMicros &&
						!roots.some((root) => number <= root && root < later.number),
				);
			if (!isReplaced) numbers.push(...taken);
		}
	}
	return numbers;
}

/** The merges of one line that took in another, the first one first. */
function mergesOf(state: State, { tenant, id }: Line, { id: source }: Line) {
	const content = state.contents.get(idOf(tenant, id));
	return (content?.merges ?? [])
		.map(({ number, mergedParents }) => ({
			number,
			timeMicros: (content && commitAt(content, number))?.timeMicros ?? 0,
			taken: mergedParents
				.filter((parent) => parent.line === source)
				.map((parent) => parent.number),
		}))
		.filter(({ taken }) => taken.length > 0);
}
