import assert from "node:assert/strict";
import type { AssetId, JobId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change, ChangeSet } from "../changes.ts";
import type { IdempotencyRecord, Job } from "../records.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import {
	applied,
	commit,
	createNamespace,
	fork,
	insertRef,
	newWorld,
	objectKey,
	refused,
	shown,
	tableEntry,
} from "./world.ts";

const TABLE = objectKey(["a"], "t");

/** A table whose pointer was moved from `old` to `current` by commit 2, at 2 s. */
async function movedTable(world: World) {
	const { tools } = world;
	const folder = `memory:///${tools.fresh("folder")}/`;
	const id = brandId<AssetId>(tools.fresh("asset"));
	const old = `${folder}old.json`;
	const current = `${folder}current.json`;
	await commit(
		world,
		[
			createNamespace(world, "a"),
			{
				op: "create",
				key: TABLE,
				entry: tableEntry(tools, { id, location: old }),
			},
		],
		{ nowMicros: 1_000_000 },
	);
	const { version } = await shown(world, TABLE);
	const entry = tableEntry(tools, { id, location: current });
	await commit(
		world,
		[{ op: "replace", key: TABLE, entry, ifVersion: version }],
		{ nowMicros: 2_000_000 },
	);
	return { id, folder, old, current };
}

/** Sentences R4 and R5, and the lists of background work. */
export const WORK: readonly Case[] = [
	{
		sentence: "R4",
		name: "a file is named by a current row and by one superseded lately",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { old, current } = await movedTable(world);
			const names = (file: string, since: number) =>
				store.entries.namesMetadataFile(file, since);
			assert.equal(await names(current, 9_000_000), true);
			assert.equal(await names(old, 1_999_999), true);
			assert.equal(await names(old, 2_000_000), false);
			assert.equal(await names(`${old}x`, 0), false);
			await commit(world, [{ op: "drop", key: TABLE }], {
				nowMicros: 3_000_000,
			});
			assert.equal(await names(current, 2_999_999), true);
			assert.equal(await names(current, 3_000_000), false);
		},
	},
	{
		sentence: "R4",
		name: "tags and forks keep the files that they show",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { old } = await movedTable(world);
			const { tenant, catalog, line } = world;
			const tag = { tenant, catalog, name: "v1", line, kind: "tag" } as const;
			const isNamed = () => store.entries.namesMetadataFile(old, 9_000_000);
			await applied(store, [insertRef({ ...tag, number: 2 })]);
			assert.equal(await isNamed(), false);
			await applied(store, [insertRef({ ...tag, name: "v0", number: 1 })]);
			assert.equal(await isNamed(), true);
			const key = { tenant, catalog, name: "v0" };
			await applied(store, [{ op: "delete", collection: "ref", key }]);
			assert.equal(await isNamed(), false);
			await fork(world, line, 1);
			assert.equal(await isNamed(), true);
		},
	},
	{
		sentence: "R4",
		name: "assets below a folder are found, their history included",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { id, folder } = await movedTable(world);
			const { tenant } = world;
			const other = brandId<AssetId>(tools.fresh("other"));
			const below = (except: AssetId, prefix = folder) =>
				store.entries.assetsBelow(prefix, except, 9);
			assert.deepEqual(await below(other), [{ tenant, asset: id }]);
			assert.deepEqual(await below(id), []);
			assert.deepEqual(await below(other, `${folder}x/`), []);
			await commit(world, [{ op: "drop", key: TABLE }]);
			assert.deepEqual(await below(other), [{ tenant, asset: id }]);
			assert.deepEqual(await store.entries.assetsBelow(folder, other, 0), []);
		},
	},
	{
		sentence: "R4",
		name: "an asset is reachable from branches and tags, not from bare lines",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { id } = await movedTable(world);
			const { tenant, catalog } = world;
			const isReachable = () => store.entries.isReachable(tenant, id);
			assert.equal(await isReachable(), true);
			const line = await fork(world, world.line, 2);
			await commit(world, [{ op: "drop", key: TABLE }]);
			assert.equal(await isReachable(), false);
			const ref = insertRef({ tenant, catalog, name: "b", line });
			await applied(store, [ref]);
			assert.equal(await isReachable(), true);
			await commit(world, [{ op: "drop", key: TABLE }], { line });
			assert.equal(await isReachable(), false);
			const tag = { kind: "tag", number: 2, line: world.line } as const;
			await applied(store, [insertRef({ tenant, catalog, name: "v", ...tag })]);
			assert.equal(await isReachable(), true);
		},
	},
	{
		sentence: "R5",
		name: "due jobs come by time, leased ones when their lease ends",
		async run(_store, tools) {
			const store = await tools.openEmpty();
			const { tenant } = await newWorld(store, tools);
			assert.equal(await store.work.nextJobAtMillis(), undefined);
			const lease = { leaseOwner: "me", leaseUntilMillis: 50 };
			await applied(store, [
				insertJob(tenant, "late", { runAfterMillis: 30 }),
				insertJob(tenant, "early", { runAfterMillis: 10 }),
				insertJob(tenant, "leased", { runAfterMillis: 5, ...lease }),
			]);
			const due = async (nowMillis: number, limit = 9) =>
				(await store.work.dueJobs(nowMillis, limit)).map((row) => row.value.id);
			assert.equal(await store.work.nextJobAtMillis(), 10);
			assert.deepEqual(await due(9), []);
			assert.deepEqual(await due(10), ["early"]);
			assert.deepEqual(await due(49), ["early", "late"]);
			assert.deepEqual(await due(50), ["leased", "early", "late"]);
			assert.deepEqual(await due(50, 1), ["leased"]);
		},
	},
	{
		sentence: "R5",
		name: "a job keeps what its worker wrote",
		async run(store, tools) {
			const { tenant } = await newWorld(store, tools);
			const job = brandId<JobId>("job");
			await applied(store, [insertJob(tenant, job, {})]);
			const row = await store.work.job(tenant, job);
			assert.ok(row);
			const value = { ...row.value, attempts: 3, lastError: "it broke" };
			const key = { tenant, job };
			await applied(store, [
				{ op: "update", collection: "job", key, value, ifVersion: 1 },
			]);
			assert.deepEqual(await store.work.job(tenant, job), {
				value,
				version: 2,
			});
			await applied(store, [{ op: "delete", collection: "job", key }]);
			assert.equal(await store.work.job(tenant, job), undefined);
		},
	},
	{
		sentence: "R2",
		name: "expired records come the oldest first",
		async run(_store, tools) {
			const store = await tools.openEmpty();
			const { tenant } = await newWorld(store, tools);
			const record = (key: string, expiresAtMillis: number) => ({
				tenant,
				key,
				binding: "hash",
				status: 200,
				body: null,
				metadataLocation: "memory:///m.json",
				expiresAtMillis,
			});
			const insert = (value: ReturnType<typeof record>): Change => ({
				op: "insert",
				collection: "idempotency",
				value,
			});
			const [a, b, c] = [record("a", 30), record("b", 10), record("c", 20)];
			await applied(store, [a, b, c].map(insert));
			const read = () => store.work.idempotency(tenant, "a");
			assert.deepEqual(await read(), { value: a, version: 1 });
			const expired = (nowMillis: number, limit: number) =>
				store.work.expiredIdempotency(nowMillis, limit);
			const rows = [b, c].map((value) => ({ value, version: 1 }));
			assert.deepEqual(await expired(30, 9), rows);
			assert.deepEqual(await expired(31, 1), rows.slice(0, 1));
			assert.deepEqual(await expired(10, 9), []);
		},
	},
	{
		sentence: "W6",
		name: "an expired record is replaced by one of those who try at once",
		async run(store, tools) {
			const { tenant } = await newWorld(store, tools);
			const record = (binding: string): IdempotencyRecord => ({
				tenant,
				key: "a",
				binding,
				status: 200,
				body: null,
				metadataLocation: null,
				expiresAtMillis: 30,
			});
			const collection = "idempotency";
			const replaceBy = (binding: string): ChangeSet => {
				const key = { tenant, key: "a" };
				const value = record(binding);
				return [{ op: "update", collection, key, value, ifVersion: 1 }];
			};
			await refused(store, replaceBy("early"), "missing");
			await applied(store, [
				{ op: "insert", collection, value: record("old") },
			]);
			const bindings = ["x", "y", "z"];
			const results = await Promise.all(
				bindings.map((binding) => store.apply(replaceBy(binding))),
			);
			const winners = bindings.filter(
				(_, i) => results[i]?.outcome === "applied",
			);
			assert.equal(winners.length, 1);
			await refused(store, replaceBy("late"), "stale");
			assert.deepEqual(await store.work.idempotency(tenant, "a"), {
				value: record(winners[0] ?? ""),
				version: 2,
			});
		},
	},
];

function insertJob(tenant: TenantId, id: string, fields: Partial<Job>): Change {
	const value = {
		id: brandId<JobId>(id),
		tenant,
		kind: "purge",
		payload: "{}",
		runAfterMillis: 0,
		attempts: 0,
		lastError: null,
		leaseOwner: null,
		leaseUntilMillis: 0,
		...fields,
	};
	return { op: "insert", collection: "job", value };
}
