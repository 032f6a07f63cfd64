import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	openTestCatalog,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { CALLER, STORES } from "../../../test/support/refs.ts";
import { StoreUnavailable } from "../../store/contract.ts";
import { runOnce } from "../idempotency.ts";
import type { IdempotencySlot } from "../idempotencySlot.ts";
import { createBranch, deleteBranch, listBranches } from "./branches.ts";

const REQUEST = {
	principal: CALLER.principal,
	operation: "createBranch",
	target: "/api/v1/branches",
	key: "01900000-0000-7000-8000-00000000aaaa",
	bodyHash: "x",
};

async function create(
	{ deps }: TestCatalog,
	slot: IdempotencySlot,
): Promise<{ status: number; body: string }> {
	const caller = { ...CALLER, slot };
	const made = await createBranch(deps, caller, "default", { name: "dev" });
	return { status: 201, body: JSON.stringify(made) };
}

for (const [name, openStore] of STORES)
	describe(`repeated requests on ${name}`, () => {
		test("the same request again has the same answer and no effect", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			const run = (slot: IdempotencySlot) => create(catalog, slot);
			const first = await runOnce(deps, REQUEST, run);
			await deleteBranch(deps, CALLER, "default", "dev");
			assert.deepEqual(await runOnce(deps, REQUEST, run), first);
			const { branches } = await listBranches(
				deps,
				CALLER.principal,
				"default",
				{},
			);
			assert.deepEqual(
				branches.map((branch) => branch.name),
				["main"],
			);
		});

		test("a branch whose answer was lost was made with its record", async () => {
			let isLost = false;
			const catalog = await openTestCatalog({
				openStore,
				store: (store) => ({
					...store,
					apply: async (changes) => {
						const result = await store.apply(changes);
						if (isLost) throw new StoreUnavailable("unknown", "lost");
						return result;
					},
				}),
			});
			const { deps } = catalog;
			const run = (slot: IdempotencySlot) => create(catalog, slot);
			isLost = true;
			await assert.rejects(runOnce(deps, REQUEST, run), {
				code: "commit-state-unknown",
			});
			isLost = false;
			const answer = await runOnce(deps, REQUEST, run);
			assert.equal(answer.status, 201);
			assert.equal(JSON.parse(String(answer.body)).name, "dev");
		});
	});
