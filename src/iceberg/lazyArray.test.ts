import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lazyArray } from "./lazyArray.ts";

const ELEMENTS = [{ n: 1 }, { n: 2 }, { n: 3 }];

/** What is done to an array, each time to one that nobody has looked at. */
const LOOKS: Readonly<
	Record<string, (array: readonly { readonly n: number }[]) => unknown>
> = {
	"its length": (array) => array.length,
	"an index": (array) => [array[1], array.at(-1), array[3]],
	"a loop": (array) => {
		const seen: unknown[] = [];
		for (const each of array) seen.push(each);
		return seen;
	},
	"a copy": (array) => [...array],
	"the rest": ([, ...rest]) => rest,
	"its methods": (array) => [
		array.map(({ n }) => n),
		array.filter(({ n }) => n > 1),
		array.find(({ n }) => n === 2),
		array.slice(1),
		array.some(({ n }) => n > 3),
	],
	concatenation: (array) => [...array.concat(array), ...[array].flat()],
	"its keys": (array) => [Object.keys(array), 2 in array, 3 in array],
	"its text": (array) => JSON.stringify(array),
	"what it is": (array) => [Array.isArray(array), array.constructor === Array],
	itself: (array) => array,
};

describe("an array whose elements are made at the first look", () => {
	for (const [what, look] of Object.entries(LOOKS))
		test(`is as if they had been there: ${what}`, () => {
			let made = 0;
			const array = lazyArray(() => {
				made++;
				return ELEMENTS;
			});
			assert.equal(made, 0);
			assert.deepEqual(look(array), look(ELEMENTS));
			assert.deepEqual(look(array), look(ELEMENTS));
			assert.equal(made, 1);
		});

	test("fails at each look while they cannot be made", () => {
		let isBroken = true;
		const array = lazyArray(() => {
			if (isBroken) throw new Error("broken");
			return ELEMENTS;
		});
		for (let i = 0; i < 2; i++) assert.throws(() => array.length, /broken/);
		isBroken = false;
		assert.deepEqual(array, ELEMENTS);
	});
});
