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
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import type { Store } from "../../store/contract.ts";
import { tableExists } from "../loadTable.ts";
import { createNamespace, namespaceExists } from "../namespaces.ts";
import { renameTable } from "../renames.ts";
import {
	createBranch,
	deleteBranch,
	getBranch,
	listBranches,
	updateBranch,
} from "./branches.ts";
import { listCommits } from "./log.ts";
import { createTag } from "./tags.ts";

const TABLE = at("a", "t");

async function headOf({ deps }: TestCatalog, ref = "main"): Promise<string> {
	const log = await listCommits(deps, NO_AUTH_PRINCIPAL, "default", ref, {});
	return log.commits[0]?.id ?? "";
}

async function property(catalog: TestCatalog, ref: string): Promise<unknown> {
	const loaded = await loadAt(await atRef(catalog, ref), TABLE);
	return metadataOf(loaded).properties.k;
}

for (const [name, openStore] of STORES)
	describe(`branches on ${name}`, () => {
		test("a branch begins as its source and goes its own way", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await setProperty(catalog, TABLE, "k", "base");
			const made = await createBranch(deps, CALLER, "default", { name: "dev" });
			assert.deepEqual(made, {
				name: "dev",
				branch_type: "ingest",
				head_commit_id: await headOf(catalog),
				assets: [],
				protected: false,
				expires_at: null,
			});
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, TABLE, "k", "dev");
			await setProperty(catalog, TABLE, "k", "main");
			await makeTable(dev, at("new", "only"));
			assert.equal(await property(catalog, "dev"), "dev");
			assert.equal(await property(catalog, "main"), "main");
			assert.equal(
				await tableExists(deps, catalog.scope, at("new", "only")),
				false,
			);
			assert.equal(await namespaceExists(deps, dev.scope, ["new"]), true);
			const got = await getBranch(deps, NO_AUTH_PRINCIPAL, "default", "dev");
			assert.equal(got.head_commit_id, await headOf(catalog, "dev"));
		});

		test("a branch of a tag, of a commit, of a time and of a branch of a branch", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await setProperty(catalog, TABLE, "k", "old");
			const commit = await headOf(catalog);
			await createTag(deps, CALLER, "default", { name: "v1" });
			catalog.moveClock(1000);
			const time = new Date(deps.clock()).toISOString();
			catalog.moveClock(1000);
			await setProperty(catalog, TABLE, "k", "new");
			for (const from of ["v1", commit, time]) {
				const branch = `from-${from}`.replaceAll(":", "-");
				await createBranch(deps, CALLER, "default", { name: branch, from });
				assert.equal(await property(catalog, branch), "old", from);
			}
			await createBranch(deps, CALLER, "default", { name: "b1", from: "v1" });
			await setProperty(await atRef(catalog, "b1"), TABLE, "k", "b1");
			await createBranch(deps, CALLER, "default", { name: "b2", from: "b1" });
			await createBranch(deps, CALLER, "default", { name: "b3", from: "b2" });
			await setProperty(await atRef(catalog, "b1"), TABLE, "k", "later");
			assert.equal(await property(catalog, "b3"), "b1");
			assert.equal(await property(catalog, "main"), "new");
		});

		test("a partial branch shows what it names, and what is made on it", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await makeTable(catalog, at("a", "hidden"));
			const made = await createBranch(deps, CALLER, "default", {
				name: "part",
				assets: ["a.t"],
			});
			assert.deepEqual(made.assets, ["a.t"]);
			const part = await atRef(catalog, "part");
			await makeTable(part, at("a", "own"));
			const shows = (name: string) =>
				tableExists(deps, part.scope, at("a", name));
			assert.deepEqual(
				await Promise.all([shows("t"), shows("hidden"), shows("own")]),
				[true, false, true],
			);
			await assert.rejects(
				createBranch(deps, CALLER, "default", { name: "p2", assets: ["a.x"] }),
				codeIs("asset-not-found"),
			);
			await assert.rejects(
				createBranch(deps, CALLER, "default", { name: "p2", assets: ["t"] }),
				codeIs("bad-request"),
			);
		});

		test("what does not exist, and what exists already", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await createBranch(deps, CALLER, "default", { name: "dev" });
			await createTag(deps, CALLER, "default", { name: "v1" });
			for (const taken of ["dev", "v1", "main"])
				await assert.rejects(
					createBranch(deps, CALLER, "default", { name: taken }),
					codeIs("already-exists"),
					taken,
				);
			for (const from of [
				"no",
				"01900000-0000-7000-8000-00000000ffff",
				"1999-01-01",
			])
				await assert.rejects(
					createBranch(deps, CALLER, "default", { name: "x", from }),
					codeIs("ref-not-found"),
					from,
				);
			await assert.rejects(
				createBranch(deps, CALLER, "none", { name: "x" }),
				codeIs("catalog-not-found"),
			);
			await assert.rejects(
				getBranch(deps, NO_AUTH_PRINCIPAL, "default", "v1"),
				codeIs("ref-not-found"),
			);
			await assert.rejects(
				deleteBranch(deps, CALLER, "default", "v1"),
				codeIs("ref-not-found"),
			);
		});

		test("a deleted branch is gone, and its name free; what others need of it stays", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(dev, TABLE, "k", "dev");
			await createBranch(deps, CALLER, "default", {
				name: "child",
				from: "dev",
			});
			await setProperty(await atRef(catalog, "child"), TABLE, "j", "child");
			await deleteBranch(deps, CALLER, "default", "dev");
			await assert.rejects(atRef(catalog, "dev"), codeIs("ref-not-found"));
			assert.equal(await property(catalog, "child"), "dev");
			await createBranch(deps, CALLER, "default", { name: "dev" });
			assert.equal(await property(catalog, "dev"), undefined);
			await deleteBranch(deps, CALLER, "default", "child");
			const { tenant } = NO_AUTH_PRINCIPAL;
			const line = dev.scope.located.ref.line;
			await runJobs(catalog);
			assert.equal(await catalog.store.refs.line(tenant, line), undefined);
			await assert.rejects(
				deleteBranch(deps, CALLER, "default", "child"),
				codeIs("ref-not-found"),
			);
		});

		test("main cannot be deleted, renamed or made to expire", async () => {
			const { deps } = await openTestCatalog({ openStore });
			const refused = codeIs("bad-request");
			await assert.rejects(
				deleteBranch(deps, CALLER, "default", "main"),
				refused,
			);
			for (const request of [{ name: "x" }, { expiresAtMillis: 9e12 }])
				await assert.rejects(
					updateBranch(deps, CALLER, "default", "main", request),
					refused,
				);
		});

		test("a protected branch takes no commit and cannot be deleted", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			const forbidden = codeIs("forbidden");
			await createBranch(deps, CALLER, "default", {
				name: "p",
				protected: true,
			});
			const p = await atRef(catalog, "p");
			await assert.rejects(setProperty(p, TABLE, "k", "v"), forbidden);
			const rename = { source: TABLE, destination: at("a", "u") };
			await assert.rejects(renameTable(deps, p.scope, rename), forbidden);
			await assert.rejects(
				createNamespace(deps, p.scope, { namespace: ["n"] }),
				forbidden,
			);
			await assert.rejects(
				deleteBranch(deps, CALLER, "default", "p"),
				forbidden,
			);
			await updateBranch(deps, CALLER, "default", "p", { protected: false });
			await setProperty(await atRef(catalog, "p"), TABLE, "k", "v");
			await deleteBranch(deps, CALLER, "default", "p");
		});

		test("a branch is renamed with all that it is", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await createBranch(deps, CALLER, "default", {
				name: "a",
				kind: "experimental",
			});
			await setProperty(await atRef(catalog, "a"), TABLE, "k", "a");
			const renamed = await updateBranch(deps, CALLER, "default", "a", {
				name: "b",
			});
			assert.equal(renamed.branch_type, "experimental");
			assert.equal(await property(catalog, "b"), "a");
			await assert.rejects(atRef(catalog, "a"), codeIs("ref-not-found"));
			await assert.rejects(
				updateBranch(deps, CALLER, "default", "b", { name: "main" }),
				codeIs("already-exists"),
			);
		});

		test("a branch that has expired is closed until it is prolonged", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			const expiresAtMillis = deps.clock() + 60_000;
			const made = await createBranch(deps, CALLER, "default", {
				name: "e",
				expiresAtMillis,
			});
			assert.equal(made.expires_at, new Date(expiresAtMillis).toISOString());
			await atRef(catalog, "e");
			catalog.moveClock(60_000);
			await assert.rejects(atRef(catalog, "e"), codeIs("ref-not-found"));
			await assert.rejects(
				createBranch(deps, CALLER, "default", { name: "f", expiresAtMillis }),
				codeIs("bad-request"),
			);
			await updateBranch(deps, CALLER, "default", "e", {
				expiresAtMillis: null,
			});
			await atRef(catalog, "e");
		});

		test("branches are listed by name, without the tags, in pages too", async () => {
			const { deps } = await openTestCatalog({ openStore });
			for (const branch of ["b", "a", "c"])
				await createBranch(deps, CALLER, "default", { name: branch });
			await createTag(deps, CALLER, "default", { name: "bb" });
			const names = ["a", "b", "c", "main"];
			const all = await listBranches(deps, NO_AUTH_PRINCIPAL, "default", {});
			assert.deepEqual(
				all.branches.map((each) => each.name),
				names,
			);
			const paged: string[] = [];
			for (let pageToken: string | null = ""; pageToken !== null; ) {
				const page = await listBranches(deps, NO_AUTH_PRINCIPAL, "default", {
					pageToken,
					pageSize: 1,
				});
				paged.push(...page.branches.map((each) => each.name));
				pageToken = page.nextPageToken;
			}
			assert.deepEqual(paged, names);
		});

		test("branches that are made at the same time all come to be", async () => {
			const { deps } = await openTestCatalog({ openStore });
			const names = ["a", "b", "c", "d"];
			await Promise.all(
				names.map((each) =>
					createBranch(deps, CALLER, "default", { name: each }),
				),
			);
			const all = await listBranches(deps, NO_AUTH_PRINCIPAL, "default", {});
			assert.equal(all.branches.length, 5);
			const same = await Promise.allSettled(
				names.map(() => createBranch(deps, CALLER, "default", { name: "x" })),
			);
			assert.equal(
				same.filter(({ status }) => status === "fulfilled").length,
				1,
			);
		});
	});

test("making a branch writes as much in a large catalog as in a small one", async () => {
	const sizes: number[] = [];
	const watch = (store: Store): Store => ({
		...store,
		apply: (changes) => {
			sizes.push(JSON.stringify(changes).length);
			return store.apply(changes);
		},
	});
	for (const tables of [1, 30]) {
		const catalog = await openTestCatalog({ store: watch });
		for (let i = 0; i < tables; i++) await makeTable(catalog, at("a", `t${i}`));
		sizes.push(0);
		await createBranch(catalog.deps, CALLER, "default", { name: "dev" });
	}
	const [small = 0, large = 0] = sizes.flatMap((size, i) =>
		size === 0 ? (sizes[i + 1] ?? 0) : [],
	);
	assert(Math.abs(large - small) < 10, `${small} and ${large} characters`);
});
