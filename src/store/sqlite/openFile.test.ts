import assert from "node:assert/strict";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { PangolinError } from "../../model/errors.ts";
import { brandId } from "../../model/ids.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { openOwnedFile } from "./openFile.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	AT_MAIN,
	CATALOG,
	commitOf,
	createNamespace,
	filePath,
	MAIN,
	SETUP,
	TENANT,
} from "./testFile.ts";

/** Opening must fail with one line that says this. */
async function refuses(path: string, says: RegExp): Promise<void> {
	const before = existsSync(path) ? readFileSync(path) : undefined;
	await assert.rejects(openSqliteStore({ path }), (error) => {
		assert.ok(error instanceof PangolinError, String(error));
		assert.equal(error.code, "unavailable");
		assert.match(error.message, says);
		assert.doesNotMatch(error.message, /\n/);
		return true;
	});
	const after = existsSync(path) ? readFileSync(path) : undefined;
	assert.deepEqual(after, before, "the file is untouched");
}

async function fileWith(test: TestContext, sql: string): Promise<string> {
	const path = filePath(test);
	await (await openSqliteStore({ path })).close();
	const db = openDatabase(path, {});
	db.exec(sql);
	db.close();
	return path;
}

describe("a file is not served that", () => {
	it("has a newer schema", async (test) => {
		const path = await fileWith(
			test,
			"INSERT INTO schema_migrations (version, name, checksum) VALUES (99, 'x', 'y')",
		);
		await refuses(path, /version 99/);
	});

	it("has another schema under the same version", async (test) => {
		const path = await fileWith(
			test,
			"UPDATE schema_migrations SET checksum = 'x' WHERE version = 1",
		);
		await refuses(path, /schema step 1/);
	});

	it("is somebody else's database", async (test) => {
		const path = filePath(test);
		const db = openDatabase(path, {});
		db.exec("CREATE TABLE theirs (a)");
		db.close();
		await refuses(path, /not Pangolin's/);
	});

	it("is no database", async (test) => {
		const path = filePath(test);
		writeFileSync(
			path,
			"this is not a database, but long enough to be one ".repeat(99),
		);
		await refuses(path, /not a SQLite database/);
	});

	it("was cut off", async (test) => {
		const path = await fileWith(test, "SELECT 1");
		writeFileSync(path, readFileSync(path).subarray(0, 4096));
		await refuses(path, /damaged/);
	});

	it("lies in a folder that does not exist", async (test) => {
		await refuses(join(filePath(test), "x", "y.db"), /folder does not exist/);
	});

	it("is being served, under whatever name", async (test) => {
		const path = filePath(test);
		const store = await openSqliteStore({ path });
		const link = join(dirname(path), "link.db");
		symlinkSync(path, link);
		for (const name of [path, link])
			await assert.rejects(openSqliteStore({ path: name }), /another Pangolin/);
		await store.close();
		await (await openSqliteStore({ path: link })).close();
	});
});

describe("a file that is served", () => {
	it("has what was applied before it was closed", async (test) => {
		const path = filePath(test);
		const first = await openSqliteStore({ path });
		await first.apply(SETUP);
		const accepted = first.apply([commitOf([createNamespace("a")])]);
		await first.close();
		assert.equal((await accepted).outcome, "applied");
		assert.equal(existsSync(`${path}-wal`), false, "one file can be copied");
		const second = await openSqliteStore({ path });
		const rows = await second.entries.all(AT_MAIN, { limit: 9 });
		assert.deepEqual(
			rows.map((row) => row.key.name),
			["a"],
		);
		await second.close();
	});

	it("is written with full synchronisation and checked references", (test) => {
		const file = openOwnedFile(filePath(test), MIGRATIONS);
		const pragma = (name: string) =>
			file.db.prepare(`PRAGMA ${name}`).get()?.[0];
		assert.equal(pragma("synchronous"), 2);
		assert.equal(pragma("journal_mode"), "wal");
		assert.equal(pragma("foreign_keys"), 1);
		file.close();
	});
});

describe("a migration", () => {
	const known = Math.max(...MIGRATIONS.map(({ version }) => version));
	const steps: readonly Migration[] = [
		...MIGRATIONS,
		{ version: known + 1, name: "second", sql: "CREATE TABLE second (a)" },
		{
			version: known + 2,
			name: "broken",
			sql: "CREATE TABLE third (a); INSERT INTO nowhere VALUES (1);",
		},
	];

	it("that is interrupted leaves the steps before it, and goes on later", (test) => {
		const db = openDatabase(filePath(test), {});
		const hasTable = (name: string) =>
			db.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(name) !==
			undefined;
		assert.throws(() => migrate(db, steps), /nowhere/);
		assert.equal(hasTable("second"), true);
		assert.equal(hasTable("third"), false);
		const mended = steps.with(-1, {
			version: known + 2,
			name: "mended",
			sql: "CREATE TABLE third (a)",
		});
		migrate(db, mended);
		assert.equal(hasTable("third"), true);
		migrate(db, mended);
		db.close();
	});

	it("keeps what a file of the first schema holds", async (test) => {
		const path = filePath(test);
		const db = openDatabase(path, {});
		migrate(db, MIGRATIONS.slice(0, 1));
		db.exec(`INSERT INTO tenants VALUES ('tenant', 't', '{}', 1);
			INSERT INTO catalogs VALUES ('tenant', 'cat', 'catalog', 'Local', NULL, NULL, '{}', 1);
			INSERT INTO lines VALUES (7, 'tenant', 'line-main', 'catalog', NULL, NULL, 2, 6, 1);
			INSERT INTO commits VALUES (7, 1, 'c1', NULL, 'a', 'A', 'm', 5, '[]');
			INSERT INTO commits VALUES (7, 2, 'c2', '[{"line":"gone","number":3},{"line":"gone","number":2}]',
				'a', 'A', 'm', 6, '[]');`);
		db.close();
		const store = await openSqliteStore({ path });
		const line = await store.refs.line(TENANT, MAIN);
		assert.equal(line?.head, 2);
		assert.equal(line.filter, null);
		const commit = await store.commits.byId(TENANT, CATALOG, brandId("c1"));
		assert.equal(commit?.number, 1);
		assert.deepEqual(await store.commits.newestMerge(TENANT, MAIN, 2), {
			number: 2,
			mergedParents: [
				{ line: "gone", number: 3 },
				{ line: "gone", number: 2 },
			],
		});
		await store.close();
	});
});
