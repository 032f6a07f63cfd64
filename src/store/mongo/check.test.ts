import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { PangolinError } from "../../model/errors.ts";
import { checkRows } from "../checking/checkRows.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import { inspectMongo } from "./check.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { openMongoStore } from "./mongoStore.ts";
import { openMongoMover } from "./mover.ts";
import { trim } from "./trim.ts";

/** What a check finds in a database. */
async function problemsOf(url: string): Promise<readonly string[]> {
	const found = await inspectMongo({ url });
	if (found.length > 0) return found;
	const mover = openMongoMover({ url });
	try {
		return await checkRows(mover.dump(undefined));
	} finally {
		await mover.close();
	}
}

/** A database with a world that has everything in it. */
async function fullDatabase(
	test: TestContext,
): Promise<{ url: string; database: Database }> {
	const url = await freshMongoUrl();
	const store = await openMongoStore({ url });
	await fullWorld(store, {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("there is one store")),
	});
	await store.close();
	const database = await connect({ url });
	test.after(() => database.client.close());
	return { url, database };
}

/** As if the entries were from long ago: the log says nothing of the rows any more. */
async function trimmed({ log, meta }: Database): Promise<void> {
	const at = (await meta.findOne({ _id: "derived" }))?.n ?? 0;
	await log.updateMany({ _id: { $lte: at } }, [
		{ $replaceWith: { _id: "$_id" } },
	]);
}

type Damage = (database: Database) => Promise<unknown>;

const current = { t: Number.POSITIVE_INFINITY };
const ENDLESS = { name: "current", partialFilterExpression: current };
const KEEPS_KEYS_APART =
	/^an index is missing: [^\n]*"claim"\).createIndex\(\{"k":1\}, \{"unique":true,"partialFilterExpression":\{"t":Infinity\}\}\)$/;
