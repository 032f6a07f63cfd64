import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { PangolinError } from "../../model/errors.ts";
import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import type { Migration } from "./migrate.ts";
import { MIGRATIONS, migrate, requireMigrated } from "./migrate.ts";

async function empty(test: TestContext): Promise<Database> {
	const database = await connect({ url: await freshMongoUrl() });
	test.after(() => database.client.close());
	return database;
}

async function versionOf({ meta }: Database): Promise<number | undefined> {
	return (await meta.findOne({ _id: "schema" }))?.n;
}

describe("the schema on MongoDB", () => {
	it("is made by two servers at once, and again", async (test) => {
		const database = await empty(test);
		await Promise.all([migrate(database), migrate(database)]);
		await migrate(database);
		assert.equal(await versionOf(database), MIGRATIONS.length);
		for (const name of ROW_COLLECTIONS)
			assert.ok((await database.rows(name).indexes()).length >= 4, name);
	});

	it("is refused when it is newer", async (test) => {
		const database = await empty(test);
		await migrate(database, [...MIGRATIONS, async () => undefined]);
		await assert.rejects(
			migrate(database),
			(error) =>
				error instanceof PangolinError &&
				error.code === "unavailable" &&
				/newer Pangolin/.test(error.message),
		);
	});

	it("is not changed by whoever only reads, who is told what to do instead", async (test) => {
		const database = await empty(test);
		const refusedWith = (says: RegExp) => (error: unknown) =>
			error instanceof PangolinError &&
			error.code === "unavailable" &&
			says.test(error.message);
		await assert.rejects(
			requireMigrated(database),
			refusedWith(/no Pangolin has used it/),
		);
		assert.deepEqual(await contentOf(database), []);
		await migrate(database);
		await requireMigrated(database);
		const before = await contentOf(database);
		const next = async () => assert.fail("a migration was made");
		await assert.rejects(
			requireMigrated(database, [...MIGRATIONS, next]),
			refusedWith(/has schema version 1.*knows 2; start a server on it first/),
		);
		await assert.rejects(
			requireMigrated(database, []),
			refusedWith(/newer Pangolin/),
		);
		assert.deepEqual(await contentOf(database), before);
	});

	it("has at most one current row with a key", async (test) => {
		const database = await empty(test);
		await migrate(database);
		const row = { k: "k", v: "{}", f: 1, t: Number.POSITIVE_INFINITY };
		const tenants = database.rows("tenant");
		await tenants.insertOne({ _id: "1-0", ...row });
		await tenants.insertOne({ _id: "1-1", ...row, t: 2 });
		await assert.rejects(tenants.insertOne({ _id: "2-0", ...row, f: 2 }), {
			code: 11000,
		});
	});
});

/** What makes or changes something. */
const WRITES = new Set(["createIndex", "createIndexes", "updateOne"]);

class Interrupted extends Error {}

/** When a migration is interrupted: at which of its operations, and whether the database has got it. */
interface Interruption {
	readonly at: number;
	readonly isSent: boolean;
}

/** The database, reached by a process whose connection is lost. */
function interrupted(
	database: Database,
	{ at, isSent }: Interruption,
	count = { operations: 0 },
): Database {
	function over<Of extends object>(collection: Of): Of {
		return new Proxy(collection, {
			get(target, name) {
				const found: unknown = Reflect.get(target, name, target);
				if (typeof found !== "function" || !WRITES.has(String(name)))
					return found;
				return async (...args: unknown[]) => {
					const isLost = count.operations++ >= at;
					if (isLost && !(isSent && count.operations === at + 1))
						throw new Interrupted();
					const result = await Reflect.apply(found, target, args);
					if (isLost) throw new Interrupted();
					return result;
				};
			},
		});
	}
	return {
		...database,
		log: over(database.log),
		meta: over(database.meta),
		rows: (name) => over(database.rows(name)),
	};
}

