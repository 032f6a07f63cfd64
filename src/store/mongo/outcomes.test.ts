import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import {
	freshMongoUrl,
	sharedMongo,
	urlOf,
} from "../../../test/support/mongo/mongo.ts";
import type { MongoProxy } from "../../../test/support/mongo/proxy.ts";
import { startProxy } from "../../../test/support/mongo/proxy.ts";
import { until } from "../../../test/support/until.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { insertTenant } from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { decide } from "./decide.ts";
import { makeWrites } from "./derive.ts";
import { insertEntry } from "./entries.ts";
import { openMongoStore } from "./mongoStore.ts";

interface Between {
	readonly proxy: MongoProxy;
	/** Reaches the engine through the proxy. */
	readonly store: Store;
	/** Reaches it directly, as another server does. */
	readonly other: Store;
	readonly database: Database;
}

async function between(
	test: TestContext,
	options: { timeoutMillis?: number; settleMillis?: number } = {},
): Promise<Between> {
	const { socketPath } = await sharedMongo();
	const proxy = await startProxy(socketPath);
	const name = `test-${randomUUID()}`;
	const direct = urlOf(socketPath, name);
	// It makes the schema: what is impatient could take that for silence.
	const other = await openMongoStore({ url: direct });
	const store = await openMongoStore({
		url: urlOf(proxy.socketPath, name),
		...options,
	});
	const database = await connect({ url: direct });
	test.after(async () => {
		proxy.cut(true);
		await Promise.all([store.close(), other.close(), database.client.close()]);
		await proxy.close();
	});
	return { proxy, store, other, database };
}

const newTenant = () => brandId<TenantId>(randomUUID());

async function isThere(store: Store, tenant: TenantId): Promise<boolean> {
	return (await store.registry.tenant(tenant)) !== undefined;
}

function isUnavailable(outcome: StoreUnavailable["outcome"]) {
	return (error: unknown) =>
		error instanceof StoreUnavailable && error.outcome === outcome;
}

describe("a commit on MongoDB", () => {
	it("is applied once when the answer to its insert is dropped", async (test) => {
		const { proxy, store, other, database } = await between(test);
		const tenant = newTenant();
		proxy.spoilInsert("drop-answer");
		const result = await store.apply([insertTenant(tenant)]);
		assert.equal(result.outcome, "applied");
		assert.equal(proxy.spoilt, 1);
		assert.ok(await isThere(other, tenant));
		assert.equal(await database.log.countDocuments(), 1);
	});

	it("is applied once when its first insert arrives after the second", async (test) => {
		const { proxy, store, database } = await between(test);
		const tenant = newTenant();
		proxy.spoilInsert("hold");
		const result = await store.apply([insertTenant(tenant)]);
		assert.equal(result.outcome, "applied");
		await proxy.release();
		assert.equal(await database.log.countDocuments(), 1);
		const again = await store.apply([insertTenant(tenant)]);
		assert.equal(again.outcome, "refused");
	});

	it("is applied once when the driver never ends its insert", async (test) => {
		const { proxy, store, other, database } = await between(test, {
			timeoutMillis: 2000,
			// Of what comes after the insert was given up, at 6,000.
			settleMillis: 5800,
		});
		const tenant = newTenant();
		// More than the connection takes in: the driver waits for room, and goes on to when it is closed.
		const name = "x".repeat(1024 * 1024);
		const value = { id: tenant, name, properties: {} };
		proxy.spoilInsert("stall");
		const result = await store.apply([
			{ op: "insert", collection: "tenant", value },
		]);
		assert.equal(result.outcome, "applied");
		assert.equal(proxy.spoilt, 1);
		assert.ok(await isThere(other, tenant));
		assert.equal(await database.log.countDocuments(), 1);
	});

	it("is unknown when the database is gone before the answer, and may be there", async (test) => {
		const { proxy, store, other } = await between(test, {
			timeoutMillis: 1000,
			settleMillis: 100,
		});
		const tenant = newTenant();
		proxy.mute(true);
		// What was asked before the insert has no answer either: nothing was sent that counts.
		await assert.rejects(
			store.apply([insertTenant(tenant)]),
			isUnavailable("not-applied"),
		);
		proxy.mute(false);
		await until("an answer", () => answers(store));
		proxy.spoilInsert("hold", () => proxy.cut(true));
		await assert.rejects(
			store.apply([insertTenant(tenant)]),
			isUnavailable("unknown"),
		);
		assert.equal(await isThere(other, tenant), false);
		await proxy.release();
		assert.ok(await isThere(other, tenant));
	});

	it("is not applied when no server can be reached", async (test) => {
		const { proxy, store, other } = await between(test, { timeoutMillis: 200 });
		const tenant = newTenant();
		proxy.cut(true);
		await assert.rejects(
			store.apply([insertTenant(tenant)]),
			isUnavailable("not-applied"),
		);
		proxy.cut(false);
		assert.equal(await isThere(other, tenant), false);
		await until("an answer", () => answers(store));
		assert.equal(
			(await store.apply([insertTenant(tenant)])).outcome,
			"applied",
		);
	});
});

