import assert from "node:assert/strict";
import { test } from "node:test";
import { createGate } from "./gate.ts";

test("a gate lets so many in, so many wait in order, and refuses the next", async () => {
	const gate = createGate({ concurrent: 2, queued: 2 });
	assert.equal(gate.enter(), undefined);
	assert.equal(gate.enter(), undefined);
	const order: string[] = [];
	const third = gate.enter()?.then(() => order.push("third"));
	const fourth = gate.enter()?.then(() => order.push("fourth"));
	assert.throws(() => gate.enter(), { code: "overloaded" });
	gate.leave();
	await third;
	assert.deepEqual(order, ["third"]);
	gate.leave();
	await fourth;
	assert.deepEqual(order, ["third", "fourth"]);
	gate.leave();
	gate.leave();
	assert.equal(gate.enter(), undefined);
});

test("a gate without a queue refuses at once", () => {
	const gate = createGate({ concurrent: 0, queued: 0 });
	assert.throws(() => gate.enter(), { code: "overloaded" });
});
