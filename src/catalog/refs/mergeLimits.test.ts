import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	makeView,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	conflicted,
	contentsOf,
	forked,
	merge,
	merged,
	ONE,
} from "../../../test/support/merges.ts";
import { atRef, CALLER, codeIs, STORES } from "../../../test/support/refs.ts";
import { replaceView } from "../commitView.ts";
import { dropTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import { updateNamespaceProperties } from "../namespaceProperties.ts";
import { loadNamespace } from "../namespaces.ts";
import { createBranch } from "./branches.ts";
import { listCommits } from "./log.ts";

for (const [name, openStore] of STORES)
	describe(`the limits of merging on ${name}`, () => {
		test("what was purged is not brought back by a commit that showed it", async () => {
			const { main } = await forked(openStore);
			await createBranch(main.deps, CALLER, "default", { name: "gone" });
			const gone = await atRef(main, "gone");
			await makeTable(gone, at("a", "purged"));
			const log = await listCommits(
				main.deps,
				CALLER.principal,
				"default",
				"gone",
				{},
			);
			await dropTable(gone.deps, gone.scope, at("a", "purged"), {
				purge: true,
			});
			await assert.rejects(
				merge(main, log.commits[0]?.id ?? ""),
				codeIs("file-not-found"),
			);
		});

		test("views that both changed, and properties of namespaces, are told apart", async () => {
			const { main } = await forked(openStore);
			const view = at("a", "view");
			await makeView(main, view);
			await createBranch(main.deps, CALLER, "default", { name: "next" });
			const next = await atRef(main, "next");
			const change = (catalog: TestCatalog, key: string, value: string) =>
				updateNamespaceProperties(catalog.deps, catalog.scope, ["a"], {
					updates: { [key]: value },
				});
			await change(next, "theirs", "1");
			await change(main, "ours", "1");
			for (const [side, value] of [
				[next, "next"],
				[main, "main"],
			] as const)
				await replaceView(side.deps, side.scope, view, {
					requirements: [],
					updates: [{ action: "set-properties", updates: { k: value } }],
				});
			const { conflicts } = await conflicted(main, "next");
			assert.deepEqual(
				conflicts.map((each) => [each.asset_name, each.conflict_type]),
				[["a.view", "MetadataConflict"]],
			);
			const names = conflicts[0]?.details.conflicting_properties;
			assert.deepEqual(names, ["properties"]);
			await merged(main, "next", { strategy: "TakeSource" });
			const { properties } = await loadNamespace(main.deps, main.scope, ["a"]);
			assert.deepEqual([properties.theirs, properties.ours], ["1", "1"]);
		});

		test("a partial target takes only what it shows", async () => {
			const { main, dev } = await forked(openStore);
			await makeTable(main, at("b", "t"));
			await merged(main, "main", { target: "dev" });
			await createBranch(main.deps, CALLER, "default", {
				name: "part",
				assets: ["a.one"],
			});
			await makeTable(dev, at("b", "u"));
			await setProperty(dev, ONE, "k", "dev");
			await merged(main, "dev", { target: "part" });
			const { scope } = await atRef(main, "part");
			assert.equal(await tableExists(main.deps, scope, at("b", "u")), false);
			assert.deepEqual(Object.keys(await contentsOf(main, "part")).sort(), [
				"namespace a",
				"object a.one",
			]);
		});
	});
