import assert from "node:assert/strict";
import { it } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import type { RowDocument } from "./collections.ts";
import { connect } from "./database.ts";
import { migrate } from "./migrate.ts";
import { rowsAt } from "./queries.ts";

it("rows are found by more keys than MongoDB takes in one query, each once, and by none without asking", async (test) => {
	const database = await connect({ url: await freshMongoUrl() });
	test.after(() => database.client.close());
	await migrate(database);
	let queries = 0;
	const rows = rowsAt(
		{
			...database,
			rows: (name) => {
				queries++;
				return database.rows(name);
			},
		},
		5,
	);
	const long = "x".repeat(9000);
	const keys = Array.from({ length: 4000 }, (_, i) => `${i}${long}`);
	const wanted = [keys[0], keys[2500], keys.at(-1)].map((k = "") => k);
	const row = (k: string, i: number): RowDocument => ({
		_id: `1-${i}`,
		k,
		f: 1,
		t: Number.POSITIVE_INFINITY,
		v: "{}",
	});
	await database.rows("drop").insertMany(wanted.map(row));
	const found = await rows.byKeys("drop", [...keys, keys[0] ?? ""]);
	assert.deepEqual(found.map(({ k }) => k).sort(), wanted.toSorted());
	queries = 0;
	assert.deepEqual(await rows.byKeys("drop", []), []);
	assert.equal(queries, 0);
});
