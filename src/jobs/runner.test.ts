import assert from "node:assert/strict";
import { mock, test } from "node:test";
import {
	inCatalog,
	insertJob,
	NOW,
	TEST_TENANT,
	TEST_WAREHOUSE,
	type TestCatalog,
	type TestTable,
} from "../../test/support/jobsCatalog.ts";
import type { FileStorage } from "../files/contract.ts";
import { PangolinError } from "../model/errors.ts";
import { brandId, type JobId } from "../model/ids.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import { openMemoryStore } from "../store/memory/memoryStore.ts";
import { openSqliteStore } from "../store/sqlite/sqliteStore.ts";
import { DEFAULT_JOB_SETTINGS } from "./deps.ts";
import { expireIdempotency } from "./expireIdempotency.ts";
import { startJobs } from "./runner.ts";

test("of several runners on one store each job is done by one", () =>
	inCatalog(async (catalog) => {
		for (let i = 0; i < 12; i++) await droppedTable(catalog, `t${i}`);
		const runners = [1, 2, 3].map(() => startJobs(catalog.deps));
		await Promise.all(runners.map((runner) => runner.idle()));
		await Promise.all(runners.map((runner) => runner.stop()));
		const finished = catalog.observed.filter((o) => o.kind === "job-finished");
		assert.equal(new Set(finished.map((o) => o.job)).size, 12);
		assert.equal(finished.length, 12);
		assert.ok(finished.every((o) => o.attempts === 1));
		assert.deepEqual(await catalog.files(), []);
	}));

test("a failing job is tried again, later each time, and says why", () =>
	inCatalog(async (catalog) => {
		await droppedTable(catalog, "t");
		let failures = 3;
		const runner = startJobs({
			...catalog.deps,
			storageFor: () => ({
				...catalog.storage,
				async remove(locations) {
					if (failures-- > 0) throw new PangolinError("unavailable", "EIO");
					await catalog.storage.remove(locations);
				},
			}),
		});
		const waits: number[] = [];
		while (failures > 0) {
			await runner.idle();
			const next = (await catalog.store.work.nextJobAtMillis()) ?? 0;
			waits.push(next - catalog.clock);
			const [job] = await catalog.store.work.dueJobs(next, 1);
			assert.match(job?.value.lastError ?? "", /EIO/);
			catalog.clock = next;
			runner.kick();
		}
		await runner.idle();
		await runner.stop();
		assert.deepEqual(waits, [1000, 2000, 4000]);
		assert.deepEqual(await catalog.files(), []);
		const failed = catalog.observed.filter((o) => o.kind === "job-failed");
		assert.deepEqual(
			failed.map((o) => o.attempts),
			[1, 2, 3],
		);
	}));

test("a stopped runner gives its job back at once, and the next one goes on", () =>
	inCatalog(async (catalog) => {
		const table = await droppedTable(catalog, "t");
		const gate = gated(catalog.storage);
		const first = startJobs({
			...catalog.deps,
			settings: { pageSize: 1 },
			storageFor: () => gate.storage,
		});
		await gate.reached;
		const stopped = first.stop();
		gate.open();
		await stopped;
		assert.equal((await catalog.files("t")).length, 1);
		assert.deepEqual(await table.claims(), ["purging"]);
		const second = startJobs(catalog.deps);
		await second.idle();
		await second.stop();
		assert.deepEqual(await catalog.files("t"), []);
	}));

/** Whether a table made after a purge survives a runner that slept in the middle of that purge. */
async function survivesSleeper(
	clockOf: (catalog: TestCatalog) => () => number,
) {
	let survived = false;
	await inCatalog(async (catalog) => {
		await droppedTable(catalog, "t");
		const gate = gated(catalog.storage);
		const sleeper = startJobs({
			...catalog.deps,
			clock: clockOf(catalog),
			settings: { pageSize: 1 },
			storageFor: () => gate.storage,
		});
		await gate.reached;
		catalog.clock += 120_000;
		const heir = startJobs(catalog.deps);
		await heir.idle();
		await heir.stop();
		assert.deepEqual(await catalog.files("t"), []);
		await catalog.addTable("later", { folder: "t" });
		gate.open();
		await sleeper.idle();
		await sleeper.stop();
		survived = (await catalog.files("t")).length === 2;
	});
	return survived;
}

