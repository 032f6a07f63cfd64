import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
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
import { dropTable } from "../dropTable.ts";
import { tableExists } from "../loadTable.ts";
import { updateNamespaceProperties } from "../namespaceProperties.ts";
import { dropNamespace, listNamespaces, loadNamespace } from "../namespaces.ts";
import { configFor, openScope } from "../scope.ts";
import { createBranch } from "./branches.ts";
import { getCommit, listCommits, tableLog } from "./log.ts";
import type { CommitResult } from "./results.ts";
import { createTag, deleteTag, getTag, listTags } from "./tags.ts";

const TABLE = at("a", "t");

async function log(
	{ deps }: TestCatalog,
	ref = "main",
): Promise<readonly CommitResult[]> {
	const page = await listCommits(deps, NO_AUTH_PRINCIPAL, "default", ref, {});
	return page.commits;
}

for (const [name, openStore] of STORES)
	describe(`states on ${name}`, () => {
		test("a tag, a commit and a time read the same state for ever", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps, scope } = catalog;
			await makeTable(catalog, TABLE);
			await updateNamespaceProperties(deps, scope, ["a"], {
				updates: { p: "1" },
			});
			await setProperty(catalog, TABLE, "k", "old");
			const [head] = await log(catalog);
			assert(head !== undefined);
			await createTag(deps, CALLER, "default", { name: "v1", at: head.id });
			catalog.moveClock(1000);
			await setProperty(catalog, TABLE, "k", "new");
			await updateNamespaceProperties(deps, scope, ["a"], {
				updates: { p: "2" },
			});
			await dropTable(deps, scope, TABLE, { purge: false });
			await dropNamespace(deps, scope, ["a"]);
			assert.equal(await tableExists(deps, scope, TABLE), false);
			for (const ref of [
				"v1",
				head.id,
				head.id.toUpperCase(),
				head.committed_at,
			]) {
				const old = await atRef(catalog, ref);
				assert.equal(
					metadataOf(await loadAt(old, TABLE)).properties.k,
					"old",
					ref,
				);
				assert.deepEqual(await loadNamespace(deps, old.scope, ["a"]), {
					namespace: ["a"],
					properties: { p: "1" },
				});
				const { namespaces } = await listNamespaces(deps, old.scope, [], {});
				assert.deepEqual(namespaces, [["a"], ["default"]]);
				const { prefix } = await configFor(
					deps,
					NO_AUTH_PRINCIPAL,
					`default@${ref}`,
				);
				const again = await openScope(deps, NO_AUTH_PRINCIPAL, prefix);
				assert.deepEqual(again.at, old.scope.at);
			}
		});

		test("a tag, a commit and a time cannot be changed, and it is said why", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			const [head] = await log(catalog);
			await createTag(deps, CALLER, "default", { name: "v1" });
			const refs = { tag: "v1", commit: head?.id ?? "", time: "2100-01-01" };
			for (const [what, ref] of Object.entries(refs)) {
				const pinned = await atRef(catalog, ref);
				await assert.rejects(setProperty(pinned, TABLE, "k", "v"), {
					code: "forbidden",
					message: `default@${ref} is a ${what}: it can be read, not changed`,
				});
			}
		});

		test("before the first commit there is nothing", async () => {
			const catalog = await openTestCatalog({ openStore });
			await assert.rejects(
				atRef(catalog, "2001-01-01"),
				codeIs("ref-not-found"),
			);
			await assert.rejects(
				configFor(catalog.deps, NO_AUTH_PRINCIPAL, "default@2001-01-01"),
				codeIs("ref-not-found"),
			);
			const first = (await log(catalog)).at(-1);
			await atRef(catalog, first?.committed_at ?? "");
		});

		test("every change is a commit with its author, message, parents and keys", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps, scope } = catalog;
			await makeTable({ deps, scope: { ...scope, message: "mine" } }, TABLE);
			await setProperty(catalog, TABLE, "k", "v");
			const commits = await log(catalog);
			assert.deepEqual(
				commits.map(({ message }) => message),
				["commit to table a.t", "mine", "mine", "Create namespace default"],
			);
			for (const [i, commit] of commits.entries()) {
				const parent = commits[i + 1]?.id;
				assert.equal(commit.parent_id, parent ?? null);
				assert.deepEqual(
					commit.parent_ids,
					parent === undefined ? [] : [parent],
				);
				assert.equal(commit.author, "tenant_admin");
				const got = await getCommit(
					deps,
					NO_AUTH_PRINCIPAL,
					"default",
					commit.id,
				);
				assert.deepEqual(got, commit);
			}
			assert.deepEqual(commits[0]?.changes, [
				{ kind: "object", path: ["a", "t"] },
			]);
			await assert.rejects(
				getCommit(deps, NO_AUTH_PRINCIPAL, "default", "nonsense"),
				codeIs("ref-not-found"),
			);
		});

		test("the log of a branch goes on in what it came from, page by page", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			await setProperty(catalog, TABLE, "k", "main 1");
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const dev = await atRef(catalog, "dev");
			await setProperty(catalog, TABLE, "k", "main 2");
			await setProperty(dev, TABLE, "k", "dev 1");
			await makeTable(dev, at("a", "u"));
			const commits = await log(catalog, "dev");
			assert.deepEqual(
				commits.map(({ message }) => message.split(" ").slice(-1)[0]),
				["a.u", "a.t", "a.t", "a.t", "a", "default"],
			);
			assert.equal(commits[1]?.parent_id, commits[2]?.id);
			for (const pageSize of [1, 2, 3, 4]) {
				const paged: CommitResult[] = [];
				for (let pageToken: string | null = ""; pageToken !== null; ) {
					const page = await listCommits(
						deps,
						NO_AUTH_PRINCIPAL,
						"default",
						"dev",
						{ pageToken, pageSize },
					);
					paged.push(...page.commits);
					pageToken = page.nextPageToken;
				}
				assert.deepEqual(paged, commits, `pages of ${pageSize}`);
			}
			const of = await tableLog(
				deps,
				NO_AUTH_PRINCIPAL,
				"default",
				"dev",
				TABLE,
				{},
			);
			assert.deepEqual(of.commits, commits.slice(1, 4));
			const third = commits[3];
			assert.deepEqual(await log(catalog, third?.id), commits.slice(3));
		});

		test("a page token of another log is refused", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			await makeTable(catalog, TABLE);
			const first = await listCommits(
				deps,
				NO_AUTH_PRINCIPAL,
				"default",
				"main",
				{ pageToken: "", pageSize: 1 },
			);
			await assert.rejects(
				tableLog(deps, NO_AUTH_PRINCIPAL, "default", "main", TABLE, {
					pageToken: first.nextPageToken ?? "",
				}),
				codeIs("bad-request"),
			);
		});

		test("tags: made, listed, deleted, never moved", async () => {
			const catalog = await openTestCatalog({ openStore });
			const { deps } = catalog;
			const [head] = await log(catalog);
			const made = await createTag(deps, CALLER, "default", { name: "v1" });
			assert.deepEqual(made, { name: "v1", commit_id: head?.id });
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const ofDev = await createTag(deps, CALLER, "default", {
				name: "v2",
				at: "dev",
			});
			assert.equal(ofDev.commit_id, head?.id);
			await makeTable(catalog, TABLE);
			assert.deepEqual(
				await getTag(deps, NO_AUTH_PRINCIPAL, "default", "v1"),
				made,
			);
			for (const taken of ["v1", "dev", "main"])
				await assert.rejects(
					createTag(deps, CALLER, "default", { name: taken }),
					codeIs("already-exists"),
				);
			await assert.rejects(
				createTag(deps, CALLER, "default", {
					name: "v3",
					at: "01900000-0000-7000-8000-00000000ffff",
				}),
				codeIs("ref-not-found"),
			);
			const { tags } = await listTags(deps, NO_AUTH_PRINCIPAL, "default", {});
			assert.deepEqual(tags, [made, ofDev]);
			await deleteTag(deps, CALLER, "default", "v1");
			await assert.rejects(
				getTag(deps, NO_AUTH_PRINCIPAL, "default", "v1"),
				codeIs("ref-not-found"),
			);
			await assert.rejects(
				deleteTag(deps, CALLER, "default", "dev"),
				codeIs("ref-not-found"),
			);
		});
	});