/** The collections with their indexes and documents. */
async function contentOf({ db }: Database): Promise<unknown> {
	const collections = await db.collections();
	const all = collections.map(async (each) => ({
		name: each.collectionName,
		indexes: (await each.indexes()).toSorted((a, b) =>
			String(a.name).localeCompare(String(b.name)),
		),
		documents: await each.find().sort({ _id: 1 }).toArray(),
	}));
	return (await Promise.all(all)).toSorted((a, b) =>
		a.name.localeCompare(b.name),
	);
}

/** Begins a migration again and again, each time interrupted an operation later, until it gets to its end. */
async function migrateByInches(
	database: Database,
	isSent: boolean,
	migrations: readonly Migration[],
	run: (
		database: Database,
		migrations: readonly Migration[],
	) => Promise<void> = migrate,
): Promise<number> {
	for (let at = 0; ; at++) {
		try {
			await run(interrupted(database, { at, isSent }), migrations);
			return at;
		} catch (error) {
			if (!(error instanceof Interrupted)) throw error;
		}
	}
}

/** A later version's: changes what is there, in several operations. */
const LATER: readonly Migration[] = [
	async ({ rows }) => {
		for (const _id of ["1-0", "1-1", "1-2"])
			await rows("tenant").updateOne({ _id }, { $set: { v: `new ${_id}` } });
		await rows("tenant").createIndex({ v: 1 });
	},
	async ({ meta }) => {
		await meta.updateOne(
			{ _id: "later" },
			{ $setOnInsert: { n: 1 } },
			{ upsert: true },
		);
	},
];

/** Of the schema before `LATER`, with rows. */
async function older(test: TestContext): Promise<Database> {
	const database = await empty(test);
	await migrate(database, []);
	const row = { k: "k", v: "{}", f: 1, t: 1 };
	await database
		.rows("tenant")
		.insertMany([0, 1, 2].map((i) => ({ _id: `1-${i}`, ...row })));
	return database;
}

describe("a migration on MongoDB that is interrupted", () => {
	for (const isSent of [false, true]) {
		const when = isSent ? "after" : "before";
		it(`${when} each operation of this version's is completed by the next start`, async (test) => {
			const whole = await empty(test);
			await migrate(whole);
			const expected = await contentOf(whole);
			const database = await empty(test);
			const operations = await migrateByInches(database, isSent, MIGRATIONS);
			assert.ok(operations > ROW_COLLECTIONS.length, `${operations}`);
			assert.deepEqual(await contentOf(database), expected);
		});

		it(`${when} any one operation leaves the same rows as without`, async (test) => {
			const whole = await older(test);
			await migrate(whole, LATER);
			const expected = await contentOf(whole);
			const counted = { operations: 0 };
			const never = { at: 1000, isSent };
			await migrate(interrupted(await older(test), never, counted), LATER);
			assert.ok(counted.operations >= 8);
			for (let at = 0; at < counted.operations; at++) {
				const database = await older(test);
				const once = interrupted(database, { at, isSent });
				await assert.rejects(migrate(once, LATER), Interrupted);
				await Promise.all([migrate(database, LATER), migrate(database, LATER)]);
				assert.deepEqual(await contentOf(database), expected, `at ${at}`);
			}
		});
	}

	/** The planted bug: the version is noted before its migration was made. */
	async function versionFirst(
		database: Database,
		migrations: readonly Migration[],
	): Promise<void> {
		const { meta } = database;
		for (let n = (await versionOf(database)) ?? 0; n < migrations.length; n++) {
			await meta.updateOne({ _id: "schema" }, { $max: { n: n + 1 } });
			await migrations[n]?.(database);
		}
	}

	it("would be seen to be left out where its version is noted first", async (test) => {
		const whole = await older(test);
		await migrate(whole, LATER);
		const database = await older(test);
		await migrateByInches(database, true, LATER, versionFirst);
		assert.notDeepEqual(await contentOf(database), await contentOf(whole));
	});
});
