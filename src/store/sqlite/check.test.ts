import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { insertLine, objectKey } from "../conformance/world.ts";
import { inspectSqlite } from "./check.ts";
import { openDatabase } from "./database.ts";
import { MIGRATIONS, migrate } from "./migrate.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	CATALOG,
	commitOf,
	createNamespace,
	createTable,
	filePath,
	MAIN,
	problemsOf,
	SETUP,
	TENANT,
	tableOf,
} from "./testFile.ts";

/** Two commits and a fork between them; the table's older file is pinned by the fork. */
async function writeFile(path: string): Promise<void> {
	const store = await openSqliteStore({ path });
	const key = objectKey(["a"], "t");
	const ifVersion = { line: MAIN, number: 1 };
	const entry = tableOf("t", 1);
	const asset = entry.id;
	const held = { uuid: "u", state: "held" } as const;
	const owner = { tenant: TENANT, catalog: CATALOG, asset };
	await store.apply([
		...SETUP,
		commitOf([
			createNamespace("a"),
			createTable(["a"], "t"),
			createTable(["a"], "u"),
		]),
		insertLine({
			tenant: TENANT,
			catalog: CATALOG,
			id: brandId<LineId>("fork"),
			parent: { line: MAIN, number: 1 },
		}),
		commitOf([{ op: "replace", key, entry, ifVersion }]),
		{ op: "claim", claim: { ...owner, ...held, location: "s:/a/" } },
		{ op: "claim", claim: { ...owner, ...held, location: "s:/a/b/" } },
		{ op: "claim", claim: { ...owner, ...held, location: "s:/a/c/" } },
	]);
	await store.close();
}

const DAMAGE: readonly [string, string, RegExp][] = [
	[
		"an index that is missing",
		"DROP INDEX commits_by_id",
		/^the schema lacks index commits_by_id; export the store and import it into a new file$/,
	],
	[
		"an index over less",
		"DROP INDEX commits_by_id; CREATE INDEX commits_by_id ON commits (id) WHERE number > 9",
		/^the schema has another index commits_by_id; export/,
	],
	[
		"an index that others added and that refuses rows",
		"CREATE INDEX slow ON commits (message); CREATE UNIQUE INDEX odd ON commits (id)",
		/^the schema has one index too many: odd; drop it$/,
	],
	[
		"a trigger that others added",
		"CREATE TRIGGER late AFTER UPDATE ON refs BEGIN DELETE FROM refs; END",
		/^the schema has one trigger too many: late; drop it$/,
	],
	[
		"a table that is missing",
		"DROP TABLE reports",
		/^the schema lacks table reports; restore a backup$/,
	],
	[
		"a column that is missing",
		"ALTER TABLE reports DROP COLUMN body",
		/^the schema has another table reports; restore a backup$/,
	],
	[
		"a view that is missing",
		"DROP VIEW assets",
		/^the schema lacks view assets; export/,
	],
	["a gap in the commits", "DELETE FROM commits WHERE number = 1", /not dense/],
	["a head too far", "UPDATE lines SET head = 9 WHERE seq = 1", /not dense/],
	[
		"two commits with one id",
		"UPDATE commits SET id = (SELECT id FROM commits WHERE number = 1)",
		/two commits have one id: line line-main, number 2/,
	],
	[
		"a time that runs back",
		"UPDATE commits SET time_micros = 9e15 WHERE number = 1",
		/times do not grow/,
	],
	[
		"a row from the future",
		"UPDATE entries SET number = 9 WHERE name = 'u'",
		/newer than its line/,
	],
	[
		"a gap between versions",
		"UPDATE superseded SET to_number = 7",
		/do not follow/,
	],
	[
		"a wrong end",
		"UPDATE superseded SET ended_at_micros = 7",
		/ended at another time/,
	],
	[
		"a fork from nowhere",
		"UPDATE lines SET parent_number = 9 WHERE id = 'fork'",
		/has not reached: line fork/,
	],
	[
		"a lost namespace",
		"DELETE FROM entries WHERE kind = 'namespace'",
		/namespace with content is missing/,
	],
	[
		"a merge that its commit does not know",
		"INSERT INTO merges VALUES (1, 2, 0, 'fork', 0)",
		/not what its commit says/,
	],
	[
		"a drop of what is there",
		"INSERT INTO dropped SELECT 1, asset_id, 1, 1, 'a', 't' FROM entries WHERE name = 't'",
		/what was dropped is there/,
	],
	[
		"a text that no reader understands",
		"UPDATE entries SET properties = '{' WHERE kind = 'namespace'",
		/a row cannot be read: after a commit.*JSON/,
	],
	["a lost line", "DELETE FROM lines WHERE id = 'line-main'", /missing/],
	[
		"two owners of one place",
		"UPDATE claims SET asset_id = 'other' WHERE location = 's:/a/c/'",
		/two assets/,
	],
];

describe("a check", () => {
	it("finds nothing in a sound file, also while it is served", async (test) => {
		const path = filePath(test);
		await writeFile(path);
		assert.deepEqual(await problemsOf(path), []);
		const store = await openSqliteStore({ path });
		assert.deepEqual(await problemsOf(path), []);
		await store.close();
	});

	for (const [what, sql, says] of DAMAGE) {
		it(`finds ${what}`, async (test) => {
			const path = filePath(test);
			await writeFile(path);
			const db = openDatabase(path, {});
			db.exec("PRAGMA foreign_keys = OFF");
			db.exec(sql);
			db.close();
			assert.match((await problemsOf(path)).join("\n"), says);
		});
	}

	it("refuses a file that no Pangolin has used, and one of an older version", (test) => {
		const path = filePath(test);
		const db = openDatabase(path, {});
		const all = MIGRATIONS.length;
		assert.throws(() => inspectSqlite(path), /no Pangolin has used it$/);
		migrate(db, MIGRATIONS.slice(0, -1));
		db.close();
		assert.throws(
			() => inspectSqlite(path),
			new RegExp(
				`has version ${all - 1}, this Pangolin knows ${all}; start a server on it first$`,
			),
		);
	});

	it("finds nothing where history was forgotten, or a line is going", async (test) => {
		const path = filePath(test);
		await writeFile(path);
		const store = await openSqliteStore({ path });
		const at = { tenant: TENANT, line: MAIN };
		const key = objectKey(["a"], "t");
		const toMicros = Number.MAX_SAFE_INTEGER;
		for (let number = 2; number < 5; number++) {
			const ifVersion = { line: MAIN, number };
			const entry = tableOf("t", number);
			const { outcome } = await store.apply([
				commitOf([{ op: "replace", key, entry, ifVersion }]),
			]);
			assert.equal(outcome, "applied");
		}
		const rows = [2, 3].map((number) => ({ key, number }));
		await store.apply([{ op: "forget", ...at, rows, toMicros }]);
		assert.equal(await store.history.isKept(TENANT, MAIN, 3), false);
		assert.deepEqual(await problemsOf(path), []);
		const gone = { tenant: TENANT, catalog: CATALOG };
		await store.apply([
			{ op: "delete", collection: "ref", key: { ...gone, name: "main" } },
			{
				op: "delete",
				collection: "line",
				key: { tenant: TENANT, line: brandId("fork") },
			},
		]);
		for (let limit = 1; (await store.refs.line(TENANT, MAIN)) !== undefined; ) {
			const { outcome } = await store.apply([
				{ op: "forgetLine", ...at, limit },
			]);
			assert.equal(outcome, "applied");
			assert.deepEqual(await problemsOf(path), []);
		}
		await store.close();
	});
});
