import assert from "node:assert/strict";
import {
	cpSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openDatabase } from "../src/store/sqlite/database.ts";
import { blocksOf, runCommands } from "./e2e/guide.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./faults/support/client.ts";
import { commitAlways, writtenOf } from "./support/commitLoad.ts";
import { temporaryFolder } from "./support/folders.ts";
import { keyFiles } from "./support/keyFiles.ts";
import {
	runPangolin,
	type ServerProcess,
	startServer,
} from "./support/server.ts";

const TABLE_COUNT = 5;

async function pangolin(dataDir: string, ...args: string[]) {
	return await runPangolin(args, { env: { PANGOLIN_DATA_DIR: dataDir } });
}

async function started(
	test: TestContext,
	dataDir: string,
): Promise<{ server: ServerProcess; send: Send }> {
	const server = await startServer(dataDir);
	test.after(() => server.stop("SIGKILL"));
	return { server, send: await openClient(server.url) };
}

/** A server with some tables, and where their metadata files are. */
async function withTables(test: TestContext) {
	const folder = temporaryFolder(test);
	const dataDir = join(folder, "data");
	const { server, send } = await started(test, dataDir);
	await createNamespace(send);
	const files: string[] = [];
	for (let i = 0; i < TABLE_COUNT; i++) {
		const created = await succeed(
			send("POST", TABLES, createTableBody(`t${i}`)),
		);
		files.push(tableView(created).location.slice("file://".length));
	}
	return { folder, dataDir, server, send, files };
}

const NAMES = Array.from({ length: TABLE_COUNT }, (_, i) => `t${i}`);

describe("a backup under load", () => {
	it("of the database holds every commit that was answered before it began", async (test) => {
		const { folder, dataDir, server, send } = await withTables(test);
		const load = commitAlways([send], NAMES);
		await load.more();
		const before = new Map(load.acknowledged);
		const target = join(folder, "backup.db");
		const { code, output } = await pangolin(dataDir, "backup", "--to", target);
		await load.stop();
		assert.equal(code, 0, output);
		assert.equal(statSync(target).mode & 0o777, 0o600);
		assert.deepEqual(await server.stop(), { code: 0, signal: null });

		rmSync(join(dataDir, "pangolin.db"));
		const restored = await pangolin(dataDir, "restore", "--from", target);
		assert.equal(restored.code, 0, restored.output);
		assert.equal((await pangolin(dataDir, "check")).code, 0);
		const again = await started(test, dataDir);
		for (const [table, value] of before)
			assert.ok((await writtenOf(again.send, table)) >= value);
	});

	it("with the warehouse is complete: the folder alone brings everything back", async (test) => {
		const { folder, dataDir, server, send } = await withTables(test);
		const load = commitAlways([send], NAMES);
		await load.more();
		const before = new Map(load.acknowledged);
		const target = join(folder, "backup");
		const { code, output } = await pangolin(
			dataDir,
			"backup",
			"--to",
			target,
			"--with-warehouse",
		);
		await load.stop();
		assert.equal(code, 0, output);
		await server.stop();

		rmSync(dataDir, { recursive: true });
		const restored = await pangolin(dataDir, "restore", "--from", target);
		assert.equal(restored.code, 0, restored.output);
		const checked = await pangolin(dataDir, "check");
		assert.equal(checked.code, 0, checked.output);
		const again = await started(test, dataDir);
		for (const [table, value] of before)
			assert.ok((await writtenOf(again.send, table)) >= value);
	});
});

describe("a plain copy of a live file", () => {
	it("lacks commits that were answered, and this test would see it", async (test) => {
		const { folder, dataDir, send } = await withTables(test);
		await succeed(send("POST", `${TABLES}/t0`, propertyCommit("7")));
		const copy = join(folder, "copy.db");
		cpSync(join(dataDir, "pangolin.db"), copy);
		const other = await startServer(join(folder, "other"), {
			env: { DATABASE_URL: `sqlite://${copy}`, PANGOLIN_LOCAL_ROOTS: dataDir },
		});
		test.after(() => other.stop("SIGKILL"));
		const answer = await (await openClient(other.url))("GET", `${TABLES}/t0`);
		assert.ok(answer.status === 404 || tableView(answer).written !== "7");
	});
});

