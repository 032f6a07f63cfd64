import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Explored, Faults, Planted } from "./testModel.ts";
import { explore } from "./testModel.ts";

/** What is run beside one another, and how large the space of its orders must be at least. */
const RUNS: readonly (readonly [string, Faults, number])[] = [
	["two writers and a reader", {}, 1000],
	[
		"one of the writers may stop for ever after any step",
		{ crash: true },
		2000,
	],
	[
		"the answer to an insert may be lost, and the insert come again",
		{ lostAnswer: true },
		1000,
	],
];

describe("the protocol, in every order of its steps", () => {
	for (const [name, faults, states] of RUNS) {
		it(`keeps its invariants: ${name}`, () => {
			const found = explore(faults);
			assert.equal(messageOf(found), "");
			assert.ok(found.states >= states, `${found.states} states`);
			assert.ok(found.ends > 1, `${found.ends} ends`);
		});
	}
});

const PLANTED: readonly (readonly [Planted, string])[] = [
	["reader-skips-tail", "a reader does not look at the tail"],
	["raise-before-rows", "the watermark is raised before the rows are there"],
	["rows-before-ends", "rows come before the ends of those they replace"],
	["loser-keeps-decision", "who lost a number writes what it decided before"],
	["refusal-of-the-past", "a refusal is told without a look at the tail"],
	["insert-overwrites", "an insert takes the place of another entry"],
	["late-insert-again", "who lost an answer takes the next number"],
	["no-writer-check", "who finds the number taken believes it is its own"],
];

describe("the model catches a protocol where", () => {
	for (const [planted, how] of PLANTED) {
		it(how, () => {
			const faults = { crash: true, lostAnswer: true };
			assert.notEqual(messageOf(explore(faults, planted)), "");
		});
	}
});

function messageOf({ violation }: Explored): string {
	return violation ?? "";
}
