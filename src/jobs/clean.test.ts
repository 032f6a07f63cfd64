import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	runJobs,
	setProperty,
	type TestCatalog,
	type TestCatalogOptions,
} from "../../test/support/catalog.ts";
import { merged } from "../../test/support/merges.ts";
import {
	atRef,
	CALLER,
	codeIs,
	loadAt,
	STORES,
} from "../../test/support/refs.ts";
import { dropTable } from "../catalog/dropTable.ts";
import { createBranch, deleteBranch } from "../catalog/refs/branches.ts";
import { listCommits } from "../catalog/refs/log.ts";
import { createTag, deleteTag } from "../catalog/refs/tags.ts";
import { registerTable } from "../catalog/registers.ts";
import type { Store } from "../store/contract.ts";
import { startJobs } from "./runner.ts";

const DAY = 24 * 60 * 60 * 1000;
const TABLE = at("ns", "t");
const CLEANING = { cleanMillis: DAY / 24, pageSize: 2 };

/** A table with the metadata files 0 to 4, each of a commit of its own. */
async function withHistory(
	options: TestCatalogOptions = {},
): Promise<TestCatalog> {
	const catalog = await openTestCatalog(options);
	await makeTable(catalog, TABLE);
	for (const value of ["1", "2", "3", "4"])
		await setProperty(catalog, TABLE, "version", value);
	// The job is there, but not due yet.
	await runJobs(catalog, CLEANING);
	return catalog;
}

/** The versions whose metadata files are there. */
async function versionsIn({ storage }: TestCatalog): Promise<string[]> {
	const files = await filesIn(storage);
	return files.map((file) => /\/0000(\d)-/.exec(file)?.[1] ?? file);
}

/** The commit that made a version of the table. */
async function commitOf(
	catalog: TestCatalog,
	version: number,
): Promise<string> {
	const { commits } = await listCommits(
		catalog.deps,
		CALLER.principal,
		"default",
	);
	// The newest comes first and is of version 4.
	return commits[4 - version]?.id ?? "";
}

async function versionAt(catalog: TestCatalog, ref: string): Promise<unknown> {
	const loaded = await loadAt(await atRef(catalog, ref), TABLE);
	return metadataOf(loaded).properties.version;
}

for (const [name, openStore] of STORES) {
	test(`what the history does not keep any more is deleted, on ${name}`, async () => {
		const catalog = await withHistory({ openStore });
		const { deps } = catalog;
		const old = await commitOf(catalog, 2);
		const older = await commitOf(catalog, 1);
		await createTag(deps, CALLER, "default", { name: "v2", at: old });
		catalog.moveClock(6 * DAY);
		await runJobs(catalog, CLEANING);
		assert.deepEqual(await versionsIn(catalog), ["0", "1", "2", "3", "4"]);
		catalog.moveClock(2 * DAY);
		await runJobs(catalog, CLEANING);
		assert.deepEqual(await versionsIn(catalog), ["2", "4"]);
		assert.equal(await versionAt(catalog, "v2"), "2");
		assert.equal(await versionAt(catalog, old), "2");
		assert.equal(await versionAt(catalog, "main"), "4");
		await assert.rejects(versionAt(catalog, older), codeIs("ref-not-found"));
		assert.equal(await commitOf(catalog, 1), older, "the log stays");
		await deleteTag(deps, CALLER, "default", "v2");
		catalog.moveClock(DAY);
		await runJobs(catalog, CLEANING);
		assert.deepEqual(await versionsIn(catalog), ["4"]);
		const { tenant, id } = catalog.scope.located.catalog;
		const left = await catalog.store.history.garbage(tenant, id, { limit: 9 });
		assert.deepEqual(left, []);
	});

	test(`a deleted branch's files go, those that others show stay, on ${name}`, async () => {
		const catalog = await withHistory({ openStore });
		const { deps } = catalog;
		await createBranch(deps, CALLER, "default", { name: "dev" });
		const dev = await atRef(catalog, "dev");
		await setProperty(dev, TABLE, "version", "dev");
		await makeTable(dev, at("ns", "kept"));
		const before = await filesIn(catalog.storage);
		await deleteBranch(deps, CALLER, "default", "dev");
		catalog.moveClock(8 * DAY);
		await runJobs(catalog, CLEANING);
		const files = await filesIn(catalog.storage);
		assert.equal(before.length, 7);
		// The table of the branch alone was never purged: its files stay.
		assert.equal(files.length, 2);
		assert.equal(await versionAt(catalog, "main"), "4");
	});

	test(`a cleaning that is killed at any of its steps is finished by the next, on ${name}`, async () => {
		let steps = 0;
		for (let n = 1; n <= steps + 1; n++) {
			const catalog = await withHistory({ openStore });
			await createBranch(catalog.deps, CALLER, "default", { name: "dev" });
			await setProperty(await atRef(catalog, "dev"), TABLE, "version", "dev");
			await deleteBranch(catalog.deps, CALLER, "default", "dev");
			catalog.moveClock(8 * DAY);
			steps = await runUntilKilled(catalog, n);
			catalog.moveClock(DAY);
			await runJobs(catalog, CLEANING);
			assert.deepEqual(await versionsIn(catalog), ["4"], `killed at step ${n}`);
			const { tenant, id } = catalog.scope.located.catalog;
			const { history } = catalog.store;
			const lines = await history.lines(tenant, id, { limit: 9 });
			assert.equal(lines.length, 1, `killed at step ${n}`);
			assert.deepEqual(await history.garbage(tenant, id, { limit: 9 }), []);
		}
		assert.ok(steps >= 10, `only ${steps} steps`);
	});
}

