import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { PangolinError } from "../../model/errors.ts";
import { backupSqlite, openBackup } from "./backup.ts";
import type { SqliteStore } from "./sqliteStore.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	AT_MAIN,
	commitOf,
	createNamespace,
	createTable,
	filePath,
	MAIN,
	problemsOf,
	SETUP,
	TENANT,
} from "./testFile.ts";

async function filled(path: string): Promise<SqliteStore> {
	const store = await openSqliteStore({ path });
	await store.apply([...SETUP, commitOf([createNamespace("a")])]);
	return store;
}

/** Commits one table after another until it is told to stop. */
function keepWriting(store: SqliteStore) {
	let isStopped = false;
	let written = 0;
	const writing = (async () => {
		while (!isStopped) {
			await store.apply([commitOf([createTable(["a"], `t${written}`)])]);
			written++;
		}
	})();
	return {
		get written() {
			return written;
		},
		async stop() {
			isStopped = true;
			await writing;
		},
	};
}

const isCode = (code: string, says: RegExp) => (error: unknown) =>
	error instanceof PangolinError &&
	error.code === code &&
	says.test(error.message);

describe("a backup", () => {
	it("taken under load is whole and has all that was acknowledged before", async (test) => {
		const path = filePath(test);
		const target = `${path}.backup`;
		const store = await filled(path);
		const writer = keepWriting(store);
		const entries = Array.from({ length: 5000 }, (_, i) =>
			createTable(["a"], `bulk${i}`),
		);
		await store.apply([commitOf(entries)]);
		const before = (await store.refs.line(TENANT, MAIN))?.head ?? 0;
		const shown: number[] = [];
		await backupSqlite(path, target, {
			onProgress: (done, total) => shown.push(done / total),
		});
		const after = writer.written;
		await writer.stop();
		await store.close();
		assert.ok(after > 0);
		assert.equal(shown.at(-1), 1);
		assert.deepEqual(await problemsOf(target), []);
		assert.deepEqual(await problemsOf(path), []);
		assert.equal(existsSync(`${target}-wal`), false);
		assert.equal(existsSync(`${target}.partial`), false);
		const copy = await openSqliteStore({ path: target });
		const line = await copy.refs.line(TENANT, MAIN);
		assert.ok((line?.head ?? 0) >= before);
		await copy.close();
	});

	it("does not replace a file unless told, and keeps the file's mode", async (test) => {
		const path = filePath(test);
		writeFileSync(path, "", { mode: 0o600 });
		await (await filled(path)).close();
		const target = `${path}.backup`;
		writeFileSync(target, "mine");
		await assert.rejects(
			backupSqlite(path, target),
			isCode("already-exists", /exists already/),
		);
		assert.equal(readFileSync(target, "utf8"), "mine");
		await backupSqlite(path, target, { overwrite: true });
		assert.deepEqual(await problemsOf(target), []);
		assert.equal(statSync(target).mode & 0o777, 0o600);
	});

	it("is not made of a file that is no store", async (test) => {
		const path = filePath(test);
		const target = `${path}.backup`;
		await assert.rejects(
			backupSqlite(path, target),
			isCode("unavailable", /does not exist/),
		);
		writeFileSync(path, "not a database, but long enough for one. ".repeat(99));
		await assert.rejects(
			backupSqlite(path, target),
			isCode("unavailable", /not a SQLite database/),
		);
		assert.equal(existsSync(target), false);
	});
});

describe("a restore", () => {
	it("puts the backup in place of a stopped server's file", async (test) => {
		const path = filePath(test);
		const backup = `${path}.backup`;
		const store = await filled(path);
		await backupSqlite(path, backup);
		await store.apply([commitOf([createNamespace("later")])]);
		const sound = await openBackup(backup);
		await assert.rejects(
			sound.restoreTo(path, { overwrite: true }),
			isCode("unavailable", /another Pangolin/),
		);
		await store.close();
		await assert.rejects(
			sound.restoreTo(path),
			isCode("already-exists", /exists already/),
		);
		// As a crash would leave it: a log that belongs to the replaced file.
		writeFileSync(`${path}-wal`, "stale");
		await sound.restoreTo(path, { overwrite: true });
		const restored = await openSqliteStore({ path });
		const rows = await restored.entries.all(AT_MAIN, { limit: 9 });
		assert.deepEqual(
			rows.map((row) => row.key.name),
			["a"],
		);
		await restored.close();
	});

	it("refuses a damaged backup before anything has an effect", async (test) => {
		const { backup, damaged } = await damagedBackup(filePath(test));
		writeFileSync(backup, damaged);
		await assert.rejects(openBackup(backup), isCode("unavailable", /damaged/));
	});

	it("refuses a backup that is another one than it has read through", async (test) => {
		const path = filePath(test);
		const { backup, damaged } = await damagedBackup(path);
		const sound = await openBackup(backup);
		writeFileSync(backup, damaged);
		const before = readFileSync(path);
		await assert.rejects(
			sound.restoreTo(path, { overwrite: true }),
			isCode("unavailable", /was changed while it was restored/),
		);
		assert.deepEqual(readFileSync(path), before);
	});
});

/** A store's file, its backup, and what may become of that. */
async function damagedBackup(path: string) {
	const backup = `${path}.backup`;
	const store = await filled(path);
	const entries = Array.from({ length: 2000 }, (_, i) =>
		createTable(["a"], `t${i}`),
	);
	await store.apply([commitOf(entries)]);
	await backupSqlite(path, backup);
	await store.close();
	const damaged = readFileSync(backup);
	damaged.fill(0x5a, 40 * 4096, 60 * 4096);
	return { backup, damaged };
}
