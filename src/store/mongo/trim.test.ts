import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { insertTenant } from "../conformance/world.ts";
import { connect } from "./database.ts";
import { makeWrites } from "./derive.ts";
import { insertEntry, readPiece } from "./entries.ts";
import { openMongoStore, storeOver } from "./mongoStore.ts";
import { trim } from "./trim.ts";

describe("trimming", () => {
	it("empties what ended, and keeps its numbers taken", async (test) => {
		const url = await freshMongoUrl();
		const asleep = await openMongoStore({ url });
		const store = await openMongoStore({ url });
		const database = await connect({ url });
		test.after(async () => {
			await Promise.all([asleep.close(), store.close()]);
			await database.client.close();
		});
		const tenant = brandId<TenantId>("t");
		const update = (name: string, ifVersion: number) =>
			({
				op: "update",
				collection: "tenant",
				key: { tenant },
				value: { id: tenant, name, properties: {} },
				ifVersion,
			}) as const;
		await store.apply([insertTenant(tenant)]);
		// One server knows the state up to here, and another one derives this again later.
		assert.ok(await asleep.registry.tenant(tenant));
		const { ends, rows } = await readPiece(database, 1, 0);
		const first = { writer: "another", ends, rows };
		for (const [name, version] of [
			["a", 1],
			["b", 2],
		] as const)
			await store.apply([update(name, version)]);
		const expected = { value: update("b", 2).value, version: 3 };
		assert.deepEqual(await store.registry.tenant(tenant), expected);

		await trim(database, 3);
		const whole = { writer: { $exists: true } };
		assert.equal(await database.log.countDocuments(whole), 0);
		assert.equal(await database.log.countDocuments(), 3);
		assert.equal(await database.rows("tenant").countDocuments({ k: "t" }), 1);

		await makeWrites(database, 1, first.ends);
		await makeWrites(database, 1, first.rows);
		assert.equal(
			await insertEntry(database, 2, first, { settleMillis: 1000 }),
			false,
		);
		for (const each of [asleep, store])
			assert.deepEqual(await each.registry.tenant(tenant), expected);
		await trim(database, 3);
		assert.equal((await asleep.apply([update("c", 1)])).outcome, "refused");
		assert.equal((await asleep.apply([update("c", 3)])).outcome, "applied");
		await trim(database, 3);
		assert.equal(await database.log.countDocuments(whole), 1);
		await trim(database, 4);
		assert.equal(await database.log.countDocuments(whole), 0);
		assert.equal(await database.log.countDocuments(), 4);
	});

	it("goes on where it was, and does not look at the whole log each time", async (test) => {
		const database = await connect({ url: await freshMongoUrl() });
		test.after(() => database.client.close());
		const { log } = database;
		const entry = (_id: number) => ({ _id, writer: "w", ends: [], rows: [] });
		const full = async () => {
			const found = log.find({ writer: { $exists: true } });
			return (await found.toArray())
				.map(({ _id }) => _id)
				.sort((a, b) => a - b);
		};
		await log.insertMany(Array.from({ length: 2500 }, (_, i) => entry(i + 1)));
		await trim(database, 2400);
		const left = Array.from({ length: 100 }, (_, i) => 2401 + i);
		assert.deepEqual(await full(), left);
		await log.replaceOne({ _id: 7 }, entry(7));
		await trim(database, 2000);
		assert.deepEqual(await full(), [7, ...left]);
		await trim(database, 2500);
		assert.deepEqual(await full(), [7]);
	});

	it("that fails in the background is told once, however often", async (test) => {
		test.mock.timers.enable({ apis: ["setInterval"] });
		const database = await connect({ url: await freshMongoUrl() });
		const told: [string, unknown][] = [];
		const store = storeOver(database, {
			url: "",
			report: (where, error) => told.push([where, error]),
		});
		test.after(() => store.close());
		// Nobody writes such a part: the sweep meets what it cannot read.
		await database.parts.insertOne({ _id: 7, ends: [], rows: [] } as never);
		for (let i = 0; i < 3; i++) test.mock.timers.tick(10 * 60 * 1000);
		await store.close();
		assert.deepEqual(
			told.map(([where, error]) => [where, error instanceof TypeError]),
			[["the trimming of MongoDB", true]],
		);
	});
});
