import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	openTestCatalog,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	operation,
	perform,
	shownBy,
} from "../../../test/support/operations.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../test/support/property.ts";
import { atRef, CALLER, runsOn, STORES } from "../../../test/support/refs.ts";
import { losing } from "../../../test/support/undo.ts";
import type { Store } from "../../store/contract.ts";
import { createNamespace } from "../namespaces.ts";
import { createBranch } from "./branches.ts";
import { mergeBranches } from "./merge.ts";
import { revertCommit } from "./revert.ts";

const operations = fc.array(operation, { minLength: 3, maxLength: 15 });

async function reverted(
	{ deps, scope }: TestCatalog,
	commit: string,
): Promise<string> {
	const outcome = await revertCommit(deps, scope, { commit });
	assert(outcome.outcome === "undone", JSON.stringify(outcome));
	return outcome.result.commit_id ?? "";
}

/** Whatever two branches did: the merge of one into the other, undone, leaves what was before; undone again, what came of it. */
function isUndone(openStore: () => Store | Promise<Store>) {
	return fc.asyncProperty(
		operations,
		operations,
		operations,
		async (before, onDev, onMain) => {
			const main = await openTestCatalog({ openStore });
			const { deps, scope } = main;
			for (const namespace of [["a"], ["b"]])
				await createNamespace(deps, scope, { namespace });
			for (const each of before) await perform(main, each);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(main, "dev");
			for (const each of onDev) await perform(dev, each);
			for (const each of onMain) await perform(main, each);
			const shownBefore = await shownBy(main);
			const merge = await mergeBranches(deps, CALLER, "default", {
				source: "dev",
				target: "main",
				strategy: "TakeSource",
			});
			assert(merge.outcome === "completed");
			const { result_commit_id: commit } = merge.operation;
			if (commit === null) return;
			const shownAfter = await shownBy(main);
			const revert = await reverted(main, commit);
			assert.deepEqual(await shownBy(main), shownBefore);
			if (revert === "") return;
			await reverted(main, revert);
			assert.deepEqual(await shownBy(main), shownAfter);
		},
	);
}

for (const [name, openStore] of STORES)
	test(`a merge that is reverted leaves what was before it, and the revert's revert what came of it, on ${name}`, () =>
		checkProperty(isUndone(openStore), { runs: runsOn(name, 60) }));

test("planted: a revert that brings nothing back is found", async () => {
	const [[, openStore] = []] = STORES;
	assert(openStore !== undefined);
	const forgetful = losing(openStore, "revert", "create");
	await assertFindsPlanted(isUndone(forgetful), { runs: 60 });
});