test("a runner that slept over its lease deletes nothing any more", async () => {
	assert.equal(await survivesSleeper((catalog) => catalog.deps.clock), true);
});

test("control: with a runner that does not notice the time the test above fails", async () => {
	assert.equal(await survivesSleeper(() => () => NOW), false);
});

test("the timer wakes the runner when the next job is due", async () => {
	mock.timers.enable({ apis: ["setTimeout"] });
	try {
		await inCatalog(async (catalog) => {
			const runner = startJobs(catalog.deps);
			await runner.idle();
			catalog.clock += 30_000;
			await droppedTable(catalog, "t");
			catalog.clock -= 30_000;
			runner.kick();
			await runner.idle();
			assert.equal((await catalog.files("t")).length, 2);
			catalog.clock += 30_000;
			mock.timers.tick(30_000);
			await runner.idle();
			assert.deepEqual(await catalog.files("t"), []);
			await runner.stop();
		});
	} finally {
		mock.timers.reset();
	}
});

test("a job of an unknown kind stays for a newer version", () =>
	inCatalog(async (catalog) => {
		await insertJob(catalog, "of-the-future" as "purge", {} as never);
		const runner = startJobs(catalog.deps);
		await runner.idle();
		await runner.stop();
		const [failed] = catalog.observed;
		assert.equal(failed?.kind, "job-failed");
		assert.ok((await catalog.store.work.nextJobAtMillis()) !== undefined);
	}));

test("an unusable store is reported and does not end the runner", () =>
	inCatalog(async (catalog) => {
		await droppedTable(catalog, "t");
		let broken = true;
		const runner = startJobs({
			...catalog.deps,
			store: {
				...catalog.store,
				work: {
					...catalog.store.work,
					async dueJobs(...args) {
						if (broken) throw new Error("no store");
						return catalog.store.work.dueJobs(...args);
					},
				},
			},
		});
		await runner.idle();
		assert.equal(catalog.observed[0]?.kind, "background-error");
		broken = false;
		runner.kick();
		await runner.idle();
		await runner.stop();
		assert.deepEqual(await catalog.files("t"), []);
	}));

test("expired idempotency records are removed, the others stay", () =>
	inCatalog(async (catalog) => {
		for (let i = 0; i < 5; i++)
			await catalog.apply({
				op: "insert",
				collection: "idempotency",
				value: record(`key-${i}`, "", catalog.clock + (i < 3 ? -1 : 1)),
			});
		const runner = startJobs({ ...catalog.deps, settings: { pageSize: 2 } });
		await runner.idle();
		await runner.stop();
		const left = await catalog.store.work.expiredIdempotency(
			catalog.clock + 10,
			10,
		);
		assert.deepEqual(
			left.map(({ value }) => value.key),
			["key-3", "key-4"],
		);
	}));

function record(key: string, binding: string, expiresAtMillis: number) {
	return {
		...{ tenant: TEST_TENANT, key, binding, expiresAtMillis },
		...{ status: 204, body: null, metadataLocation: null },
	};
}

/** Removes expired records while a key of them is used anew. @returns how many are removed and what has the key then */
async function removedBeside(
	change: (store: Store) => Store,
): Promise<{ removed: number; binding: string | undefined }> {
	const store = openMemoryStore();
	const collection = "idempotency";
	const insert = (key: string): Change => {
		return { op: "insert", collection, value: record(key, "old", 1) };
	};
	await store.apply([insert("a"), insert("b")]);
	const changed = change(store);
	let isUsed = false;
	const racing: Store = {
		...changed,
		async apply(changes) {
			const key = { tenant: TEST_TENANT, key: "b" };
			const value = record("b", "new", 9);
			if (!isUsed)
				await store.apply([
					{ op: "update", collection, key, value, ifVersion: 1 },
				]);
			isUsed = true;
			return await changed.apply(changes);
		},
	};
	const settings = { ...DEFAULT_JOB_SETTINGS, pageSize: 5 };
	const removed = await expireIdempotency(
		{ store: racing, clock: () => 5, settings },
		new AbortController().signal,
	);
	const row = await store.work.idempotency(TEST_TENANT, "b");
	assert.equal(await store.work.idempotency(TEST_TENANT, "a"), undefined);
	return { removed, binding: row?.value.binding };
}

