import { keyText } from "../entryKeys.ts";
import type { Commit, EntryKey } from "../records.ts";
import { numberList } from "./numberList.ts";
import { textHash } from "./textHash.ts";

/** The commits of a line as numbers: when they were, which keys they name, and how many rows of theirs came by. */
export interface CommitLog {
	readonly length: number;
	/** The first number and the last; 0 without commits. */
	readonly first: number;
	readonly last: number;
	/** In the order of their numbers. */
	add(commit: Pick<Commit, "number" | "timeMicros" | "keys">): void;
	/** Undefined: there is no such commit. */
	timeOf(number: number): number | undefined;
	/** Whether a commit names a key; counts the row that it wrote there. */
	countRow(number: number, key: EntryKey): boolean;
	/** The commits that have fewer rows than keys. */
	short(): Generator<number>;
}

export function newCommitLog(): CommitLog {
	const numbers = numberList();
	const times = numberList();
	const rows = numberList();
	const keys = numberList();
	/** Where the keys of each commit end. */
	const ends = numberList();
	const startOf = (index: number) => (index === 0 ? 0 : ends.at(index - 1));
	const indexOf = (number: number) => numbers.find(number);
	return {
		get length() {
			return numbers.length;
		},
		get first() {
			return numbers.length === 0 ? 0 : numbers.at(0);
		},
		get last() {
			return numbers.length === 0 ? 0 : numbers.at(numbers.length - 1);
		},
		add(commit) {
			numbers.push(commit.number);
			times.push(commit.timeMicros);
			rows.push(0);
			const start = keys.length;
			for (const key of commit.keys) keys.push(hashOf(key));
			keys.sortFrom(start);
			ends.push(keys.length);
		},
		timeOf(number) {
			const index = indexOf(number);
			return index < 0 ? undefined : times.at(index);
		},
		countRow(number, key) {
			const index = indexOf(number);
			if (index < 0) return false;
			rows.set(index, rows.at(index) + 1);
			return keys.find(hashOf(key), startOf(index), ends.at(index)) >= 0;
		},
		*short() {
			for (let i = 0; i < numbers.length; i++)
				if (rows.at(i) < ends.at(i) - startOf(i)) yield numbers.at(i);
		},
	};
}

function hashOf(key: EntryKey): number {
	return textHash(keyText(key));
}
