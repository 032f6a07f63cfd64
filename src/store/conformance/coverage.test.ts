import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { CASES } from "./suite.ts";

it("every sentence of the contract has a case, and no case another sentence", () => {
	const contract = readFileSync(new URL("../contract.ts", import.meta.url));
	const sentences = [
		...contract.toString().matchAll(/^ \* {2}([WLCRH]\d+) {1,2}\S/gm),
	].map((match) => match[1]);
	assert.ok(sentences.length > 25);
	const covered = new Set(CASES.map((each) => each.sentence));
	assert.deepEqual([...covered].toSorted(), sentences.toSorted());
});
