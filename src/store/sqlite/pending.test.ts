import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreUnavailable } from "../contract.ts";
import { createPending } from "./pending.ts";

const APPLIED = {
	kind: "decided",
	result: { outcome: "applied", commits: [] },
} as const;

describe("change sets without an answer", () => {
	it("are answered in their order", async () => {
		const pending = createPending();
		const first = pending.add([]);
		const second = pending.add([]);
		assert.equal(pending.takeUnsent().length, 2);
		pending.settle([APPLIED]);
		assert.equal(pending.size, 1);
		pending.settle([{ kind: "bug", message: "a bug" }]);
		assert.deepEqual(await first, APPLIED.result);
		await assert.rejects(second, /a bug/);
	});

	it("may be applied once they were sent, and are not before", async () => {
		const pending = createPending();
		const sent = pending.add([]);
		pending.takeUnsent();
		const kept = pending.add([]);
		pending.failAll("the disk is gone");
		for (const [promise, outcome] of [
			[sent, "unknown"],
			[kept, "not-applied"],
		] as const)
			await assert.rejects(
				promise,
				(error) =>
					error instanceof StoreUnavailable && error.outcome === outcome,
			);
		assert.equal(pending.size, 0);
		assert.deepEqual(pending.takeUnsent(), []);
	});
});
