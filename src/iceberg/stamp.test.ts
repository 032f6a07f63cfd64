import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { formatTwoText } from "../../test/support/iceberg.ts";
import { lazyArray } from "./lazyArray.ts";
import { stamp } from "./stamp.ts";
import {
	keptMetadata,
	readTableMetadata,
	tableMetadataPieces,
} from "./tableMetadata.ts";

test("a stamp belongs to one object and is seen by nobody else", () => {
	const [names, sizes] = [stamp<string>(), stamp<number>()];
	const lazy = lazyArray((): readonly string[] => assert.fail("looked at"));
	for (const object of [{}, [1], Object.freeze([]), lazy]) {
		assert.equal(names.get(object), undefined);
		names.set(object, "a");
		names.set(object, "b");
		sizes.set(object, 1);
		assert.equal(names.get(object), "b");
		assert.equal(sizes.get(object), 1);
	}
	const one = [1];
	names.set(one, "a");
	assert.deepEqual(one, [1]);
	assert.equal(names.get([...one]), undefined);
});

test("what was read of a file goes with the young objects", (test) => {
	setFlagsFromString("--expose-gc");
	// Threads that free memory do so when they come to it: what is freed would be seen late.
	setFlagsFromString("--no-concurrent-array-buffer-sweeping");
	test.after(() => setFlagsFromString("--concurrent-array-buffer-sweeping"));
	const collect: (options: { type: "minor" | "major" }) => void =
		runInNewContext("gc");
	const text = formatTwoText();
	// So small that hardly any collection comes while one of them is read, which would make it old.
	const fileBytes = 64 * 1024;
	const read = () => {
		const file = Buffer.alloc(fileBytes, " ");
		file.write(text);
		tableMetadataPieces(keptMetadata(readTableMetadata(file)));
	};
	const collected = () => {
		for (let i = 0; i < 3; i++) collect({ type: "minor" });
		return process.memoryUsage().arrayBuffers;
	};
	// So that the collection of old objects is not under way meanwhile.
	collect({ type: "major" });
	read();
	const before = collected();
	for (let i = 0; i < 16; i++) read();
	assert.ok(collected() - before < 4 * fileBytes);
});
