import assert from "node:assert/strict";
import { test } from "node:test";
import {
	inCatalog,
	TEST_TENANT,
	type TestCatalog,
} from "../../test/support/jobsCatalog.ts";
import type { Store } from "../store/contract.ts";
import { openMemoryStore } from "../store/memory/memoryStore.ts";
import { openSqliteStore } from "../store/sqlite/sqliteStore.ts";
import { startJobs } from "./runner.ts";

const HOUR = 3_600_000;

test("a purge deletes everything below the table and nothing beside it", () =>
	inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		const alike = await catalog.addTable("t_2");
		for (const path of ["data/a=b%2Fc/x.parquet", "data/.x.crc", "a/b/c/d"])
			await catalog.storage.write(
				`${table.folder}${path}` as never,
				Buffer.from(""),
			);
		const kept = await catalog.files("t_2");
		await table.drop();
		const job = await table.purge();
		await runAll(catalog);
		assert.deepEqual(await catalog.files("t"), []);
		assert.deepEqual(await catalog.files("t_2"), kept);
		assert.deepEqual(await table.claims(), []);
		assert.deepEqual(await alike.claims(), ["held"]);
		assert.equal(await catalog.store.work.job(TEST_TENANT, job), undefined);
		const finished = catalog.observed.find((o) => o.kind === "job-finished");
		assert.equal(finished?.summary, "5 files deleted");
	}));

test("a purge waits as long as another branch shows the table", () =>
	inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		await catalog.addBranch("dev", await catalog.head("main"));
		await table.drop();
		const job = await table.purge();
		await runAll(catalog);
		assert.equal((await catalog.files("t")).length, 2);
		assert.deepEqual(await table.claims(), ["held"]);
		const waiting = await catalog.store.work.job(TEST_TENANT, job);
		assert.match(waiting?.value.lastError ?? "", /still shows/);
		assert.equal(waiting?.value.leaseOwner, null);
		await table.drop("dev");
		catalog.clock += HOUR;
		await runAll(catalog);
		assert.deepEqual(await catalog.files("t"), []);
		assert.deepEqual(await table.claims(), []);
	}));

/** Whether the metadata of another table that lies in the purged one's folder survives. */
async function sparesForeignFile(bug: (store: Store) => Store) {
	let survived = false;
	await inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		const other = await catalog.addTable("other");
		await other.replace(await table.write("metadata/9-other.metadata.json"));
		await table.drop();
		await table.purge();
		await runAll(catalog, bug(catalog.store));
		survived = (await catalog.files("t")).some((f) => f.includes("9-other"));
	});
	return survived;
}

test("a purge spares a folder in which another table has its metadata", async () => {
	assert.equal(await sparesForeignFile((store) => store), true);
});

test("control: without the check of foreign metadata the test above fails", async () => {
	const bug = (store: Store): Store => ({
		...store,
		entries: { ...store.entries, assetsBelow: async () => [] },
	});
	assert.equal(await sparesForeignFile(bug), false);
});

/** Whether a table survives a branch that is made just before its claims are closed. */
async function survivesLateBranch(bug: (store: Store) => Store) {
	let survived = false;
	await inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		const before = await catalog.head("main");
		await table.drop();
		await table.purge();
		let branched = false;
		const store: Store = {
			...catalog.store,
			async apply(changes) {
				if (!branched && changes.some(({ op }) => op === "claim")) {
					branched = true;
					await catalog.addBranch("late", before);
				}
				return catalog.store.apply(changes);
			},
		};
		await runAll(catalog, bug(store));
		assert.ok(branched);
		survived = (await catalog.files("t")).length === 2;
	});
	return survived;
}

test("a branch made between the first look and the closing of the claims is seen", async () => {
	assert.equal(await survivesLateBranch((store) => store), true);
});

test("control: without the second look the test above fails", async () => {
	const bug = (store: Store): Store => {
		let first: Promise<boolean> | undefined;
		const isReachable: Store["entries"]["isReachable"] = (tenant, asset) => {
			first ??= store.entries.isReachable(tenant, asset);
			return first;
		};
		return { ...store, entries: { ...store.entries, isReachable } };
	};
	assert.equal(await survivesLateBranch(bug), false);
});

test("a branch made after the closing of the claims must look again", () =>
	inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		const version = await catalogVersion(catalog);
		await table.drop();
		await table.purge();
		await runAll(catalog);
		assert.ok((await catalogVersion(catalog)) > version);
	}));

test("a folder that somebody else has claimed meanwhile stays", () =>
	inCatalog(async (catalog) => {
		const table = await catalog.addTable("t");
		await table.drop();
		await catalog.apply({
			op: "releaseClaims",
			tenant: TEST_TENANT,
			asset: table.id,
		});
		const heir = await catalog.addTable("heir", { folder: "t" });
		await table.purge();
		await runAll(catalog);
		assert.equal((await catalog.files("t")).length, 4);
		assert.deepEqual(await heir.claims(), ["held"]);
	}));

test("a table whose folder contains a root of the warehouse loses no file", () =>
	inCatalog(async (catalog) => {
		const table = await catalog.addTable("t", { folder: "" });
		await table.drop();
		await table.purge();
		await runAll(catalog);
		assert.equal((await catalog.files()).length, 2);
		assert.deepEqual(await table.claims(), []);
	}));

for (const [name, openStore] of [
	["memory", openMemoryStore],
	["SQLite", () => openSqliteStore({ path: ":memory:" })],
] as const)
	test(`a purge on ${name} that is killed at any of its steps is finished by the next runner`, () =>
		finishesAfterAnyKill(openStore));

async function finishesAfterAnyKill(
	openStore: () => Store | Promise<Store>,
): Promise<void> {
	let steps = 0;
	for (let n = 1; n <= steps + 1; n++)
		await inCatalog(
			async (catalog) => {
				const table = await catalog.addTable("t");
				await table.write("data/second.parquet");
				await table.drop();
				await table.purge();
				steps = await runUntilKilled(catalog, n);
				catalog.clock += HOUR;
				await runAll(catalog);
				assert.deepEqual(await catalog.files(), [], `killed at step ${n}`);
				assert.deepEqual(await table.claims(), [], `killed at step ${n}`);
				assert.equal(await catalog.store.work.nextJobAtMillis(), undefined);
			},
			await openStore(),
		);
	assert.ok(steps >= 6, `only ${steps} steps`);
}

/** Lets `n` - 1 writes happen; from then on nothing does, as after a kill. Even ones are lost before, odd ones after their effect. */
async function runUntilKilled(
	catalog: TestCatalog,
	n: number,
): Promise<number> {
	let count = 0;
	async function step<Result>(run: () => Promise<Result>): Promise<Result> {
		count++;
		if (count === n && n % 2 === 1) await run();
		if (count >= n) throw new Error("killed");
		return run();
	}
	const { store, storage } = catalog;
	const runner = startJobs({
		...catalog.deps,
		settings: { pageSize: 1 },
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

async function catalogVersion({ store }: TestCatalog): Promise<number> {
	const row = await store.registry.catalog(TEST_TENANT, "c");
	return row?.version ?? 0;
}

async function runAll(
	catalog: TestCatalog,
	store: Store = catalog.store,
): Promise<void> {
	const runner = startJobs({ ...catalog.deps, store });
	await runner.idle();
	await runner.stop();
}
