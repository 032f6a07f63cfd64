import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	makeView,
	metadataOf,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	conflicted,
	contentsOf,
	forked,
	headOf,
	merge,
	merged,
	ONE,
	TWO,
} from "../../../test/support/merges.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import { dropTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import { renameTable } from "../renames.ts";
import { createBranch, updateBranch } from "./branches.ts";
import { getCommit, listCommits } from "./log.ts";
import { createTag } from "./tags.ts";

const NEW = at("a", "new");

async function propertiesAt(catalog: TestCatalog, table: typeof ONE) {
	return metadataOf(await loadAt(catalog, table)).properties;
}

for (const [name, openStore] of STORES)
	describe(`merging on ${name}`, () => {
		test("a target that stood still shows what the source shows, as one commit with two parents", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "k", "v");
			await dropTable(dev.deps, dev.scope, TWO, { purge: false });
			await makeTable(dev, NEW);
			await makeTable(dev, at("b", "deep"));
			const head = await headOf(main, "main");
			const result = await merged(main, "dev");
			assert.equal(result.status, "Completed");
			assert.deepEqual(
				await contentsOf(main, "main"),
				await contentsOf(main, "dev"),
			);
			assert.equal(await headOf(main, "main"), head + 1);
			const commit = await getCommit(
				main.deps,
				CALLER.principal,
				"default",
				result.result_commit_id ?? "",
			);
			assert.equal(commit.parent_ids.length, 2);
			assert.equal(commit.message, "merge dev into main");
			const dev1 = await listCommits(
				main.deps,
				CALLER.principal,
				"default",
				"dev",
				{},
			);
			assert.equal(commit.parent_ids[1], dev1.commits[0]?.id);
		});

		test("again changes nothing, and makes no commit", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "k", "v");
			await merged(main, "dev");
			const head = await headOf(main, "main");
			const again = await merged(main, "dev");
			assert.equal(again.status, "Completed");
			assert.equal(again.result_commit_id, null);
			assert.equal(await headOf(main, "main"), head);
			const back = await merged(main, "main", { target: "dev" });
			assert.notEqual(back.result_commit_id, undefined);
			assert.deepEqual(
				await contentsOf(main, "main"),
				await contentsOf(main, "dev"),
			);
		});

		test("that finds what it brings there already makes a commit, so that it does not come up again", async () => {
			const { main, dev } = await forked(openStore);
			for (const side of [main, dev]) await setProperty(side, ONE, "k", "v");
			const before = await contentsOf(main, "main");
			const result = await merged(main, "dev");
			assert.notEqual(result.result_commit_id, null);
			assert.deepEqual(await contentsOf(main, "main"), before);
			await setProperty(main, ONE, "k", "w");
			assert.equal((await merged(main, "dev")).result_commit_id, null);
			await setProperty(dev, ONE, "l", "v");
			await merged(main, "dev");
			const { k, l } = await propertiesAt(main, ONE);
			assert.deepEqual([k, l], ["w", "v"]);
		});

		test("takes from each side what it changed, and of one table what each changed of it", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "theirs", "1");
			await setProperty(main, ONE, "ours", "1");
			await setProperty(main, TWO, "ours", "1");
			await makeTable(dev, NEW);
			await merged(main, "dev");
			const one = await propertiesAt(main, ONE);
			assert.equal(one.theirs, "1");
			assert.equal(one.ours, "1");
			assert.equal((await propertiesAt(main, TWO)).ours, "1");
			assert.ok(await tableExists(main.deps, main.scope, NEW));
			await setProperty(main, ONE, "later", "1");
			assert.equal((await propertiesAt(main, ONE)).later, "1");
			assert.equal((await propertiesAt(dev, ONE)).ours, undefined);
		});

		test("a rename on one side combines with a commit on the other", async () => {
			const { main, dev } = await forked(openStore);
			await renameTable(dev.deps, dev.scope, { source: ONE, destination: NEW });
			await setProperty(main, ONE, "ours", "1");
			await merged(main, "dev");
			assert.equal(await tableExists(main.deps, main.scope, ONE), false);
			assert.equal((await propertiesAt(main, NEW)).ours, "1");
		});

		test("a base is found after merges to and fro, and criss-cross", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "d", "1");
			await merged(main, "dev");
			await setProperty(main, ONE, "m", "1");
			await merged(main, "main", { target: "dev" });
			await setProperty(dev, ONE, "d", "2");
			await merged(main, "dev");
			assert.deepEqual(
				[(await propertiesAt(main, ONE)).d, (await propertiesAt(main, ONE)).m],
				["2", "1"],
			);
			await createTag(main.deps, CALLER, "default", { name: "m", at: "main" });
			await createTag(main.deps, CALLER, "default", { name: "d", at: "dev" });
			await setProperty(main, ONE, "m", "3");
			await setProperty(dev, TWO, "d", "3");
			await createTag(main.deps, CALLER, "default", { name: "m3", at: "main" });
			await createTag(main.deps, CALLER, "default", { name: "d3", at: "dev" });
			await merged(main, "d3");
			await merged(main, "m3", { target: "dev" });
			const before = await contentsOf(main, "main");
			await merged(main, "dev");
			assert.deepEqual(await contentsOf(main, "main"), before);
			assert.equal((await merged(main, "dev")).result_commit_id, null);
			await makeTable(dev, NEW);
			await merged(main, "dev");
			assert.equal((await propertiesAt(main, ONE)).m, "3");
			assert.equal((await propertiesAt(main, TWO)).d, "3");
			assert.ok(await tableExists(main.deps, main.scope, NEW));
		});

		test("a partial branch that is merged back touches what it shows only", async () => {
			const { main } = await forked(openStore);
			await createBranch(main.deps, CALLER, "default", {
				name: "part",
				assets: ["a.one"],
			});
			const part = await atRef(main, "part");
			await setProperty(part, ONE, "k", "v");
			await setProperty(main, TWO, "k", "main");
			await merged(main, "part");
			assert.equal((await propertiesAt(main, ONE)).k, "v");
			assert.equal((await propertiesAt(main, TWO)).k, "main");
		});

		test("what both sides changed is a conflict that says what differs", async () => {
			const { main, dev } = await forked(openStore);
			await makeView(main, at("a", "view"));
			await merged(main, "main", { target: "dev" });
			await setProperty(dev, ONE, "k", "dev");
			await setProperty(main, ONE, "k", "main");
			await dropTable(dev.deps, dev.scope, TWO, { purge: false });
			await setProperty(main, TWO, "k", "main");
			await makeTable(dev, NEW);
			await makeTable(main, NEW);
			const head = await headOf(main, "main");
			const { conflicts } = await conflicted(main, "dev");
			const found = new Map(
				conflicts.map((each) => [each.asset_name, each] as const),
			);
			assert.equal(found.get("a.one")?.conflict_type, "MetadataConflict");
			assert.deepEqual(found.get("a.one")?.details.conflicting_properties, [
				"k",
			]);
			assert.equal(found.get("a.two")?.conflict_type, "DeletionConflict");
			assert.equal(found.get("a.two")?.details.deleted_in, "source");
			assert.equal(found.get("a.new")?.conflict_type, "NamespaceConflict");
			assert.equal(found.get("a.new")?.details.reason, "one-name-twice");
			assert.equal(conflicts.length, 3);
			assert.equal(await headOf(main, "main"), head);
		});

		test("a side wins where that was said, of the merge or of one asset", async () => {
			const { main, dev } = await forked(openStore);
			for (const table of [ONE, TWO]) {
				await setProperty(dev, table, "k", "dev");
				await setProperty(main, table, "k", "main");
			}
			await setProperty(dev, ONE, "other", "dev");
			await merged(main, "dev", {
				strategy: "TakeTarget",
				resolutions: [{ asset: "a.one", strategy: "TakeSource" }],
			});
			assert.equal((await propertiesAt(main, ONE)).k, "dev");
			assert.equal((await propertiesAt(main, TWO)).k, "main");
			const head = await headOf(main, "main");
			const again = await merged(main, "dev");
			assert.equal(again.result_commit_id, null);
			assert.equal(await headOf(main, "main"), head);
		});

		test("decisions are on what a side has, whether it is in conflict or not", async () => {
			const { main, dev } = await forked(openStore);
			const { body } = await makeTable(main, at("x.y", "v1.0"));
			const { id } = JSON.parse(String(body));
			await merged(main, "main", { target: "dev" });
			await setProperty(dev, ONE, "k", "dev");
			const decide = (asset: string) =>
				merge(main, "dev", {
					dryRun: true,
					resolutions: [{ asset, strategy: "TakeSource" }],
				});
			for (const asset of ["a", "a.one", "a.two", "x.y.v1.0", "x.y", id])
				assert.equal((await decide(asset)).outcome, "planned", asset);
			for (const asset of [
				"one",
				"a.three",
				"x.v1",
				"a.one.",
				".",
				"",
				"a\u0000",
			])
				await assert.rejects(decide(asset), {
					code: "bad-request",
					message: /^Invalid resolutions: .*/,
				});
		});

		test("a dry run tells and changes nothing", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "k", "v");
			await dropTable(dev.deps, dev.scope, TWO, { purge: false });
			const head = await headOf(main, "main");
			const run = await merge(main, "dev", { dryRun: true });
			assert(run.outcome === "planned");
			assert.equal(run.preview.status, "Ready");
			assert.equal(run.preview.fast_forward, true);
			assert.deepEqual(
				run.preview.changes.map(({ op, path }) => [op, path.join(".")]),
				[
					["drop", "a.two"],
					["replace", "a.one"],
				],
			);
			await setProperty(main, ONE, "k", "main");
			const other = await merge(main, "dev", { dryRun: true });
			assert(other.outcome === "planned");
			assert.equal(other.preview.status, "Conflicted");
			assert.equal(other.preview.conflicts.length, 1);
			assert.equal(await headOf(main, "main"), head + 1);
			const { tenant } = CALLER.principal;
			const { id } = main.scope.located.catalog;
			const kept = await main.store.merges.operations(tenant, id, { limit: 9 });
			assert.deepEqual(kept, []);
		});

		test("a squash has one parent; fast_forward only refuses a target that moved", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "k", "v");
			const squashed = await merged(main, "dev", { squash: true });
			const { parent_ids } = await getCommit(
				main.deps,
				CALLER.principal,
				"default",
				squashed.result_commit_id ?? "",
			);
			assert.equal(parent_ids.length, 1);
			const before = await contentsOf(main, "main");
			await merged(main, "dev");
			assert.deepEqual(await contentsOf(main, "main"), before);
			await setProperty(dev, TWO, "k", "v");
			const forward = { fastForward: "only" as const };
			await assert.rejects(
				merge(main, "dev", forward),
				codeIs("commit-conflict"),
			);
			await createBranch(main.deps, CALLER, "default", { name: "next" });
			await setProperty(await atRef(main, "next"), TWO, "k", "next");
			await merged(main, "next", forward);
			assert.equal((await propertiesAt(main, TWO)).k, "next");
		});

		test("an experimental branch is not merged, a protected one is merged into", async () => {
			const { main, dev } = await forked(openStore);
			await createBranch(main.deps, CALLER, "default", {
				name: "exp",
				kind: "experimental",
			});
			await assert.rejects(merge(main, "exp"), codeIs("bad-request"));
			await setProperty(await atRef(main, "exp"), TWO, "k", "tried");
			await createTag(main.deps, CALLER, "default", { name: "x", at: "exp" });
			await merged(main, "x");
			assert.equal((await propertiesAt(main, TWO)).k, "tried");
			await assert.rejects(merge(main, "main"), codeIs("bad-request"));
			await assert.rejects(merge(main, "none"), codeIs("ref-not-found"));
			await createTag(main.deps, CALLER, "default", { name: "tag" });
			await assert.rejects(
				merge(main, "dev", { target: "tag" }),
				codeIs("forbidden"),
			);
			await setProperty(dev, ONE, "k", "v");
			await updateBranch(main.deps, CALLER, "default", "main", {
				protected: true,
			});
			await assert.rejects(
				setProperty(await atRef(main, "main"), ONE, "k", "w"),
				codeIs("forbidden"),
			);
			await merged(main, "dev");
			assert.equal((await propertiesAt(main, ONE)).k, "v");
		});

		test("folders of what no ref shows any more are free, those of what is shown are held", async () => {
			const { main, dev } = await forked(openStore);
			const { tenant } = CALLER.principal;
			const idAt = async (table: typeof ONE) => {
				const contents = await contentsOf(main, "dev");
				const entry = contents[`object a.${table.name}`] as { id: never };
				return entry.id;
			};
			const [one, two] = [await idAt(ONE), await idAt(TWO)];
			const stateOf = async (asset: never) =>
				(await main.store.claims.claimsOf(tenant, asset)).map(
					({ state }) => state,
				);
			await dropTable(dev.deps, dev.scope, ONE, { purge: false });
			assert.deepEqual(await stateOf(one), ["held"]);
			await merged(main, "dev");
			assert.deepEqual(await stateOf(one), ["dropped"]);
			assert.deepEqual(await stateOf(two), ["held"]);
		});
	});
