import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Explored } from "./testModel.ts";
import { explore } from "./testModel.ts";
import type { Faults, Planted } from "./testWorld.ts";

/** Two writers and a reader, with what may go wrong, and how many states that has at least. */
const RUNS: readonly (readonly [string, Faults, number])[] = [
	["one writer may stop for ever at any point", { crash: true }, 50_000],
	[
		"an insert whose answer is lost comes again, and the first one at any time",
		{ lostAnswer: true },
		50_000,
	],
	[
		"an entry is in pieces, and a writer may stop for ever at any point",
		{ crash: true, inPieces: true, noReader: true },
		2_500,
	],
	[
		"parts are removed whose writer may be asleep, and its insert late",
		{ sweep: true, crash: true, lostAnswer: true, noReader: true },
		3_000,
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
	["mark-before-writes", "a piece is marked before its writes are made"],
	["sweep-without-fence", "parts are removed while their number is free"],
	[
		"sweep-without-spoiling",
		"parts are removed that a writer may still look at",
	],
	["sweep-of-the-logged", "parts are removed without a look at the log"],
	["looks-once", "who lost a number does not look at its parts again"],
];

describe("the model catches a protocol where", () => {
	for (const [planted, how] of PLANTED) {
		it(how, () => {
			const afterFirst = planted === "refusal-of-the-past";
			const inPieces = planted === "mark-before-writes";
			const sweep = /^(sweep|looks)/.test(planted);
			const faults = {
				...{ crash: true, lostAnswer: true },
				...{ afterFirst, inPieces, sweep },
			};
			assert.notEqual(messageOf(explore(faults, planted)), "");
		});
	}
});

function messageOf({ violation }: Explored): string {
	return violation ?? "";
}
