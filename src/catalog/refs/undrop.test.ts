import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	makeView,
	openTestCatalog,
	setProperty,
} from "../../../test/support/catalog.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import {
	claimStates,
	drop,
	dropped,
	kOf,
	names,
	TABLE,
	WEEK,
	withTable,
} from "../../../test/support/undo.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import { createAsset, deleteAsset, getAsset } from "../assets.ts";
import { unregisterTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import {
	createNamespace,
	dropNamespace,
	loadNamespace,
} from "../namespaces.ts";
import { registerTable } from "../registers.ts";
import { renameTable } from "../renames.ts";
import { dropView, loadView } from "../views.ts";
import { createBranch, updateBranch } from "./branches.ts";
import { listDropped } from "./dropped.ts";
import { listCommits } from "./log.ts";
import { createTag } from "./tags.ts";
import { undrop } from "./undrop.ts";

for (const [name, openStore] of STORES) {
	describe(`undrop on ${name}`, () => {
		test("a dropped table is listed with all about it, and comes back as it was", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const before = await loadAt(catalog, TABLE);
			await drop(catalog);
			const [commit] = (
				await listCommits(deps, NO_AUTH_PRINCIPAL, "default", "main", {})
			).commits;
			const [item, ...others] = await dropped(catalog);
			assert.deepEqual(others, []);
			assert(item !== undefined && commit !== undefined);
			const until = new Date(commit.timestamp + WEEK).toISOString();
			assert.deepEqual(item, {
				id: item.id,
				kind: "table",
				namespace: ["a"],
				name: "t",
				dropped_at: commit.committed_at,
				dropped_by: "tenant_admin",
				commit_id: commit.id,
				recoverable_until: until.replace("Z", "000Z"),
			});
			assert.deepEqual(await claimStates(catalog, item.id), ["dropped"]);
			const result = await undrop(deps, scope, { id: item.id });
			const log = await listCommits(
				deps,
				NO_AUTH_PRINCIPAL,
				"default",
				"main",
				{},
			);
			assert.deepEqual(result, {
				id: item.id,
				kind: "table",
				namespace: ["a"],
				name: "t",
				namespaces: [],
				commit_id: log.commits[0]?.id,
			});
			assert.equal(log.commits[0]?.message, "undrop table a.t");
			const after = await loadAt(catalog, TABLE);
			assert.equal(after.metadataLocation, before.metadataLocation);
			assert.deepEqual(await claimStates(catalog, item.id), ["held"]);
			assert.deepEqual(await dropped(catalog), []);
			await setProperty(catalog, TABLE, "k", "later");
			assert.equal(await kOf(catalog), "later");
		});

		test("views, assets and namespaces come back, these with their properties and by themselves", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const properties = { p: "1" };
			const request = { namespace: ["n", "m"], properties };
			await createNamespace(deps, scope, request);
			await makeView(catalog, at("n", "m", "v"));
			await createAsset(deps, scope, ["n", "m"], {
				name: "x",
				kind: "ML_MODEL",
				location: "memory://elsewhere/x",
			});
			const asset = await getAsset(deps, scope, at("n", "m", "x"));
			await dropView(deps, scope, at("n", "m", "v"));
			await deleteAsset(deps, scope, at("n", "m", "x"));
			await dropNamespace(deps, scope, ["n", "m"]);
			await dropNamespace(deps, scope, ["n"]);
			assert.deepEqual(await names(catalog), [
				"namespace n",
				"namespace n.m",
				"asset n.m.x",
				"view n.m.v",
			]);
			const result = await undrop(deps, scope, {
				namespace: ["n", "m"],
				name: "v",
			});
			assert.deepEqual(result.namespaces, [["n"], ["n", "m"]]);
			assert.deepEqual(await loadNamespace(deps, scope, ["n", "m"]), {
				namespace: ["n", "m"],
				properties,
			});
			await loadView(deps, scope, at("n", "m", "v"));
			assert.deepEqual(await names(catalog), ["asset n.m.x"]);
			await undrop(deps, scope, { kind: "asset", id: asset.id });
			assert.deepEqual(await getAsset(deps, scope, at("n", "m", "x")), asset);
			await createNamespace(deps, scope, { namespace: ["o"], properties });
			await dropNamespace(deps, scope, ["o"]);
			await undrop(deps, scope, { kind: "namespace", name: "o" });
			const { properties: kept } = await loadNamespace(deps, scope, ["o"]);
			assert.deepEqual(kept, properties);
		});

		test("what a branch had from another one comes back on it, and only there", async () => {
			const { catalog, deps } = await withTable(openStore);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await drop(dev);
			await dropNamespace(deps, dev.scope, ["a"]);
			assert.deepEqual(await names(catalog), []);
			assert.deepEqual(await names(dev), ["namespace a", "table a.t"]);
			const [, item] = await dropped(dev);
			assert.deepEqual(await claimStates(catalog, item?.id ?? ""), ["held"]);
			await undrop(deps, dev.scope, { namespace: ["a"], name: "t" });
			assert.equal(await kOf(dev), "v");
			await setProperty(dev, TABLE, "k", "dev");
			assert.equal(await kOf(catalog), "v");
			await drop(catalog);
			assert.deepEqual(await names(catalog), ["table a.t"]);
			await undrop(deps, catalog.scope, { namespace: ["a"], name: "t" });
			assert.equal(await kOf(catalog), "v");
		});

		test("a rename drops nothing; what was dropped and made again comes back under another name", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await renameTable(deps, scope, {
				source: TABLE,
				destination: at("a", "u"),
			});
			assert.deepEqual(await names(catalog), []);
			await drop(catalog, at("a", "u"));
			await makeTable(catalog, at("a", "u"));
			assert.deepEqual(await names(catalog), ["table a.u"]);
			const old = { namespace: ["a"], name: "u" };
			await assert.rejects(undrop(deps, scope, old), codeIs("already-exists"));
			await undrop(deps, scope, { ...old, newName: "t2" });
			assert.equal(await kOf(catalog, at("a", "t2")), "v");
			assert.equal(await kOf(catalog, at("a", "u")), undefined);
			await drop(catalog, at("a", "t2"));
			await createNamespace(deps, scope, { namespace: ["b"] });
			await undrop(deps, scope, {
				namespace: ["a"],
				name: "t2",
				newNamespace: ["b"],
			});
			assert.equal(await kOf(catalog, at("b", "t2")), "v");
			await drop(catalog, at("b", "t2"));
			const elsewhere = { namespace: ["b"], name: "t2", newNamespace: ["c"] };
			await assert.rejects(
				undrop(deps, scope, elsewhere),
				codeIs("namespace-not-found"),
			);
			await assert.rejects(
				undrop(deps, scope, { namespace: ["b"], name: "t2", newName: "x@y" }),
				codeIs("bad-request"),
			);
		});

		test("after the retention nothing comes back", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await drop(catalog);
			const [item] = await dropped(catalog);
			const until = Date.parse(item?.recoverable_until ?? "");
			catalog.moveClock(until - deps.clock() - 3);
			assert.equal((await dropped(catalog)).length, 1);
			catalog.moveClock(2);
			assert.deepEqual(await dropped(catalog), []);
			await assert.rejects(
				undrop(deps, scope, { id: item?.id }),
				codeIs("asset-not-found"),
			);
		});

		test("a table whose place somebody has taken does not come back", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const { metadataLocation } = await loadAt(catalog, TABLE);
			await unregisterTable(deps, scope, TABLE);
			await registerTable(deps, scope, ["a"], {
				name: "again",
				"metadata-location": metadataLocation ?? "",
			});
			const [item] = await dropped(catalog);
			await assert.rejects(
				undrop(deps, scope, { id: item?.id }),
				codeIs("already-exists"),
			);
			assert.equal(await tableExists(deps, scope, TABLE), false);
			assert.equal(await kOf(catalog, at("a", "again")), "v");
		});

		test("a table without its metadata file does not come back", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			const { metadataLocation } = await loadAt(catalog, TABLE);
			await drop(catalog);
			await catalog.storage.remove([
				catalog.storage.canonical(metadataLocation ?? ""),
			]);
			await assert.rejects(
				undrop(deps, scope, { namespace: ["a"], name: "t" }),
				codeIs("file-not-found"),
			);
		});

		test("nothing is brought back to what cannot be changed, nor what was not named", async () => {
			const { catalog, deps, scope } = await withTable(openStore);
			await drop(catalog);
			await createTag(deps, CALLER, "default", { name: "v1" });
			const what = { namespace: ["a"], name: "t" };
			const tag = await atRef(catalog, "v1");
			await assert.rejects(undrop(deps, tag.scope, what), codeIs("forbidden"));
			await assert.rejects(undrop(deps, scope, {}), codeIs("bad-request"));
			for (const request of [
				{ ...what, kind: "view" as const },
				{ name: "t" },
				{ namespace: ["a"], name: "x" },
				{ id: "nothing" },
			])
				await assert.rejects(
					undrop(deps, scope, request),
					codeIs("asset-not-found"),
				);
			await updateBranch(deps, CALLER, "default", "main", { protected: true });
			const locked = await atRef(catalog, "main");
			await assert.rejects(
				undrop(deps, locked.scope, what),
				codeIs("forbidden"),
			);
		});
	});

	describe(`the list of what was dropped on ${name}`, () => {
		test("comes newest first, in pages", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps, scope } = catalog;
			const tables = ["t1", "t2", "t3", "t4"].map((each) => at("a", each));
			for (const table of tables) await makeTable(catalog, table);
			for (const table of tables) await drop(catalog, table);
			const all = ["t4", "t3", "t2", "t1"].map((each) => `table a.${each}`);
			assert.deepEqual(await names(catalog), all);
			const paged: string[] = [];
			for (let pageToken: string | null = ""; pageToken !== null; ) {
				const page = await listDropped(deps, scope, { pageToken, pageSize: 1 });
				paged.push(...page.dropped.map((each) => `table a.${each.name}`));
				pageToken = page.nextPageToken;
			}
			assert.deepEqual(paged, all);
		});
	});

	test(`of two at once one brings it back, on ${name}`, async () => {
		const { catalog, deps, scope } = await withTable(openStore);
		await drop(catalog);
		const again = () => undrop(deps, scope, { namespace: ["a"], name: "t" });
		const results = await Promise.allSettled([again(), again(), again()]);
		const done = results.filter(({ status }) => status === "fulfilled");
		assert.equal(done.length, 1);
		assert.equal(await kOf(catalog), "v");
	});
}