describe("backup and restore", () => {
	it("overwrite nothing", async (test) => {
		const { folder, dataDir, server } = await withTables(test);
		writeFileSync(join(folder, "taken"), "mine");
		for (const flags of [[], ["--with-warehouse"]]) {
			const { code, output } = await pangolin(
				dataDir,
				"backup",
				"--to",
				join(folder, "taken"),
				...flags,
			);
			assert.equal(code, 1);
			assert.match(output, /^pangolin: .*exists already.*\n$/m);
		}
		await pangolin(dataDir, "backup", "--to", join(folder, "x.db"));
		await server.stop();
		const { code, output } = await pangolin(
			dataDir,
			"restore",
			"--from",
			join(folder, "x.db"),
		);
		assert.equal(code, 1);
		assert.match(output, /^pangolin: .*exists already.*\n$/);
	});

	it("refuse what is no backup, and put nothing in place", async (test) => {
		const folder = temporaryFolder(test);
		const empty = join(folder, "empty");
		mkdirSync(empty);
		writeFileSync(join(folder, "garbage"), "garbage".repeat(1000));
		for (const source of ["missing", "garbage", "empty"]) {
			const { code, output } = await pangolin(
				join(folder, "data"),
				"restore",
				"--from",
				join(folder, source),
			);
			assert.equal(code, 1, source);
			assert.match(output, /^pangolin: [^\n]+\n$/);
			assert.ok(!existsSync(join(folder, "data/pangolin.db")));
		}
	});

	it("refuse a damaged copy before files of tables are put in place", async (test) => {
		const { folder, dataDir, server } = await withTables(test);
		const backup = join(folder, "backup");
		await pangolin(dataDir, "backup", "--to", backup, "--with-warehouse");
		await server.stop();
		rmSync(dataDir, { recursive: true });
		const copy = join(backup, "pangolin.db");
		truncateSync(copy, statSync(copy).size - 3 * 4096);
		const args = ["restore", "--from", backup];
		const { code, output } = await pangolin(dataDir, ...args);
		assert.equal(code, 1);
		assert.match(output, /^pangolin: [^\n]+\n$/);
		assert.ok(!existsSync(join(dataDir, "warehouse")));
	});

	it("refuse to move tables, whose metadata names absolute paths", async (test) => {
		const { folder, dataDir, server } = await withTables(test);
		await pangolin(
			dataDir,
			"backup",
			"--to",
			join(folder, "backup"),
			"--with-warehouse",
		);
		await server.stop();
		const { code, output } = await pangolin(
			join(folder, "elsewhere"),
			"restore",
			"--from",
			join(folder, "backup"),
		);
		assert.equal(code, 2);
		assert.ok(output.includes(`PANGOLIN_DATA_DIR=${dataDir}`));
	});

	it("have no signature of a SQLite file, and take the one of an export", async (test) => {
		const { folder, dataDir, server } = await withTables(test);
		await server.stop();
		const key = keyFiles(folder);
		const [copy, file] = [join(folder, "copy.db"), join(folder, "signed")];
		const sign = ["--sign-key", key.secret];
		const verify = ["--verify-key", key.open];
		await pangolin(dataDir, "backup", "--to", copy);
		await pangolin(dataDir, "export", "--to", file, ...sign);
		rmSync(join(dataDir, "pangolin.db"));
		for (const args of [
			["backup", "--to", join(folder, "signed.db"), ...sign],
			["restore", "--from", copy, ...verify],
		]) {
			const { code, output } = await pangolin(dataDir, ...args);
			assert.equal(code, 1);
			assert.match(output, /^pangolin: .*carries no signature.*\n$/);
		}
		const args = ["restore", "--from", file, ...verify];
		const restored = await pangolin(dataDir, ...args);
		assert.equal(restored.code, 0, restored.output);
		assert.equal((await pangolin(dataDir, "check")).code, 0);
	});

	it("need a store that is a file", async (test) => {
		const dataDir = temporaryFolder(test);
		for (const args of [
			["backup", "--to", "x"],
			["restore", "--from", "x"],
			["check"],
		]) {
			const { code, output } = await runPangolin(args, {
				env: { PANGOLIN_DATA_DIR: dataDir, DATABASE_URL: "memory:" },
			});
			assert.equal(code, 2);
			assert.match(output, /memory/);
		}
	});
});

