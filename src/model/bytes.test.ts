import assert from "node:assert/strict";
import { test } from "node:test";
import { Bytes, bytesOf } from "./bytes.ts";

const LARGE = Buffer.alloc(40_000, "l");

test("texts and bytes follow one another, large bytes without a copy", () => {
	const bytes = bytesOf(["ä", Buffer.from("b"), LARGE, "c", LARGE, ""]);
	assert.equal(bytes.toString(), `äb${LARGE}c${LARGE}`);
	assert.equal(bytes.length, Buffer.byteLength(bytes.toString()));
	assert.deepEqual(
		bytes.pieces.map((piece) => piece === LARGE),
		[false, true, false, true, false],
	);
});

test("small ones make one piece, and none make none", () => {
	const small = bytesOf(["a", Buffer.from("b"), "c"]);
	assert.equal(small.pieces.length, 1);
	assert.equal(small.toBuffer(), small.pieces[0]);
	const none = bytesOf([]);
	assert.equal(none.length, 0);
	assert.equal(none.toString(), "");
});

test("a part is the same memory, wherever it begins and ends", () => {
	const bytes = new Bytes(["abc", "", "de", "f"].map((t) => Buffer.from(t)));
	for (let start = 0; start <= 6; start++)
		for (let end = start; end <= 6; end++)
			assert.equal(
				bytes.between(start, end).toString(),
				"abcdef".slice(start, end),
			);
	const [piece] = bytes.between(1, 5).pieces;
	assert.equal(piece?.buffer, bytes.pieces[0]?.buffer);
	assert.ok(bytes.between(0, 6).pieces.every(({ length }) => length > 0));
});
