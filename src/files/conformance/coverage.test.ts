import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { STORAGE_CASES } from "./cases.ts";

test("every sentence of the file contract has a case, and every case names one", () => {
	const text = readFileSync(new URL("../contract.ts", import.meta.url), "utf8");
	const sentences = [...text.matchAll(/^ \* {2}(F\d+) /gm)].map((m) => m[1]);
	const covered = new Set(STORAGE_CASES.flatMap(({ covers }) => covers));
	assert.ok(sentences.length >= 9);
	assert.deepEqual([...covered].sort(), [...sentences].sort());
});
