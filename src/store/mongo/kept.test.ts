import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepAnswers } from "./kept.ts";

/** Answers that say how often was asked; each is as large as it is told. */
function counting() {
	const keep = keepAnswers<{ readonly asked: number; readonly size: number }>(
		({ size }) => size,
	);
	let asked = 0;
	return (at: number, question: string, size = 1) =>
		keep(at, question, async () => ({ asked: ++asked, size }));
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

	it("are forgotten when they are too many", async () => {
		const ask = counting();
		await ask(1, "a", 9000);
		assert.equal(await asked(ask(1, "a")), 1);
		await ask(1, "b", 2000);
		assert.equal(await asked(ask(1, "a")), 3);
		await ask(1, "c", 20_000);
		assert.equal(await asked(ask(1, "c")), 5);
	});

	it("that fail are not kept", async () => {
		const keep = keepAnswers<string>(() => 1);
		const failing = () => Promise.reject(new Error("gone"));
		await assert.rejects(keep(1, "a", failing), /gone/);
		assert.equal(await keep(1, "a", async () => "there"), "there");
	});
});
