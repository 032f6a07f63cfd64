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
	complete,
	conflicted,
	contentsOf,
	headOf,
	merged,
} from "../../../test/support/merges.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import { tableExists } from "../loadTable.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { getCommit } from "./log.ts";
import type { ConflictDecision } from "./mergeRequests.ts";
import type { ConflictResult } from "./mergeResults.ts";
import {
	abortMerge,
	getMerge,
	listConflicts,
	listMerges,
	resolveConflict,
} from "./resolveMerge.ts";

const ONE = at("a", "one");
const TWO = at("a", "two");
const NEW = at("a", "new");

interface Open {
	readonly main: TestCatalog;
	readonly dev: TestCatalog;
	readonly id: string;
	readonly conflicts: readonly ConflictResult[];
}

/** A merge of `dev` into `main` with a conflict in each of two tables. */
async function opened(openStore: (typeof STORES)[number][1]): Promise<Open> {
	const main = await openTestCatalog({ openStore });
	await makeTable(main, ONE);
	await makeTable(main, TWO);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(main, "dev");
	for (const table of [ONE, TWO]) {
		await setProperty(dev, table, "k", "dev");
		await setProperty(main, table, "k", "main");
	}
	await makeTable(dev, NEW);
	return { main, dev, ...(await conflicted(main, "dev")) };
}

function conflictOf({ conflicts }: Open, name: string): ConflictResult {
	const found = conflicts.find((each) => each.asset_name === name);
	assert(found !== undefined);
	return found;
}

function resolve(
	{ deps }: TestCatalog,
	conflict: Pick<ConflictResult, "id">,
	decision: ConflictDecision,
) {
	return resolveConflict(deps, CALLER, conflict.id, decision);
}

const SOURCE: ConflictDecision = { strategy: "TakeSource" };
const TARGET: ConflictDecision = { strategy: "TakeTarget" };

async function statusOf({ main, id }: Open): Promise<string> {
	return (await getMerge(main.deps, CALLER.principal, id)).status;
}

async function kOf(catalog: TestCatalog, table: typeof ONE) {
	return metadataOf(await loadAt(catalog, table)).properties.k;
}

