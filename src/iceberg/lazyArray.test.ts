import assert from "node:assert/strict";
import { test } from "node:test";
import { lazyArray } from "./lazyArray.ts";

test("a lazy array is the array, from the first look at it on", () => {
	const looks: ((array: readonly string[]) => unknown)[] = [
		(array) => array.length,
		(array) => array[1],
		(array) => [...array],
		(array) => array.map((text) => `${text}!`),
		(array) => array.find((text) => text === "b"),
		(array) => array.at(-1),
		(array) => 1 in array,
		(array) => Object.keys(array),
		(array) => Object.entries(array),
		(array) => Object.hasOwn(array, "2"),
		(array) => array.concat(array),
		(array) => JSON.stringify(array),
		(array) => array.constructor === Array,
		(array) => array,
	];
	for (const look of looks) {
		const plain = ["a", "b", "c"];
		let made = 0;
		const lazy = lazyArray(() => {
			made++;
			return plain;
		});
		assert.ok(Array.isArray(lazy));
		assert.equal(made, 0);
		assert.deepEqual(look(lazy), look(plain));
		assert.deepEqual(look(lazy), look(plain));
		assert.equal(made, 1);
		assert.deepEqual([...lazy], plain);
	}
});

test("a lazy array that could not be made says so at every look", () => {
	const lazy = lazyArray((): readonly string[] => {
		throw new RangeError("broken");
	});
	for (let i = 0; i < 2; i++) assert.throws(() => lazy.length, RangeError);
});