describe("check", () => {
	it("runs beside a live server and finds nothing wrong", async (test) => {
		const { dataDir } = await withTables(test);
		const { code, output } = await pangolin(dataDir, "check");
		assert.equal(code, 0, output);
		assert.match(output, /is sound/);
	});

	it("names each table whose metadata file is missing or cut off", async (test) => {
		const { dataDir, server, files } = await withTables(test);
		await server.stop();
		const [first = "", second = ""] = files;
		rmSync(first);
		truncateSync(second, 10);
		const { code, output } = await pangolin(dataDir, "check");
		assert.equal(code, 1);
		assert.match(output, /^default\.faults\.t0: /m);
		assert.match(output, /^default\.faults\.t1: /m);
		assert.match(output, /2 problems/);
	});

	it("names each table whose folder somebody else could be given", async (test) => {
		const { dataDir, server } = await withTables(test);
		await server.stop();
		const db = openDatabase(join(dataDir, "pangolin.db"), {});
		db.exec("DELETE FROM claims");
		db.close();
		const { code, output } = await pangolin(dataDir, "check");
		assert.equal(code, 1);
		assert.match(output, /claims no place: catalog default, faults\.t0$/m);
		assert.match(output, /5 problems/);
	});

	it("finds a damaged file", async (test) => {
		const { dataDir, server } = await withTables(test);
		await server.stop();
		const path = join(dataDir, "pangolin.db");
		truncateSync(path, statSync(path).size - 3 * 4096);
		const { code, output } = await pangolin(dataDir, "check");
		assert.equal(code, 1, output);
	});

	it("says so when there is nothing to check", async (test) => {
		const { code, output } = await pangolin(
			join(temporaryFolder(test), "none"),
			"check",
		);
		assert.equal(code, 1);
		assert.match(output, /^pangolin: .*does not exist\n$/m);
	});
});

describe("a stopped file", () => {
	it("is one file that can be copied and opened elsewhere", async (test) => {
		const { folder, dataDir, server } = await withTables(test);
		await server.stop();
		assert.deepEqual(
			readdirSync(dataDir).filter((name) => /-wal$|-shm$/.test(name)),
			[],
		);
		const copy = join(folder, "copy.db");
		cpSync(join(dataDir, "pangolin.db"), copy);
		const other = await startServer(dataDir, {
			env: { DATABASE_URL: `sqlite://${copy}` },
		});
		test.after(() => other.stop("SIGKILL"));
		const send = await openClient(other.url);
		const listed = JSON.parse((await succeed(send("GET", TABLES))).text);
		assert.equal(listed.identifiers.length, TABLE_COUNT);
	});
});

describe("the examples of the guides", () => {
	/** What is lost before the restore, in the data folder. */
	const LOST = {
		"docs/guides/backup.md": "",
		"docs/guides/sqlite.md": "pangolin.db",
	};
	for (const [page, lost] of Object.entries(LOST))
		it(`of ${page} run as they stand`, async (test) => {
			const { folder, dataDir, server } = await withTables(test);
			const guide = readFileSync(
				new URL(`../${page}`, import.meta.url),
				"utf8",
			);
			const [example] = blocksOf(guide.replaceAll("/backups/", `${folder}/`));
			const lines = example?.code.split("\n") ?? [];
			const restore = lines.findIndex((line) => / restore /.test(line));
			assert.ok(restore >= 2, "the examples were not found");
			const beside = runCommands(folder, lines.slice(0, restore).join("\n"));
			await server.stop();
			rmSync(join(dataDir, lost), { recursive: true });
			const after = runCommands(folder, lines.slice(restore).join("\n"));
			assert.match(beside + after, / is sound/);
			assert.match((await pangolin(dataDir, "check")).output, / is sound/);
		});
});
