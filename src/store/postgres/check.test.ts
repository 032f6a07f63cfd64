import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../../../test/support/postgres.ts";
import { PangolinError } from "../../model/errors.ts";
import { checkRows } from "../checking/checkRows.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import { inspectPostgres } from "./check.ts";
import { openPostgresMover } from "./mover.ts";
import { openPostgresStore } from "./postgresStore.ts";

/** What a check finds in a database. */
async function problemsOf(port: number, database: string, user = "postgres") {
	const address = { ...addressOf(port, database), user };
	const found = await inspectPostgres(address);
	const rows = openPostgresMover(address).dump(undefined);
	return found.length > 0 ? found : await checkRows(rows);
}

/** A database with a world that has everything in it. */
async function fullDatabase(): Promise<{ port: number; database: string }> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const store = await openPostgresStore({ address: addressOf(port, database) });
	await fullWorld(store, {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("there is one store")),
	});
	await store.close();
	return { port, database };
}

const DAMAGE: readonly [string, string, RegExp][] = [
	[
		"rows of no line",
		"UPDATE entries SET line = 99 WHERE kind = 'table'",
		/entries names line number 99/,
	],
	[
		"a lost key of a filter",
		"DELETE FROM filter_keys WHERE space = 1",
		/filter's keys are not what it says: line partial/,
	],
	[
		"keys of no filter",
		"UPDATE lines SET filter = NULL",
		/filter's keys are not what it says: line partial/,
	],
	[
		"numbers of lines that would be given again",
		"SELECT setval('lines_seq_seq', 1)",
		/new lines would get numbers that are taken; run SELECT setval\('pangolin.lines_seq_seq', \d+\)/,
	],
	[
		"a gap in the commits",
		"DELETE FROM commits WHERE number = 2",
		/commits are not dense/,
	],
	[
		"two commits with one id",
		"UPDATE commits SET id = 'one' WHERE number IN (2, 4)",
		/two commits have one id/,
	],
	[
		"a lost namespace",
		"DELETE FROM entries WHERE space = 0 AND name = 'a'",
		/namespace with content is missing/,
	],
	[
		"a wrong end",
		"UPDATE superseded SET ended_at_micros = 7",
		/ended at another time/,
	],
	["a lost merge", "DELETE FROM merges", /a merge is not what its commit says/],
	[
		"a text that no reader understands",
		"UPDATE catalogs SET properties = '{'",
		/a row cannot be read: after a warehouse.*JSON/,
	],
];

describe("the check of a PostgreSQL database", () => {
	it("finds nothing in a sound one, also while it is served", async () => {
		const { port, database } = await fullDatabase();
		assert.deepEqual(await problemsOf(port, database), []);
		const address = addressOf(port, database);
		const store = await openPostgresStore({ address });
		assert.deepEqual(await problemsOf(port, database), []);
		await store.close();
	});

	for (const [what, sql, says] of DAMAGE)
		it(`finds ${what}`, async () => {
			const { port, database } = await fullDatabase();
			await asAdmin(port, `SET search_path = pangolin; ${sql}`, database);
			assert.match((await problemsOf(port, database)).join("\n"), says);
		});

	it("leads to a sound one by an export where functions are missing", async () => {
		const { port, database } = await fullDatabase();
		await asAdmin(port, "DROP FUNCTION pangolin.apply_sets", database);
		const [found] = await problemsOf(port, database);
		assert.match(found ?? "", /apply_sets; export the store and import it/);
		const other = await newDatabase(port);
		const rows = openPostgresMover(addressOf(port, database)).dump(undefined);
		const mover = openPostgresMover(addressOf(port, other));
		const { outcome } = await mover.load(undefined, rows);
		assert.equal(outcome, "loaded");
		assert.deepEqual(await problemsOf(port, other), []);
	});

	it("can be made by who may only read the tables", async () => {
		const { port, database } = await fullDatabase();
		const user = `${database}_reader`;
		await asAdmin(
			port,
			`CREATE ROLE ${user} LOGIN; GRANT USAGE ON SCHEMA pangolin TO ${user};
			GRANT SELECT ON ALL TABLES IN SCHEMA pangolin TO ${user}`,
			database,
		);
		assert.deepEqual(await problemsOf(port, database, user), []);
	});

	it("refuses a database that no Pangolin has used", async () => {
		const { port } = await sharedCluster();
		await asAdmin(port, "CREATE DATABASE unused");
		await assert.rejects(
			inspectPostgres(addressOf(port, "unused")),
			(error) =>
				error instanceof PangolinError &&
				/^PostgreSQL database unused .*no Pangolin has used it/.test(
					error.message,
				),
		);
	});
});
