import assert from "node:assert/strict";
import { test } from "node:test";
import { blockToKeep, openStaging } from "./staging.ts";

const KIBIBYTE = 1024;

test("a copy is of what was given, whatever was in the block before", () => {
	const staging = openStaging();
	const large = Buffer.alloc(200 * KIBIBYTE, "a");
	const first = staging.copyOf(large);
	assert.ok(large.equals(first));
	const { buffer } = first;
	staging.giveBack(buffer);
	const pieces = [Buffer.alloc(70 * KIBIBYTE, "b"), Buffer.from("c")];
	const second = staging.copyOf(pieces);
	assert.equal(second.buffer, buffer);
	assert.ok(Buffer.concat(pieces).equals(second));
	const third = staging.copyOf(large);
	assert.notEqual(third.buffer, buffer);
	assert.ok(large.equals(third));
});

test("a block serves only what fits, and small files not at all", () => {
	const staging = openStaging();
	const block = new ArrayBuffer(100 * KIBIBYTE);
	staging.giveBack(block);
	assert.notEqual(staging.copyOf(Buffer.alloc(10)).buffer, block);
	assert.notEqual(staging.copyOf(Buffer.alloc(101 * KIBIBYTE)).buffer, block);
	assert.equal(staging.copyOf(Buffer.alloc(99 * KIBIBYTE)).buffer, block);
});

test("of a batch the largest block goes back, but none that is small or huge", () => {
	const [small, middle, large, huge] = [1, 80, 90, 5000].map(
		(size) => new ArrayBuffer(size * KIBIBYTE),
	);
	assert.ok(small && middle && large && huge);
	assert.equal(blockToKeep([small, middle, large, huge, middle]), large);
	assert.equal(blockToKeep([small, huge]), undefined);
	assert.equal(blockToKeep([]), undefined);
});
