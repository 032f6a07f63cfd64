const FIRST_CAPACITY = 16;

/** Numbers in eight bytes each, however many they become. */
export interface NumberList {
	readonly length: number;
	/** NaN behind the end. */
	at(index: number): number;
	push(value: number): void;
	set(index: number, value: number): void;
	/** Sorts what begins at an index. */
	sortFrom(start: number): void;
	/** The index of the first value that is not below this one, from `start` to before `end`, which are sorted. */
	lowerBound(value: number, start?: number, end?: number): number;
	/** The index of a value among those; -1 without it. */
	find(value: number, start?: number, end?: number): number;
}

export function numberList(): NumberList {
	let values = new Float64Array(FIRST_CAPACITY);
	let length = 0;
	const lowerBound = (value: number, start = 0, end = length): number => {
		let [low, high] = [start, end];
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((values[middle] ?? NaN) < value) low = middle + 1;
			else high = middle;
		}
		return low;
	};
	return {
		get length() {
			return length;
		},
		at: (index) => (index < length ? (values[index] ?? NaN) : NaN),
		push(value) {
			if (length === values.length) {
				const larger = new Float64Array(2 * length);
				larger.set(values);
				values = larger;
			}
			values[length++] = value;
		},
		set(index, value) {
			values[index] = value;
		},
		sortFrom(start) {
			values.subarray(start, length).sort();
		},
		lowerBound,
		find(value, start, end = length) {
			const index = lowerBound(value, start, end);
			return index < end && values[index] === value ? index : -1;
		},
	};
}
