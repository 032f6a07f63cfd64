import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepAnswers } from "./kept.ts";

interface Answer {
	readonly asked: number;
	readonly text: string;
}

/** Answers that say how often was asked, with so many characters. */
function counting(maxBytes?: number) {
	const keep = keepAnswers<Answer>(maxBytes);
	let asked = 0;
	return (at: number, question: string, size = 1) =>
		keep(at, question, async () => ({
			asked: ++asked,
			text: "x".repeat(size),
		}));
}

async function asked(answer: Promise<{ readonly asked: number }>) {
	return (await answer).asked;
}

describe("answers at a number of the log", () => {
	it("are kept until a newer number is asked about", async () => {
		const ask = counting();
		assert.equal(await asked(ask(1, "a")), 1);
		assert.equal(await asked(ask(1, "a")), 1);
		assert.equal(await asked(ask(1, "b")), 2);
		assert.equal(await asked(ask(2, "a")), 3);
		assert.equal(await asked(ask(2, "a")), 3);
		assert.equal(await asked(ask(1, "a")), 4);
		assert.equal(await asked(ask(2, "a")), 3);
	});

	it("are asked for once by all who wait", async () => {
		const ask = counting();
		const both = [ask(1, "a"), ask(1, "a")].map(asked);
		assert.deepEqual(await Promise.all(both), [1, 1]);
	});

	it("are forgotten when they are too large together", async () => {
		const ask = counting(100_000);
		await ask(1, "a", 40_000);
		assert.equal(await asked(ask(1, "a")), 1);
		await ask(1, "b", 10_000);
		assert.equal(await asked(ask(1, "a", 40_000)), 3);
		await ask(1, "c", 60_000);
		assert.equal(await asked(ask(1, "c")), 5);
	});

	it("are forgotten when they are too many, however small, or asked for by long questions", async () => {
		const ask = counting(100_000);
		for (let i = 0; i < 100; i++) await ask(1, `of ${i}`);
		assert.equal(await asked(ask(1, "of 0")), 101);
		await ask(1, "q".repeat(60_000));
		assert.equal(await asked(ask(1, "of 0")), 103);
	});

	it("take less than 40 MB by themselves", async () => {
		const ask = counting();
		await ask(1, "a", 20_000_000);
		assert.equal(await asked(ask(1, "a", 10)), 2);
		await ask(1, "b", 10_000_000);
		assert.equal(await asked(ask(1, "b")), 3);
	});

	it("that fail are not kept", async () => {
		const keep = keepAnswers<string>();
		const failing = () => Promise.reject(new Error("gone"));
		await assert.rejects(keep(1, "a", failing), /gone/);
		assert.equal(await keep(1, "a", async () => "there"), "there");
	});
});
