import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import type { RowDocument } from "./collections.ts";
import { numberText } from "./collections.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { firstRowReader } from "./firstRow.ts";
import { migrate } from "./migrate.ts";
import { rowsAt } from "./queries.ts";

const LINE = "t\u0000line";

/** A row of the line under a key, made and ended by entries of the log. */
function rowOf(
	key: string,
	number: number,
	{ f, t = Number.POSITIVE_INFINITY, en = null }: Partial<RowDocument>,
): RowDocument {
	const k = `${LINE}\u0000${key}\u0000${numberText(number)}`;
	const v = "{}";
	return { _id: `${f}-${key}`, k, f: f ?? number, t, v, num: number, en };
}

/** Reads newest rows, again and again by one reader, and counts what that asks. */
async function reading(test: TestContext) {
	const database = await connect({
		url: await freshMongoUrl(),
		// What is counted is asked once, however busy the machine is.
		soonMillis: 3_600_000,
	});
	test.after(() => database.client.close());
	await migrate(database);
	let queries = 0;
	const counted: Database = {
		...database,
		rows: (name) => {
			queries++;
			return database.rows(name);
		},
	};
	const first = firstRowReader(counted);
	const entries = database.rows("entry");
	return {
		entries,
		newest: async (at: number, key: string, bound?: number) =>
			(await rowsAt(counted, at, first).newest(LINE, key, bound))?.num,
		replace: (old: string, en: number) =>
			entries.updateOne({ _id: old }, { $set: { en } }),
		queries: () => queries,
	};
}

describe("the newest row under a key, where one is remembered", () => {
	it("is asked for by its whole key until another one took its place", async (test) => {
		const { entries, newest, replace, queries } = await reading(test);
		await entries.insertMany([
			rowOf("a", 1, { f: 1 }),
			rowOf("b", 2, { f: 2 }),
		]);
		const both = (at: number) =>
			Promise.all([newest(at, "a"), newest(at, "b")]);
		assert.deepEqual(await both(2), [1, 2]);
		assert.equal(queries(), 1);
		assert.deepEqual(await both(3), [1, 2]);
		assert.equal(queries(), 2);

		// An entry on its way: its ends are made, its rows are not, or do not show yet.
		await replace("1-a", 4);
		assert.deepEqual(await both(4), [1, 2]);
		await entries.insertOne(rowOf("a", 4, { f: 6 }));
		assert.deepEqual(await both(5), [1, 2]);
		assert.deepEqual(await both(6), [4, 2]);
		const before = queries();
		assert.deepEqual(await both(7), [4, 2]);
		assert.equal(queries(), before + 1);
	});

	it("is the one before where it ended, and none where none is left", async (test) => {
		const { entries, newest, queries } = await reading(test);
		await entries.insertMany([
			rowOf("a", 1, { f: 1, en: 2 }),
			rowOf("a", 2, { f: 2 }),
		]);
		assert.equal(await newest(2, "a"), 2);
		await entries.updateOne({ _id: "2-a" }, { $set: { t: 3 } });
		assert.equal(await newest(3, "a"), 1);
		await entries.updateOne({ _id: "1-a" }, { $set: { t: 4 } });
		assert.equal(await newest(4, "a"), undefined);
		const before = queries();
		assert.equal(await newest(5, "a"), undefined);
		assert.equal(queries(), before + 1);
	});

	it("is not remembered under a key that is very long", async (test) => {
		const { entries, newest, replace, queries } = await reading(test);
		const long = "a".repeat(8000);
		await entries.insertOne(rowOf(long, 1, { f: 1 }));
		assert.equal(await newest(1, long), 1);
		await replace(`1-${long}`, 2);
		await entries.insertOne(rowOf(long, 2, { f: 2 }));
		const before = queries();
		assert.equal(await newest(2, long), 2);
		assert.equal(queries(), before + 1);
	});

	it("is that of the number that is asked about", async (test) => {
		const { entries, newest, replace, queries } = await reading(test);
		await entries.insertMany([
			rowOf("a", 1, { f: 1, en: 3 }),
			rowOf("a", 3, { f: 3 }),
		]);
		const all = (at: number) =>
			Promise.all([1, 2, 3, undefined].map((bound) => newest(at, "a", bound)));
		assert.deepEqual(await all(3), [1, 1, 3, 3]);
		assert.deepEqual(await all(4), [1, 1, 3, 3]);
		assert.equal(queries(), 2);
		await replace("3-a", 5);
		await entries.insertOne(rowOf("a", 5, { f: 5 }));
		assert.deepEqual(await all(5), [1, 1, 3, 5]);
		assert.equal(await newest(5, "a", 4), 3);
	});
});
