import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Attempt, ChainLink, TableHistory } from "./history.ts";
import { violationsOf } from "./oracle.ts";

const LOCATIONS = ["f0", "f1", "f2", "f3"];

function chainOf(...tokens: (string | undefined)[]): ChainLink[] {
	return tokens.map((token, index) => ({
		location: `f${index}`,
		token,
		log: LOCATIONS.slice(0, index),
	}));
}

function ack(
	token: string,
	index: number,
	startedAt: number,
	returnedAt: number,
): Attempt {
	return {
		token,
		startedAt,
		breaks: 0,
		outcome: {
			location: `f${index}`,
			predecessor: `f${index - 1}`,
			returnedAt,
			repeated: false,
		},
	};
}

const HEALTHY: TableHistory = {
	table: "t",
	chain: chainOf(undefined, "a", "b", "c"),
	attempts: [
		ack("a", 1, 0, 10),
		{ token: "b", startedAt: 5, outcome: "unknown", breaks: 1 },
		ack("c", 3, 20, 30),
		{ token: "d", startedAt: 20, outcome: "refused", breaks: 0 },
		{ token: "e", startedAt: 20, outcome: "unknown", breaks: 1 },
	],
	reads: [
		{ location: "f0", startedAt: 9 },
		{ location: "f1", startedAt: 11 },
		{ location: "f3", startedAt: 31 },
	],
};

function kindsOf(changes: Partial<TableHistory>): string[] {
	return [
		...new Set(
			violationsOf({ ...HEALTHY, ...changes }).map(({ kind }) => kind),
		),
	].sort();
}

describe("the oracle of commits", () => {
	it("accepts a healthy history, whatever became of unknown commits", () => {
		assert.deepEqual(violationsOf(HEALTHY), []);
	});

	it("sees a lost acknowledgement", () => {
		assert.deepEqual(
			kindsOf({
				chain: chainOf(undefined, "a", "b"),
				reads: [],
			}),
			["lost"],
		);
	});

	it("sees an acknowledgement whose place another commit has", () => {
		assert.deepEqual(kindsOf({ chain: chainOf(undefined, "a", "b", "e") }), [
			"lost",
		]);
	});

	it("sees what was refused or never sent", () => {
		for (const token of ["d", "never sent", undefined]) {
			assert.deepEqual(
				kindsOf({ chain: chainOf(undefined, "a", token, "c") }),
				["phantom"],
			);
		}
	});

	it("sees a commit that was applied twice", () => {
		assert.deepEqual(kindsOf({ chain: chainOf(undefined, "a", "a", "c") }), [
			"double",
		]);
	});

	it("sees two acknowledgements with one predecessor", () => {
		const twin = ack("b", 2, 5, 12);
		const attempts = [
			...HEALTHY.attempts.filter(({ token }) => token !== "b"),
			{
				...twin,
				outcome: {
					location: "f2",
					predecessor: "f0",
					returnedAt: 12,
					repeated: false,
				},
			},
		];
		assert.deepEqual(kindsOf({ attempts }), ["double"]);
	});

	it("sees a read behind an acknowledgement", () => {
		assert.deepEqual(kindsOf({ reads: [{ location: "f0", startedAt: 11 }] }), [
			"stale",
		]);
	});

	it("sees a commit that went behind one acknowledged before it began", () => {
		const attempts = [
			ack("c", 3, 0, 5),
			ack("a", 1, 6, 10),
			{ token: "b", startedAt: 5, outcome: "unknown" as const, breaks: 1 },
		];
		assert.deepEqual(kindsOf({ attempts, reads: [] }), ["stale"]);
	});

	it("sees a read of what was never decided", () => {
		assert.deepEqual(kindsOf({ reads: [{ location: "f9", startedAt: 1 }] }), [
			"dirty",
		]);
	});

	it("sees a metadata log that is not the chain", () => {
		const chain = chainOf(undefined, "a", "b", "c").map((link, index) =>
			index === 3 ? { ...link, log: ["f0", "f2"] } : link,
		);
		assert.deepEqual(kindsOf({ chain }), ["broken-log"]);
	});
});
