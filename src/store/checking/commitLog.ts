import { keyText } from "../entryKeys.ts";
import type { Commit, EntryKey } from "../records.ts";
import { numberList } from "./numberList.ts";
import { textHash } from "./textHash.ts";

/** Any number but 0. */
const SECOND = 0x9e3779b9;

/** The commits of a line as numbers: when they were, hashes of their ids and keys, and how many rows of theirs came by. */
export interface CommitLog {
	readonly length: number;
	/** The first number and the last; 0 without commits. */
	readonly first: number;
	readonly last: number;
	/** In the order of their numbers. */
	add(commit: Pick<Commit, "number" | "id" | "timeMicros" | "keys">): void;
	/** Undefined: there is no such commit. */
	timeOf(number: number): number | undefined;
	/** Whether a commit names a key; counts the row that it wrote there. */
	countRow(number: number, key: EntryKey): boolean;
	/** The commits that have fewer rows than keys. */
	short(): Generator<number>;
	ids(): Generator<HashedId>;
}

/** Two hashes of a commit's id: that two ids have both in common does not happen. */
export interface HashedId {
	readonly number: number;
	readonly first: number;
	readonly second: number;
}

export function newCommitLog(): CommitLog {
	const numbers = numberList();
	const times = numberList();
	const rows = numberList();
	/** The first hash and the second one, in turns. */
	const ids = numberList();
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
			ids.push(textHash(commit.id));
			ids.push(textHash(commit.id, SECOND));
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
		*ids() {
			for (let i = 0; i < numbers.length; i++)
				yield {
					number: numbers.at(i),
					first: ids.at(2 * i),
					second: ids.at(2 * i + 1),
				};
		},
	};
}

function hashOf(key: EntryKey): number {
	return textHash(keyText(key));
}
