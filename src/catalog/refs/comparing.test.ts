import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import { atRef, CALLER, STORES } from "../../../test/support/refs.ts";
import { displayKey } from "../../versioning/entries.ts";
import { dropTable } from "../dropTable.ts";
import { renameTable } from "../renames.ts";
import { createBranch } from "./branches.ts";
import { compareStates, type Rows } from "./comparing.ts";
import { requireState } from "./states.ts";
import { createTag } from "./tags.ts";

interface Sides {
	readonly base: string;
	readonly ours: string;
	readonly theirs: string;
}

/** What the three show, by name: the number of the row in place of the row. */
async function compared({ deps }: TestCatalog, sides: Sides) {
	const { tenant } = CALLER.principal;
	const stateOf = (ref: string) => requireState(deps, tenant, "default", ref);
	const { base, ours, theirs } = await compareStates(deps, tenant, {
		base: await stateOf(sides.base),
		ours: await stateOf(sides.ours),
		theirs: await stateOf(sides.theirs),
	});
	return { base: shown(base), ours: shown(ours), theirs: shown(theirs) };
}

function shown(rows: Rows): Record<string, string> {
	return Object.fromEntries(
		[...rows.values()].map(({ key, entry }) => [displayKey(key), entry.id]),
	);
}

async function changeable(openStore: (typeof STORES)[number][1]) {
	const catalog = await openTestCatalog({ openStore });
	for (const name of ["changed", "renamed", "dropped", "untouched"])
		await makeTable(catalog, at("a", name));
	const { deps } = catalog;
	await createTag(deps, CALLER, "default", { name: "fork" });
	return { catalog, deps };
}

for (const [name, openStore] of STORES)
	describe(`comparing on ${name}`, () => {
		test("both sides are read under the keys that either changed, and no others", async () => {
			const { catalog, deps } = await changeable(openStore);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, at("a", "changed"), "k", "v");
			await renameTable(deps, dev.scope, {
				source: at("a", "renamed"),
				destination: at("a", "moved"),
			});
			await dropTable(deps, catalog.scope, at("a", "dropped"), {
				purge: false,
			});
			const sides = { base: "fork", ours: "main", theirs: "dev" };
			const { base, ours, theirs } = await compared(catalog, sides);
			assert.deepEqual(Object.keys(base).sort(), [
				"a.changed",
				"a.dropped",
				"a.renamed",
			]);
			assert.deepEqual(Object.keys(ours).sort(), ["a.changed", "a.renamed"]);
			assert.deepEqual(Object.keys(theirs).sort(), [
				"a.changed",
				"a.dropped",
				"a.moved",
			]);
			assert.equal(theirs["a.moved"], base["a.renamed"]);
		});

		test("a base on the line of the other side is compared by the way through the fork", async () => {
			const { catalog, deps } = await changeable(openStore);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, at("a", "changed"), "k", "v");
			await createTag(deps, CALLER, "default", { name: "base", at: "dev" });
			await setProperty(dev, at("a", "renamed"), "k", "v");
			const sides = { base: "base", ours: "main", theirs: "dev" };
			const { ours, theirs } = await compared(catalog, sides);
			assert.deepEqual(Object.keys(ours).sort(), ["a.changed", "a.renamed"]);
			assert.deepEqual(Object.keys(theirs).sort(), ["a.changed", "a.renamed"]);
		});

		test("what a partial branch hides counts as unchanged, whichever side it is", async () => {
			const { catalog, deps } = await changeable(openStore);
			await createBranch(deps, CALLER, "default", {
				name: "part",
				assets: ["a.changed"],
			});
			const part = await atRef(catalog, "part");
			await setProperty(part, at("a", "changed"), "k", "v");
			await makeTable(part, at("a", "own"));
			for (const hidden of ["renamed", "dropped"])
				await setProperty(catalog, at("a", hidden), "k", "v");
			await dropTable(deps, catalog.scope, at("a", "dropped"), {
				purge: false,
			});
			const source = { base: "fork", ours: "main", theirs: "part" };
			const merged = await compared(catalog, source);
			assert.equal(merged.theirs["a.renamed"], merged.base["a.renamed"]);
			assert.equal(merged.theirs["a.dropped"], merged.base["a.dropped"]);
			assert.ok("a.own" in merged.theirs);
			const target = { base: "fork", ours: "part", theirs: "main" };
			const updated = await compared(catalog, target);
			for (const hidden of ["a.renamed", "a.dropped"]) {
				assert.equal(updated.ours[hidden], updated.base[hidden]);
				assert.equal(updated.theirs[hidden], updated.base[hidden]);
			}
			assert.equal(updated.theirs["a.own"], undefined);
		});
	});