test("a record whose key is used anew meanwhile stays", async () => {
	const found = await removedBeside((store) => store);
	assert.deepEqual(found, { removed: 1, binding: "new" });
});

test("expired records that the store refuses to remove do not hold up the jobs", () =>
	inCatalog(async (catalog) => {
		const { store } = catalog;
		const expired = [{ value: record("a", "old", 1), version: 1 }];
		const refusing: Store = {
			...store,
			work: { ...store.work, expiredIdempotency: async () => expired },
			apply: async (changes) =>
				changes.some(
					(each) => each.op === "delete" && each.collection === "idempotency",
				)
					? { outcome: "refused", reason: "stale", at: { change: 0 } }
					: await store.apply(changes),
		};
		await droppedTable(catalog, "t");
		const settings = { cleanMillis: 3_600_000 };
		const runner = startJobs({ ...catalog.deps, store: refusing, settings });
		await runner.idle();
		const [failed] = catalog.observed;
		assert(failed?.kind === "background-error");
		assert.match(String(failed.error), /cannot be removed/);
		const [known] = await store.registry.catalogs(TEST_TENANT, { limit: 1 });
		const cleaning = brandId<JobId>(known?.value.id ?? "");
		assert.ok(await store.work.job(TEST_TENANT, cleaning));
		runner.kick();
		await runner.idle();
		await runner.stop();
		assert.deepEqual(await catalog.files(), []);
	}));

test("planted: whoever removes expired records by their keys alone removes a new one", async () => {
	const careless = (store: Store): Store => ({
		...store,
		apply: (changes) =>
			store.apply(
				changes.map((change): Change => {
					if (change.op !== "delete" || change.collection !== "idempotency")
						return change;
					const { op, collection, key } = change;
					return { op, collection, key };
				}),
			),
	});
	const found = await removedBeside(careless);
	assert.deepEqual(found, { removed: 2, binding: undefined });
});

for (const [name, open] of [
	["memory", openMemoryStore],
	["SQLite", () => openSqliteStore({ path: ":memory:" })],
] as const)
	test(`old metadata files are deleted when nothing names them any more, on ${name}`, async () =>
		inCatalog(
			async (catalog) => {
				const table = await catalog.addTable("t");
				const other = await catalog.addTable("other");
				const second = await table.write("metadata/1-x.metadata.json");
				await table.replace(second);
				const data = await table.write("data/y.parquet");
				const before = await catalog.files();
				await insertJob(catalog, "remove-metadata", {
					asset: table.id,
					warehouse: TEST_WAREHOUSE,
					metadataLocations: [
						table.metadataLocation,
						second,
						other.metadataLocation,
						data,
					],
				});
				const runner = startJobs(catalog.deps);
				await runner.idle();
				assert.deepEqual(
					await catalog.files(),
					before,
					"the history still has it",
				);
				catalog.clock += 8 * 24 * 3_600_000;
				runner.kick();
				await runner.idle();
				await runner.stop();
				const gone = before.filter(
					(file) => !table.metadataLocation.endsWith(file),
				);
				assert.deepEqual(await catalog.files(), gone);
				assert.equal(gone.length, before.length - 1);
			},
			await open(),
		));

async function droppedTable(
	catalog: TestCatalog,
	name: string,
): Promise<TestTable> {
	const table = await catalog.addTable(name);
	await table.drop();
	await table.purge();
	return table;
}

/** Holds the runner between the first page of a purge and the second. */
function gated(storage: FileStorage) {
	const reached = Promise.withResolvers<void>();
	const opened = Promise.withResolvers<void>();
	const held: FileStorage = {
		...storage,
		async remove(locations) {
			await storage.remove(locations);
			reached.resolve();
			await opened.promise;
		},
	};
	return { storage: held, reached: reached.promise, open: opened.resolve };
}
