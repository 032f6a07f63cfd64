import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { openTestCatalog } from "../../../test/support/catalog.ts";
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
import { createBranch, getBranch } from "./branches.ts";
import { rollBack } from "./rollback.ts";

const operations = fc.array(operation, { minLength: 4, maxLength: 20 });

/** A branch of a catalog with some history goes back to one of its states, and forth again. */
function goesBackAndForth(openStore: () => Store | Promise<Store>) {
	return fc.asyncProperty(
		operations,
		operations,
		fc.nat(),
		async (before, after, at) => {
			const main = await openTestCatalog({ openStore });
			const { deps, scope } = main;
			for (const namespace of [["a"], ["b"]])
				await createNamespace(deps, scope, { namespace });
			for (const each of before) await perform(main, each);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(main, "dev");
			const states: { readonly commit: string; readonly shown: unknown }[] = [];
			const keep = async () => {
				const { principal } = CALLER;
				const branch = await getBranch(deps, principal, "default", "dev");
				const commit = branch.head_commit_id ?? "";
				states.push({ commit, shown: await shownBy(dev) });
			};
			await keep();
			for (const each of after) {
				await perform(dev, each);
				await perform(main, each);
				await keep();
			}
			const onMain = await shownBy(main);
			for (const to of [states[at % states.length], states.at(-1)]) {
				assert(to !== undefined);
				await rollBack(deps, dev.scope, { to: to.commit });
				assert.deepEqual(await shownBy(dev), to.shown);
			}
			assert.deepEqual(await shownBy(main), onMain);
		},
	);
}

for (const [name, openStore] of STORES)
	test(`a roll-back to a state shows exactly that state, and so does the way back, on ${name}`, () =>
		checkProperty(goesBackAndForth(openStore), { runs: runsOn(name, 60) }));

test("planted: a roll-back that leaves what was made since is found", async () => {
	const [[, openStore] = []] = STORES;
	assert(openStore !== undefined);
	const forgetful = losing(openStore, "roll", "drop");
	await assertFindsPlanted(goesBackAndForth(forgetful), { runs: 60 });
});