test("a branch that began between two merges can still be merged with the source", async () => {
	const catalog = await withHistory();
	const { deps } = catalog;
	const other = at("ns", "other");
	await makeTable(catalog, other);
	await createBranch(deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(catalog, "dev");
	await setProperty(dev, TABLE, "dev", "1");
	await merged(catalog, "dev");
	await createBranch(deps, CALLER, "default", { name: "feature" });
	await setProperty(dev, TABLE, "dev", "2");
	await setProperty(dev, TABLE, "dev", "3");
	await merged(catalog, "dev");
	// Known to be based on the first merge: elsewhere both sides would have set `dev`.
	const feature = await atRef(catalog, "feature");
	await setProperty(feature, TABLE, "feature", "1");
	catalog.moveClock(8 * DAY);
	await setProperty(dev, other, "dev", "4");
	await runJobs(catalog, CLEANING);
	await merged(catalog, "dev", { target: "feature" });
	const { properties } = metadataOf(
		await loadAt(await atRef(catalog, "feature"), TABLE),
	);
	assert.equal(properties.dev, "3");
	assert.equal(properties.feature, "1");
});

/** Lets `n` - 1 writes happen; from then on nothing does, as after a kill. Even ones are lost before, odd ones after their effect. */
async function runUntilKilled(
	{ deps, storage }: TestCatalog,
	n: number,
): Promise<number> {
	let count = 0;
	async function step<Result>(run: () => Promise<Result>): Promise<Result> {
		count++;
		if (count === n && n % 2 === 1) await run();
		if (count >= n) throw new Error("killed");
		return run();
	}
	const { store } = deps;
	const runner = startJobs({
		...deps,
		settings: { ...CLEANING, concurrency: 1 },
		store: { ...store, apply: (changes) => step(() => store.apply(changes)) },
		storageFor: () => ({
			...storage,
			remove: (locations) => step(() => storage.remove(locations)),
		}),
	});
	await runner.idle();
	await runner.stop();
	return count;
}

/** Cleans, and does something the first time that a store's change or a removal of files comes. */
async function cleanWith(
	catalog: TestCatalog,
	meanwhile: () => Promise<unknown>,
	moment: "forget" | "remove",
): Promise<void> {
	let isDone = false;
	const once = async (isMoment: boolean) => {
		if (!isMoment || isDone) return;
		isDone = true;
		await meanwhile();
	};
	const { deps, storage } = catalog;
	const { store } = deps;
	const runner = startJobs({
		...deps,
		settings: { ...CLEANING, pageSize: 500 },
		clock: () => deps.clock() + 8 * DAY,
		store: {
			...store,
			async apply(changes) {
				const isForget = changes.some(({ op }) => op === "forget");
				await once(moment === "forget" && isForget);
				return store.apply(changes);
			},
		},
		storageFor: () => ({
			...storage,
			async remove(locations) {
				await once(moment === "remove");
				return storage.remove(locations);
			},
		}),
	});
	await runner.idle();
	await runner.stop();
	assert.ok(isDone);
}

test("a tag that is made of the history while it is forgotten keeps its state", async () => {
	const catalog = await withHistory();
	const old = await commitOf(catalog, 2);
	const tag = () =>
		createTag(catalog.deps, CALLER, "default", { name: "late", at: old });
	await cleanWith(catalog, tag, "forget");
	assert.equal(await versionAt(catalog, "late"), "2");
	assert.deepEqual(await versionsIn(catalog), ["2", "4"]);
});

/** Whether a table can be read after a forgotten metadata file of it was registered while it was deleted. */
async function survivesRegister(
	bug: (store: Store) => Store,
): Promise<boolean> {
	const catalog = await withHistory({ store: bug });
	const { deps, scope, storage } = catalog;
	const file = (await filesIn(storage)).find((each) =>
		each.includes("/00002-"),
	);
	assert.ok(file);
	const back = () =>
		registerTable(deps, scope, TABLE.namespace, {
			name: TABLE.name,
			"metadata-location": file,
			overwrite: true,
		}).catch((error) => error);
	await cleanWith(catalog, back, "remove");
	const fresh = { ...catalog, deps: catalog.secondServer() };
	return loadAt(fresh, TABLE).then(
		() => true,
		() => false,
	);
}

test("a forgotten file that is registered while it is deleted is refused", async () => {
	assert.equal(await survivesRegister((store) => store), true);
});

test("control: without the check of the garbage the test above fails", async () => {
	const bug = (store: Store): Store => ({
		...store,
		apply: (changes) =>
			store.apply(
				changes.filter(
					(change) =>
						!("collection" in change && change.collection === "garbage") ||
						change.op !== "check",
				),
			),
	});
	assert.equal(await survivesRegister(bug), false);
});

test("a table that was dropped without a purge keeps its last files", async () => {
	const catalog = await withHistory();
	await dropTable(catalog.deps, catalog.scope, TABLE, { purge: false });
	catalog.moveClock(8 * DAY);
	await runJobs(catalog, CLEANING);
	assert.ok((await versionsIn(catalog)).includes("4"));
	const { tenant, id } = catalog.scope.located.catalog;
	const left = await catalog.store.history.garbage(tenant, id, { limit: 9 });
	assert.deepEqual(left, []);
});

test("what was replaced a moment ago stays, whatever the retention", async () => {
	const catalog = await withHistory();
	const { tenant, name } = catalog.scope.located.catalog;
	const { registry } = catalog.store;
	const row = await registry.catalog(tenant, name);
	assert.ok(row);
	const properties = { "history.retention-seconds": "0" };
	const { outcome } = await catalog.deps.store.apply([
		{
			op: "update",
			collection: "catalog",
			key: { tenant, name },
			value: { ...row.value, properties },
			ifVersion: row.version,
		},
	]);
	assert.equal(outcome, "applied");
	const minute = 60_000;
	const often = { ...CLEANING, cleanMillis: minute };
	catalog.moveClock(DAY / 24);
	await setProperty(catalog, TABLE, "version", "5");
	await runJobs(catalog, often);
	assert.deepEqual(await versionsIn(catalog), ["4", "5"]);
	catalog.moveClock(9 * minute);
	await runJobs(catalog, often);
	assert.deepEqual(await versionsIn(catalog), ["4", "5"]);
	catalog.moveClock(2 * minute);
	await runJobs(catalog, often);
	assert.deepEqual(await versionsIn(catalog), ["5"]);
});

test("a job cleans its catalog again and again, until it is switched off", async () => {
	const catalog = await withHistory();
	const job = async () => {
		const { tenant, id } = catalog.scope.located.catalog;
		return catalog.store.work.job(tenant, id as never);
	};
	const first = await job();
	assert.ok(first);
	catalog.moveClock(DAY);
	await runJobs(catalog, CLEANING);
	const second = await job();
	assert.ok(second && second.value.runAfterMillis > first.value.runAfterMillis);
	assert.equal(second.value.attempts, 0);
	catalog.moveClock(DAY);
	await runJobs(catalog, { cleanMillis: 0 });
	assert.equal(await job(), undefined);
});
