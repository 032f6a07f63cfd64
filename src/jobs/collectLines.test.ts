import assert from "node:assert/strict";
import { test } from "node:test";
import {
	insertJob,
	openTestCatalog,
	TEST_TENANT,
	type TestCatalog,
} from "../../test/support/jobsCatalog.ts";
import type { CatalogId, LineId } from "../model/ids.ts";
import { brandId } from "../model/ids.ts";
import { collectLines } from "./collectLines.ts";
import { DEFAULT_JOB_SETTINGS } from "./deps.ts";
import { takeLease } from "./lease.ts";
import { startJobs } from "./runner.ts";

const GOING = brandId<LineId>("line-going");
const MERGES = 8;

/** A line that no ref names and that merged several others. */
async function mergingLine(catalog: TestCatalog): Promise<void> {
	await catalog.addBranch("going", 0);
	const { store } = catalog;
	const going = await store.refs.line(TEST_TENANT, GOING);
	assert.ok(going);
	const ref = { tenant: TEST_TENANT, catalog: going.catalog, name: "going" };
	await catalog.apply({ op: "delete", collection: "ref", key: ref });
	for (let i = 0; i < MERGES; i++) {
		await catalog.addBranch(`b${i}`, 0);
		const line = brandId<LineId>(`line-b${i}`);
		await merge(catalog, going.catalog, line);
	}
}

async function merge(
	test: TestCatalog,
	catalog: CatalogId,
	line: LineId,
): Promise<void> {
	await test.apply({
		op: "advance",
		...{ tenant: TEST_TENANT, catalog, line: GOING },
		commit: {
			id: brandId(test.deps.newUuid()),
			mergedParents: [{ line, number: 0 }],
			author: brandId("tester"),
			authorName: "tester",
			message: "",
		},
		nowMicros: test.clock * 1000,
		entries: [],
	});
}

test("the removal of a line that merged much keeps its lease, however slow the store is", async () => {
	const catalog = await openTestCatalog();
	await mergingLine(catalog);
	const id = await insertJob(catalog, "collect-lines", { lines: [GOING] });
	const { store } = catalog;
	const { leaseMillis } = DEFAULT_JOB_SETTINGS;
	let reads = 0;
	/** Each read takes a tenth of a lease; nobody else may have the job by then. */
	const slow = async <Result>(read: Promise<Result>): Promise<Result> => {
		reads++;
		catalog.clock += leaseMillis / 10;
		const job = await store.work.job(TEST_TENANT, id);
		assert.ok((job?.value.leaseUntilMillis ?? 0) > catalog.clock);
		return await read;
	};
	const deps = {
		...catalog.deps,
		settings: DEFAULT_JOB_SETTINGS,
		store: {
			...store,
			commits: {
				...store.commits,
				newestMerge: (...of: Parameters<typeof store.commits.newestMerge>) =>
					slow(store.commits.newestMerge(...of)),
			},
			refs: {
				...store.refs,
				line: (...of: Parameters<typeof store.refs.line>) =>
					slow(store.refs.line(...of)),
			},
		},
	};
	const [due] = await store.work.dueJobs(catalog.clock, 1);
	assert.ok(due);
	const { signal } = new AbortController();
	const lease = await takeLease(deps, "runner", due, signal);
	assert.ok(lease);
	const done = await collectLines(deps, lease, { lines: [GOING] });
	assert.equal(done.outcome, "done");
	assert.equal(await store.refs.line(TEST_TENANT, GOING), undefined);
	assert.ok(reads > 2 * MERGES, `${reads} reads`);
	await catalog.dispose();
});

test("a step that the store refuses ends the job's round, which comes back", async () => {
	const catalog = await openTestCatalog();
	await mergingLine(catalog);
	const id = await insertJob(catalog, "collect-lines", { lines: [GOING] });
	const { store } = catalog;
	let refusals = 0;
	const refusing: typeof store = {
		...store,
		async apply(changes) {
			// The first step comes with the catalog's version.
			if (changes[0]?.op !== "forgetLine" || refusals > 0)
				return await store.apply(changes);
			refusals++;
			return { outcome: "refused", reason: "notEmpty", at: { change: 0 } };
		},
	};
	const settings = { pageSize: 1 };
	const runner = startJobs({ ...catalog.deps, store: refusing, settings });
	await runner.idle();
	const waiting = await store.work.job(TEST_TENANT, id);
	assert.equal(waiting?.value.attempts, 1);
	assert.match(waiting.value.lastError ?? "", /line-going stays.*notEmpty/);
	assert.ok(waiting.value.runAfterMillis > catalog.clock);
	catalog.clock = waiting.value.runAfterMillis;
	runner.kick();
	await runner.idle();
	await runner.stop();
	assert.equal(await store.refs.line(TEST_TENANT, GOING), undefined);
	assert.equal(await store.work.job(TEST_TENANT, id), undefined);
	await catalog.dispose();
});