const DAMAGE: readonly [string, Damage, RegExp][] = [
	[
		"an index that is missing",
		({ rows }) => rows("entry").dropIndex("m_1"),
		/^an index is missing: after dropping what is left of it run db.getCollection\("entry"\).createIndex\(\{"m":1\}, \{"sparse":true\}\)$/,
	],
	[
		"an index of the log that is missing",
		({ log }) => log.dropIndex("parts_1"),
		/^an index is missing: [^\n]*"log"\).createIndex\(\{"parts":1\}, /,
	],
	[
		"a missing index that keeps keys apart",
		({ rows }) => rows("claim").dropIndex("current"),
		KEEPS_KEYS_APART,
	],
	[
		"an index that does not keep keys apart",
		async ({ rows }) => {
			await rows("claim").dropIndex("current");
			await rows("claim").createIndex({ k: 1 }, ENDLESS);
		},
		KEEPS_KEYS_APART,
	],
	[
		"an index that keeps only some keys apart",
		async ({ rows }) => {
			await rows("claim").dropIndex("current");
			const { partialFilterExpression: of } = ENDLESS;
			const part = { partialFilterExpression: { ...of, f: 7 }, unique: true };
			await rows("claim").createIndex({ k: 1 }, part);
		},
		KEEPS_KEYS_APART,
	],
	[
		"a gap in the log",
		({ log }) => log.deleteOne({ _id: 2 }),
		/the log has gaps/,
	],
	[
		"a log that is older than the rows, as in a copy that is not of one moment",
		async ({ log, meta }) => {
			const [last] = await log.find().sort({ _id: -1 }).toArray();
			const n = (last?._id ?? 0) - 1;
			await log.deleteOne({ _id: n + 1 });
			await meta.updateOne({ _id: "derived" }, { $set: { n } });
		},
		/the log has not reached what is derived: rows of claim/,
	],
	[
		"a watermark that is beyond the log",
		({ meta }) => meta.updateOne({ _id: "derived" }, { $inc: { n: 1 } }),
		/the log has not reached what is derived: the watermark/,
	],
	[
		"a row that was not derived",
		({ rows }) => rows("commit").deleteOne({}),
		/a row of the log is missing: commit/,
	],
	[
		"a row with another value than in the log",
		({ rows }) => rows("tenant").updateOne({}, { $set: { v: "{}" } }),
		/not what the log says: tenant/,
	],
	[
		"a row that should have ended",
		({ rows }) =>
			rows("entry").updateMany(
				{ t: { $lt: Number.POSITIVE_INFINITY } },
				{ $set: current },
			),
		/a row that the log ended is there: entry/,
	],
	[
		"a row that should have been replaced",
		({ rows }) =>
			rows("entry").updateMany(
				{ en: { $gt: 0 }, ...current },
				{ $set: { en: null, et: null } },
			),
		/a row that the log ended is there: entry/,
	],
	[
		"a file that nobody would find",
		async (database) => {
			await trimmed(database);
			const filter = { m: { $exists: true }, ...current };
			await database
				.rows("entry")
				.updateOne(filter, { $set: { m: "elsewhere" } });
		},
		/not found by what it holds: field m \(row /,
	],
	[
		"a fork that nobody would find",
		async (database) => {
			await trimmed(database);
			await database
				.rows("line")
				.updateOne({ p: { $exists: true } }, { $unset: { p: "" } });
		},
		/not found by what it holds: field p \(line /,
	],
	[
		"a gap in the commits",
		async (database) => {
			await trimmed(database);
			await database.rows("commit").deleteOne({ k: /0000002$/ });
		},
		/commits are not dense/,
	],
	[
		"two commits with one id",
		async (database) => {
			await trimmed(database);
			const rows = database.rows("commit");
			const [first, second] = await rows.find().sort({ k: 1 }).toArray();
			assert.ok(first !== undefined && second?.i !== undefined);
			const [one, other] = [first, second].map(({ v }) => JSON.parse(v));
			const v = JSON.stringify({ ...other, id: one.id });
			const i = second.i.replace(other.id, one.id);
			await rows.updateOne({ _id: second._id }, { $set: { v, i } });
		},
		/two commits have one id/,
	],
	[
		"a lost line",
		async (database) => {
			await trimmed(database);
			await database.rows("line").deleteMany({});
		},
		/a row names one that is missing/,
	],
	[
		"a text that no reader understands",
		async (database) => {
			await trimmed(database);
			await database.rows("job").updateOne({}, { $set: { v: "{" } });
		},
		/a row cannot be read: .*JSON/,
	],
];

describe("the check of a MongoDB database", () => {
	it("finds nothing in a sound one, also while it is served, and when it was trimmed", async (test) => {
		const { url, database } = await fullDatabase(test);
		assert.deepEqual(await problemsOf(url), []);
		const store = await openMongoStore({ url });
		assert.deepEqual(await problemsOf(url), []);
		await store.close();
		const at = (await database.meta.findOne({ _id: "derived" }))?.n ?? 0;
		await trim(database, at);
		assert.deepEqual(await problemsOf(url), []);
	});

	it("finds nothing in a copy that was made while nobody wrote, and lost indexes in one without them", async (test) => {
		const { database } = await fullDatabase(test);
		const url = await freshMongoUrl();
		const copy = await connect({ url });
		test.after(() => copy.client.close());
		const collections = await database.db.collections();
		for (const each of collections) {
			const documents = await each.find().toArray();
			if (documents.length > 0)
				await copy.db.collection(each.collectionName).insertMany(documents);
		}
		assert.match((await problemsOf(url)).join("\n"), /an index is missing/);
		for (const each of collections)
			for (const { key, v: _, ...options } of await each.indexes())
				await copy.db
					.collection(each.collectionName)
					.createIndex(key as Record<string, 1>, options);
		assert.deepEqual(await problemsOf(url), []);
	});

	for (const [what, damage, says] of DAMAGE)
		it(`finds ${what}`, async (test) => {
			const { url, database } = await fullDatabase(test);
			await damage(database);
			assert.match((await problemsOf(url)).join("\n"), says);
		});

	it("refuses a database that no Pangolin has used", async () => {
		await assert.rejects(
			inspectMongo({ url: await freshMongoUrl() }),
			(error) =>
				error instanceof PangolinError && /holds no store/.test(error.message),
		);
	});
});
