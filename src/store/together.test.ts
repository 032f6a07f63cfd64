import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { askTogether } from "./together.ts";

/** What was sent, and how it is answered. */
interface Sent {
	readonly questions: readonly number[];
	answer(answers: readonly string[]): void;
	fail(error: Error): void;
}

function asker(most: number) {
	const sent: Sent[] = [];
	const ask = askTogether<number, string>((questions) => {
		const { promise, resolve, reject } =
			Promise.withResolvers<readonly string[]>();
		sent.push({ questions, answer: resolve, fail: reject });
		return promise;
	}, most);
	return { ask, sent };
}

const turn = () => new Promise(setImmediate);

describe("questions that come together", () => {
	it("are sent together, so many at most, and each gets its answer", async () => {
		const { ask, sent } = asker(2);
		const answers = Promise.all([1, 2, 3].map(ask));
		await turn();
		const groups = sent.map(({ questions }) => questions);
		assert.deepEqual(groups, [[1, 2], [3]]);
		sent[1]?.answer(["c"]);
		sent[0]?.answer(["a", "b"]);
		assert.deepEqual(await answers, ["a", "b", "c"]);
	});

	it("wait while two groups are under way, and go with those that come meanwhile", async () => {
		const { ask, sent } = asker(9);
		const first = ask(1);
		await turn();
		const second = ask(2);
		await turn();
		const third = ask(3);
		await turn();
		const fourth = ask(4);
		await turn();
		assert.equal(sent.length, 2);
		sent[0]?.answer(["a"]);
		assert.equal(await first, "a");
		await turn();
		assert.deepEqual(sent[2]?.questions, [3, 4]);
		sent[1]?.answer(["b"]);
		sent[2]?.answer(["c", "d"]);
		const others = Promise.all([second, third, fourth]);
		assert.deepEqual(await others, ["b", "c", "d"]);
	});

	it("are not answered by what was sent before them", async () => {
		const { ask, sent } = asker(9);
		const first = ask(1);
		await turn();
		const second = ask(1);
		await turn();
		sent[0]?.answer(["old"]);
		sent[1]?.answer(["new"]);
		assert.deepEqual(await Promise.all([first, second]), ["old", "new"]);
	});

	it("fail together, and give their places back", async () => {
		const { ask, sent } = asker(1);
		const failing = [1, 2].map(ask);
		const waiting = ask(3);
		await turn();
		for (const { fail } of [...sent]) fail(new Error("gone"));
		for (const each of failing) await assert.rejects(each, /gone/);
		await turn();
		sent[2]?.answer(["c"]);
		assert.equal(await waiting, "c");
	});
});
