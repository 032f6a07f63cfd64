import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { PangolinError } from "../../model/errors.ts";
import { ROW_COLLECTIONS } from "./collections.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";

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

	it("goes on where it was interrupted", async (test) => {
		const database = await empty(test);
		const failing = [
			...MIGRATIONS,
			async () => {
				throw new Error("interrupted");
			},
		];
		await assert.rejects(migrate(database, failing), /interrupted/);
		assert.equal(await versionOf(database), MIGRATIONS.length);
		let made = 0;
		const fixed = [
			...MIGRATIONS.map(() => async () => {
				throw new Error("made already");
			}),
			async () => {
				made++;
			},
		];
		await migrate(database, fixed);
		assert.equal(made, 1);
		assert.equal(await versionOf(database), MIGRATIONS.length + 1);
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
