import { levelsOf } from "../../model/names.ts";
import type { EntryKey } from "../records.ts";

/** The rule that rows of several parts break. */
export const MISSING = "a row names one that is missing";

/** More breaches of one rule say nothing new. */
export const MOST = 100;

/** What a check found, one line each, under the rule that it breaks. */
export interface Report {
	add(rule: string, about: string): void;
	/** In the order in which they were found, at most 100 of one rule. */
	readonly problems: readonly string[];
}

export function newReport(): Report {
	const problems: string[] = [];
	const counts = new Map<string, number>();
	return {
		add(rule, about) {
			const count = (counts.get(rule) ?? 0) + 1;
			counts.set(rule, count);
			if (count <= MOST) problems.push(`${rule}: ${about}`);
		},
		problems,
	};
}

/** For messages: `line l, a.b.t`. */
export function placeOf(where: string, { parent, name }: EntryKey): string {
	return `${where}, ${[...levelsOf(parent), name].join(".")}`;
}