describe("a read of MongoDB", () => {
	it("that failed is made again when the database is back", async (test) => {
		const { proxy, store } = await between(test, { timeoutMillis: 200 });
		const tenant = newTenant();
		proxy.cut(true);
		await assert.rejects(isThere(store, tenant), isUnavailable("not-applied"));
		proxy.cut(false);
		await until("an answer", () => answers(store));
		assert.equal(await isThere(store, tenant), false);
	});
});

/** Whether the database was found within the time that the store waits for it. */
async function answers(store: Store): Promise<boolean> {
	try {
		await store.ping();
		return true;
	} catch (error) {
		if (error instanceof StoreUnavailable) return false;
		throw error;
	}
}

describe("another server derives what one that died", () => {
	const DEATHS = [
		"before all writes",
		"after the ends",
		"before the watermark",
	];
	for (const [made, when] of DEATHS.entries()) {
		it(`left ${when}`, async (test) => {
			const url = await freshMongoUrl();
			const other = await openMongoStore({ url });
			const database = await connect({ url });
			test.after(() => Promise.all([other.close(), database.client.close()]));
			const tenant = newTenant();
			await other.apply([insertTenant(tenant)]);
			assert.ok(await isThere(other, tenant));
			const value = { id: tenant, name: "new", properties: {} };
			const { entry } = await decide(database, 1, [
				[
					{
						op: "update",
						collection: "tenant",
						key: { tenant },
						value,
						ifVersion: 1,
					},
				],
			]);
			assert.ok(entry);
			assert.ok(await insertEntry(database, 2, entry, { settleMillis: 1000 }));
			if (made > 0) await makeWrites(database, 2, entry.ends);
			if (made > 1) await makeWrites(database, 2, entry.rows);
			const found = await other.registry.tenant(tenant);
			assert.deepEqual(found, { value, version: 2 });
			const watermark = await database.meta.findOne({ _id: "derived" });
			assert.equal(watermark?.n, 2);
			// Whoever was asleep makes the writes again.
			await makeWrites(database, 2, entry.ends);
			await makeWrites(database, 2, entry.rows);
			assert.deepEqual(await other.registry.tenant(tenant), found);
		});
	}

	it("put into parts", async (test) => {
		const url = await freshMongoUrl();
		const other = await openMongoStore({ url });
		const database = await connect({ url });
		test.after(() => Promise.all([other.close(), database.client.close()]));
		const tenants = Array.from({ length: 40 }, newTenant);
		const { entry } = await decide(database, 0, [tenants.map(insertTenant)]);
		assert.ok(entry);
		const limits = { settleMillis: 1000, maxBytes: 1000 };
		assert.ok(await insertEntry(database, 1, entry, limits));
		assert.ok((await database.parts.countDocuments()) > 2);
		for (const tenant of tenants) assert.ok(await isThere(other, tenant));
	});
});