for (const [name, openStore] of STORES)
	describe(`the life of a merge on ${name}`, () => {
		test("goes from conflicted by resolving to ready and completed", async () => {
			const open = await opened(openStore);
			const { main, id } = open;
			assert.equal(await statusOf(open), "Conflicted");
			await assert.rejects(complete(main, id), codeIs("bad-request"));
			await resolve(main, conflictOf(open, "a.one"), SOURCE);
			assert.equal(await statusOf(open), "Resolving");
			await assert.rejects(complete(main, id), codeIs("bad-request"));
			await resolve(main, conflictOf(open, "a.two"), TARGET);
			assert.equal(await statusOf(open), "Ready");
			const head = await headOf(main, "main");
			const done = await complete(main, id);
			assert(done.outcome === "completed");
			assert.equal(await headOf(main, "main"), head + 1);
			assert.equal(await kOf(main, ONE), "dev");
			assert.equal(await kOf(main, TWO), "main");
			assert.ok(await tableExists(main.deps, main.scope, NEW));
			const { commit_id } = done.completed;
			const commit = await getCommit(
				main.deps,
				CALLER.principal,
				"default",
				commit_id ?? "",
			);
			assert.equal(commit.parent_ids.length, 2);
			assert.deepEqual(await complete(main, id), done);
			assert.equal(await headOf(main, "main"), head + 1);
			await assert.rejects(
				abortMerge(main.deps, CALLER, id),
				codeIs("bad-request"),
			);
			await assert.rejects(
				resolve(main, conflictOf(open, "a.one"), TARGET),
				codeIs("bad-request"),
			);
			const kept = await getMerge(main.deps, CALLER.principal, id);
			assert.equal(kept.status, "Completed");
			assert.equal(kept.result_commit_id, commit_id);
			assert.equal((await merged(main, "dev")).result_commit_id, null);
		});

		test("ends with an abort, once and for all", async () => {
			const open = await opened(openStore);
			const { main, id } = open;
			const before = await contentsOf(main, "main");
			const aborted = { status: "aborted", operation_id: id };
			assert.deepEqual(await abortMerge(main.deps, CALLER, id), aborted);
			assert.deepEqual(await abortMerge(main.deps, CALLER, id), aborted);
			await assert.rejects(complete(main, id), codeIs("bad-request"));
			await assert.rejects(
				resolve(main, conflictOf(open, "a.one"), SOURCE),
				codeIs("bad-request"),
			);
			assert.deepEqual(await contentsOf(main, "main"), before);
		});

		test("merges the source as it was asked for, into the target as it is", async () => {
			const open = await opened(openStore);
			const { main, dev, id, conflicts } = open;
			for (const conflict of conflicts) await resolve(main, conflict, SOURCE);
			await setProperty(dev, NEW, "k", "later");
			await makeTable(main, at("a", "mine"));
			const done = await complete(main, id);
			assert.equal(done.outcome, "completed");
			assert.equal(await kOf(main, NEW), undefined);
			assert.ok(await tableExists(main.deps, main.scope, at("a", "mine")));
			assert.notEqual((await merged(main, "dev")).result_commit_id, null);
			assert.equal(await kOf(main, NEW), "later");
		});

		test("waits for ever for a source that stands still, for one that went on as long as history lasts", async () => {
			for (const goesOn of [false, true]) {
				const { main, dev, id, conflicts } = await opened(openStore);
				for (const conflict of conflicts) await resolve(main, conflict, SOURCE);
				if (goesOn) await setProperty(dev, NEW, "k", "later");
				main.moveClock(8 * 24 * 60 * 60 * 1000);
				if (goesOn)
					await assert.rejects(complete(main, id), codeIs("ref-not-found"));
				else assert.equal((await complete(main, id)).outcome, "completed");
			}
		});

		test("cannot be completed without its source, but aborted", async () => {
			const { main, id, conflicts } = await opened(openStore);
			for (const conflict of conflicts) await resolve(main, conflict, SOURCE);
			await deleteBranch(main.deps, CALLER, "default", "dev");
			await runJobs(main);
			await assert.rejects(complete(main, id), codeIs("ref-not-found"));
			await abortMerge(main.deps, CALLER, id);
		});

		test("asks again about a conflict that has changed, and keeps what else was decided", async () => {
			const open = await opened(openStore);
			const { main, id } = open;
			const one = conflictOf(open, "a.one");
			await resolve(main, one, SOURCE);
			await resolve(main, conflictOf(open, "a.two"), TARGET);
			await setProperty(main, ONE, "k", "main again");
			const head = await headOf(main, "main");
			const again = await complete(main, id);
			assert(again.outcome === "conflicted");
			assert.equal(again.conflicted.conflicts, 1);
			assert.equal(await statusOf(open), "Conflicted");
			assert.equal(await headOf(main, "main"), head);
			const listed = await listConflicts(main.deps, CALLER.principal, id);
			assert.equal(listed.length, 2);
			const anew = listed.find(({ resolution }) => resolution === null);
			assert(anew !== undefined && anew.asset_name === "a.one");
			assert.notEqual(anew.id, one.id);
			await assert.rejects(
				resolve(main, one, SOURCE),
				codeIs("merge-not-found"),
			);
			await resolve(main, anew, TARGET);
			assert.equal((await complete(main, id)).outcome, "completed");
			assert.equal(await kOf(main, ONE), "main again");
			assert.equal(await kOf(main, TWO), "main");
		});

		test("takes a decision by hand, if it fits the conflict", async () => {
			const main = await openTestCatalog({ openStore });
			await makeTable(main, ONE);
			await createBranch(main.deps, CALLER, "default", { name: "dev" });
			await makeTable(await atRef(main, "dev"), NEW);
			await makeTable(main, NEW);
			const { id, conflicts } = await conflicted(main, "dev");
			const [conflict] = conflicts;
			assert(conflict !== undefined);
			const [theirs] = conflict.details.source;
			const manual = (...keep: unknown[]): ConflictDecision => ({
				strategy: "Manual",
				value: { keep: keep as never },
			});
			for (const wrong of [
				{ strategy: "Manual" as const },
				{ ...SOURCE, value: { keep: [] } },
				{ strategy: "AutoMerge" as const },
				manual({ side: "source", asset_id: "nobody" }),
				manual({ side: "source" }, { side: "source" }),
				manual({ side: "source", as: ["new"] }),
				manual({ side: "source", as: ["a", ""] }),
			])
				await assert.rejects(
					resolve(main, conflict, wrong),
					codeIs("bad-request"),
				);
			await resolve(
				main,
				conflict,
				manual({ side: "source" }, { side: "target" }),
			);
			const still = await complete(main, id);
			assert(still.outcome === "conflicted", "two assets of one name");
			await resolve(
				main,
				conflict,
				manual(
					{ side: "target" },
					{ side: "source", asset_id: theirs?.asset_id, as: ["a", "theirs"] },
				),
			);
			assert.equal((await complete(main, id)).outcome, "completed");
			assert.ok(await tableExists(main.deps, main.scope, NEW));
			assert.ok(await tableExists(main.deps, main.scope, at("a", "theirs")));
		});

		test("is listed newest first, and found by nobody else", async () => {
			const open = await opened(openStore);
			const { main, id } = open;
			await createBranch(main.deps, CALLER, "default", { name: "other" });
			await makeTable(await atRef(main, "other"), at("a", "more"));
			const second = await merged(main, "other");
			const list = (page = {}) =>
				listMerges(main.deps, CALLER.principal, "default", page);
			const { operations } = await list();
			assert.deepEqual(
				operations.map((each) => [each.id, each.status, each.conflicts_count]),
				[
					[second.id, "Completed", 0],
					[id, "Conflicted", 2],
				],
			);
			const page = await list({ pageToken: "", pageSize: 1 });
			assert.equal(page.operations[0]?.id, second.id);
			const next = await list({ pageToken: page.nextPageToken, pageSize: 1 });
			assert.equal(next.operations[0]?.id, id);
			const stranger = { ...CALLER.principal, tenant: "other" as never };
			await assert.rejects(
				getMerge(main.deps, stranger, id),
				codeIs("merge-not-found"),
			);
			await assert.rejects(
				resolveConflict(
					main.deps,
					{ principal: stranger },
					conflictOf(open, "a.one").id,
					SOURCE,
				),
				codeIs("merge-not-found"),
			);
		});

		test("F19: completed twice at once makes one commit", async () => {
			const open = await opened(openStore);
			const { main, id, conflicts } = open;
			for (const conflict of conflicts) await resolve(main, conflict, SOURCE);
			const head = await headOf(main, "main");
			const other = { deps: main.secondServer() };
			const all = await Promise.all(
				[main, other, main, other].map((server) => complete(server, id)),
			);
			for (const each of all) assert.deepEqual(each, all[0]);
			assert.equal(await headOf(main, "main"), head + 1);
		});
	});
