import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { MOVING } from "./moving.ts";
import { CASES } from "./suite.ts";

/** The numbers of the sentences in the comment of a contract. */
function sentencesOf(file: string): string[] {
	const text = readFileSync(new URL(file, import.meta.url)).toString();
	const numbered = text.matchAll(/^ \* {2}([A-Z]\d+) {1,2}\S/gm);
	return Array.from(numbered, ([, number = ""]) => number).toSorted();
}

it("every sentence of the contract has a case, and no case another sentence", () => {
	const sentences = sentencesOf("../contract.ts");
	assert.ok(sentences.length > 25);
	const covered = new Set(CASES.map((each) => each.sentence));
	assert.deepEqual([...covered].toSorted(), sentences);
});

it("and so has every sentence of moving", () => {
	const covered = new Set(MOVING.map((each) => each.sentence));
	assert.deepEqual([...covered].toSorted(), sentencesOf("../moving.ts"));
});
