import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { cpSync, existsSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { fullWorld } from "../conformance/fullWorld.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import { filePath, problemsOf } from "./testFile.ts";

/** F23: what a process that dies at each statement of a migration leaves behind. */

/** A step that the next version might make: it changes rows, and what reads them. */
const NEXT: Migration = {
	version: MIGRATIONS.length + 1,
	name: "next",
	sql: `ALTER TABLE commits ADD COLUMN place TEXT;
UPDATE commits SET place = id || ' ' || number;
CREATE TABLE places (place TEXT PRIMARY KEY, line INTEGER NOT NULL) STRICT;
INSERT INTO places SELECT place, line FROM commits;
DELETE FROM reports;
DROP INDEX jobs_by_run_after;
ALTER TABLE warehouses RENAME COLUMN vending_strategy TO vending;
`,
};
const STEPS = [...MIGRATIONS, NEXT];

/** A file of the first schema with some rows. */
function oldFile(test: TestContext): string {
	const path = filePath(test);
	const db = openDatabase(path, {});
	db.exec("PRAGMA journal_mode = WAL");
	migrate(db, MIGRATIONS.slice(0, 1));
	db.exec(`INSERT INTO tenants VALUES ('tenant', 't', '{}', 1);
		INSERT INTO catalogs VALUES ('tenant', 'cat', 'catalog', 'Local', NULL, NULL, '{}', 1);
		INSERT INTO lines VALUES (7, 'tenant', 'line-main', 'catalog', NULL, NULL, 2, 6, 1);
		INSERT INTO commits VALUES (7, 1, 'c1', NULL, 'a', 'A', 'm', 5, '[]');
		INSERT INTO commits VALUES (7, 2, 'c2', '[{"line":"gone","number":3}]', 'a', 'A', 'm', 6, '[]');`);
	db.close();
	return path;
}

/** A file of this version with something of everything in it. */
async function fullFile(test: TestContext): Promise<string> {
	const path = filePath(test);
	const store = await openSqliteStore({ path });
	await fullWorld(store, {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("one store")),
	});
	await store.close();
	return path;
}

/** Runs each statement by itself, and says when it has. */
function stopping(db: Database, onStatement: () => void): Database {
	return {
		...db,
		get inTransaction() {
			return db.inTransaction;
		},
		exec(sql) {
			for (const one of sql.split(/;\s*(?:\n|$)/)) {
				if (one.trim() === "") continue;
				db.exec(one);
				onStatement();
			}
		},
	};
}

/** The planted bug: every statement is committed by itself. */
function committingEach(db: Database): Database {
	return {
		...db,
		exec: (sql) => {
			if (!/^(BEGIN IMMEDIATE|COMMIT)$/.test(sql)) db.exec(sql);
		},
	};
}

const FILES = ["", "-wal", "-shm"];

/** Migrates a file. @returns copies of it as they were after each statement */
function imagesOf(path: string, wrap = (db: Database) => db): string[] {
	const images: string[] = [];
	const db = openDatabase(path, {});
	const stopped = stopping(wrap(db), () => {
		const image = `${path}-${images.length}`;
		for (const end of FILES)
			if (existsSync(path + end)) cpSync(path + end, image + end);
		images.push(image);
	});
	migrate(stopped, STEPS);
	db.close();
	return images;
}

/** Schema and rows, as text. */
function contentOf(path: string): unknown {
	const db = openDatabase(path, {});
	const schema = db
		.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")
		.all();
	const tables = db
		.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1")
		.all();
	const rows = tables
		.filter(([name]) => name !== "schema_migrations")
		.map(([name]) => db.prepare(`SELECT * FROM ${name}`).all());
	const versions = db.prepare("SELECT version FROM schema_migrations").all();
	const integrity = db.prepare("PRAGMA integrity_check").all();
	db.close();
	return { schema, rows, versions, integrity };
}

/** Goes on with each image as the next start does. @returns what that comes to, for those that do not end as the whole */
function wrongOf(path: string, images: readonly string[]): unknown[] {
	const whole = contentOf(path);
	return images.flatMap((image) => {
		try {
			const db = openDatabase(image, {});
			migrate(db, STEPS);
			db.close();
			assert.deepEqual(contentOf(image), whole);
			return [];
		} catch (error) {
			return [error];
		}
	});
}

describe("F23: a migration of a SQLite file", () => {
	it("from the first schema, whose process ends at any statement, goes on to the same", (test) => {
		const path = oldFile(test);
		const images = imagesOf(path);
		assert.ok(images.length > 20, `${images.length} statements`);
		assert.deepEqual(wrongOf(path, images), []);
	});

	it("of a full file, whose process ends at any statement, goes on to the same", async (test) => {
		const path = await fullFile(test);
		assert.deepEqual(await problemsOf(path), []);
		const images = imagesOf(path);
		assert.ok(images.length > 8, `${images.length} statements`);
		assert.deepEqual(wrongOf(path, images), []);
	});

	it("would be seen not to go on if each statement were committed", async (test) => {
		const path = await fullFile(test);
		const images = imagesOf(path, committingEach);
		assert.notDeepEqual(wrongOf(path, images), []);
	});
});
