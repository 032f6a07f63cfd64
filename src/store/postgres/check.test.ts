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
async function problemsOf(port: number, database: string) {
	const address = addressOf(port, database);
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
		"an index that is missing",
		"DROP INDEX commits_by_id",
		/lacks a valid index: commits_by_id/,
	],
	[
		"an index that was never finished",
		"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'refs_by_line'::regclass",
		/lacks a valid index: refs_by_line/,
	],
	[
		"a key that is missing",
		"ALTER TABLE claims DROP CONSTRAINT claims_pkey",
		/lacks a valid table: claims/,
	],
	[
		"a foreign key that does not follow a new name",
		`ALTER TABLE catalogs DROP CONSTRAINT catalogs_tenant_id_warehouse_name_fkey,
			ADD FOREIGN KEY (tenant_id, warehouse_name) REFERENCES warehouses (tenant_id, name)`,
		/lacks a valid key: catalogs, FOREIGN KEY \(tenant_id, warehouse_name\) REFERENCES warehouses\(tenant_id, name\) ON UPDATE CASCADE/,
	],
	[
		"a function that is missing",
		"DROP FUNCTION take_location",
		/lacks a valid function: take_location/,
	],
	[
		"a constraint that was never checked",
		`ALTER TABLE refs ADD CONSTRAINT late CHECK (name <> '') NOT VALID`,
		/never checked: refs, late/,
	],
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

	it("finds each foreign and unique key that is missing", async () => {
		const { port, database } = await fullDatabase();
		const keys = await asAdmin(
			port,
			`SELECT conrelid::regclass::text AS of, conname AS name FROM pg_constraint
			WHERE connamespace = 'pangolin'::regnamespace AND contype IN ('f', 'u') ORDER BY contype`,
			database,
		);
		for (const { of, name } of keys)
			await asAdmin(
				port,
				`ALTER TABLE ${of} DROP CONSTRAINT ${name}`,
				database,
			);
		const found = await problemsOf(port, database);
		assert.equal(found.length, keys.length);
		for (const each of [
			"warehouses, UNIQUE (tenant_id, id)",
			"catalogs, FOREIGN KEY (tenant_id) REFERENCES tenants(id)",
			"refs, FOREIGN KEY (tenant_id, line_id) REFERENCES lines(tenant_id, id)",
		])
			assert.ok(found.includes(`the schema lacks a valid key: ${each}`), each);
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
