import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	runJobs,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	contentsOf,
	forked,
	headOf,
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
import { createBranch, getBranch, updateBranch } from "./branches.ts";
import { listCommits } from "./log.ts";
import type { RebaseRequest } from "./mergeRequests.ts";
import { rebaseBranch } from "./rebase.ts";
import { createTag } from "./tags.ts";

const NEW = at("a", "new");

function rebase(
	{ deps }: Pick<TestCatalog, "deps">,
	request: Partial<RebaseRequest> = {},
) {
	return rebaseBranch(deps, CALLER, "default", { name: "dev", ...request });
}

async function rebased(
	catalog: TestCatalog,
	request: Partial<RebaseRequest> = {},
) {
	const result = await rebase(catalog, request);
	assert(result.outcome === "rebased", JSON.stringify(result));
	return result.rebased;
}

async function propertiesOf(catalog: TestCatalog, table: typeof ONE) {
	return metadataOf(await loadAt(catalog, table)).properties;
}

for (const [name, openStore] of STORES)
	describe(`a rebase on ${name}`, () => {
		test("puts what the branch changed on what the other shows, as one commit", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "d", "1");
			await makeTable(dev, NEW);
			await setProperty(main, ONE, "m", "1");
			await dropTable(main.deps, main.scope, TWO, { purge: false });
			const result = await rebased(main);
			assert.equal(result.status, "rebased");
			const now = await atRef(main, "dev");
			const { d, m } = await propertiesOf(now, ONE);
			assert.deepEqual([d, m], ["1", "1"]);
			assert.equal(await tableExists(main.deps, now.scope, TWO), false);
			assert.ok(await tableExists(main.deps, now.scope, NEW));
			const { commits } = await listCommits(
				main.deps,
				CALLER.principal,
				"default",
				"dev",
				{},
			);
			assert.equal(commits[0]?.id, result.head_commit_id);
			assert.equal(commits[0]?.message, "rebase dev onto main");
			assert.equal(commits[0]?.parent_ids.length, 1);
			assert.equal(await headOf(main, "dev"), 1);
			const branch = await getBranch(
				main.deps,
				CALLER.principal,
				"default",
				"dev",
			);
			assert.equal(branch.head_commit_id, result.head_commit_id);
			await merged(main, "dev", { fastForward: "only" });
			assert.deepEqual(
				await contentsOf(main, "main"),
				await contentsOf(main, "dev"),
			);
		});

		test("frees the folders of what nothing shows any more, and the old line", async () => {
			const { main, dev } = await forked(openStore);
			const contents = await contentsOf(main, "main");
			const { id } = contents["object a.two"] as { id: never };
			const { tenant } = CALLER.principal;
			await setProperty(dev, ONE, "d", "1");
			await dropTable(main.deps, main.scope, TWO, { purge: false });
			const [held] = await main.store.claims.claimsOf(tenant, id);
			assert.equal(held?.state, "held");
			const oldLine = dev.scope.located.ref.line;
			await rebased(main);
			const [free] = await main.store.claims.claimsOf(tenant, id);
			assert.equal(free?.state, "dropped");
			await runJobs(main);
			assert.equal(await main.store.refs.line(tenant, oldLine), undefined);
		});

		test("of a branch without changes makes no commit; again it does nothing", async () => {
			const { main } = await forked(openStore);
			await setProperty(main, ONE, "m", "1");
			const result = await rebased(main);
			assert.equal(result.status, "rebased");
			assert.deepEqual(
				await contentsOf(main, "dev"),
				await contentsOf(main, "main"),
			);
			const again = await rebased(main);
			assert.deepEqual(again, { ...result, status: "up-to-date" });
		});

		test("with conflicts changes nothing, until they are decided with it", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "k", "dev");
			await setProperty(main, ONE, "k", "main");
			const before = await contentsOf(main, "dev");
			const result = await rebase(main);
			assert(result.outcome === "conflicted");
			assert.equal(result.conflicted.conflicts, 1);
			assert.equal(result.conflicted.details[0]?.asset_name, "a.one");
			assert.deepEqual(await contentsOf(main, "dev"), before);
			await rebased(main, {
				resolutions: [{ asset: "a.one", strategy: "TakeSource" }],
			});
			const now = await atRef(main, "dev");
			assert.equal((await propertiesOf(now, ONE)).k, "dev");
		});

		test("keeps what a partial branch shows, and hides", async () => {
			const { main } = await forked(openStore);
			await makeTable(main, at("b", "hidden"));
			await createBranch(main.deps, CALLER, "default", {
				name: "part",
				assets: ["a.one"],
			});
			const before = await atRef(main, "part");
			await setProperty(before, ONE, "p", "1");
			await makeTable(before, at("b", "own"));
			await makeTable(main, at("a", "added"));
			await setProperty(main, ONE, "m", "1");
			await setProperty(main, TWO, "m", "1");
			await rebased(main, { name: "part" });
			const part = await atRef(main, "part");
			assert.deepEqual(Object.keys(await contentsOf(main, "part")).sort(), [
				"namespace a",
				"namespace b",
				"object a.one",
				"object b.own",
			]);
			const { p, m } = await propertiesOf(part, ONE);
			assert.deepEqual([p, m], ["1", "1"]);
			assert.equal(await tableExists(main.deps, part.scope, TWO), false);
		});

		test("a dry run changes nothing and says what the branch would have of its own", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "d", "1");
			await setProperty(main, TWO, "m", "1");
			const before = await getBranch(
				main.deps,
				CALLER.principal,
				"default",
				"dev",
			);
			const plan = await rebased(main, { dryRun: true });
			assert.equal(plan.status, "planned");
			assert.equal(plan.head_commit_id, null);
			assert.deepEqual(
				plan.changes?.map(({ op, path }) => [op, path]),
				[["replace", ["a", "one"]]],
			);
			assert.deepEqual(
				await getBranch(main.deps, CALLER.principal, "default", "dev"),
				before,
			);
			assert.equal((await rebased(main)).status, "rebased");
		});

		test("is refused of main, of a protected branch, and on itself", async () => {
			const { main } = await forked(openStore);
			await assert.rejects(
				rebase(main, { name: "main" }),
				codeIs("bad-request"),
			);
			await assert.rejects(
				rebase(main, { onto: "dev" }),
				codeIs("bad-request"),
			);
			await assert.rejects(
				rebase(main, { onto: "no" }),
				codeIs("ref-not-found"),
			);
			await updateBranch(main.deps, CALLER, "default", "dev", {
				protected: true,
			});
			await assert.rejects(rebase(main), codeIs("forbidden"));
		});

		test("leaves no way to commit to the old line, even where a tag keeps it", async () => {
			const { main, dev } = await forked(openStore);
			await setProperty(dev, ONE, "d", "1");
			await createTag(main.deps, CALLER, "default", { name: "t", at: "dev" });
			await setProperty(main, ONE, "m", "1");
			await rebased(main);
			const { tenant } = CALLER.principal;
			assert.ok(await main.store.refs.line(tenant, dev.scope.at.line));
			await assert.rejects(
				setProperty(dev, TWO, "k", "lost"),
				codeIs("ref-not-found"),
			);
			const tagged = await propertiesOf(await atRef(main, "t"), ONE);
			assert.deepEqual([tagged.d, tagged.m], ["1", undefined]);
		});

		test("loses no commit that comes at the same moment", async () => {
			let isArmed = false;
			const { main, dev } = await (async () => {
				const catalog = await openTestCatalog({
					openStore,
					store: (store) => ({
						...store,
						async apply(changes) {
							if (isArmed && changes.some(({ op }) => op === "requireHead")) {
								isArmed = false;
								await setProperty(
									await atRef(catalog, "dev"),
									TWO,
									"late",
									"1",
								);
							}
							return store.apply(changes);
						},
					}),
				});
				await makeTable(catalog, ONE);
				await makeTable(catalog, TWO);
				await createBranch(catalog.deps, CALLER, "default", { name: "dev" });
				return { main: catalog, dev: await atRef(catalog, "dev") };
			})();
			await setProperty(dev, ONE, "d", "1");
			await setProperty(main, ONE, "m", "1");
			isArmed = true;
			await rebased(main);
			assert.equal(isArmed, false);
			const now = await atRef(main, "dev");
			assert.equal((await propertiesOf(now, TWO)).late, "1");
			assert.equal((await propertiesOf(now, ONE)).d, "1");
			await runJobs(main);
			await assert.rejects(
				setProperty(dev, TWO, "k", "on the old line"),
				codeIs("table-not-found"),
			);
		});
	});
