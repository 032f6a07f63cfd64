import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { CALLS, newFaultControl, shimLibrary } from "./faults/support/shim.ts";
import { temporaryFolder } from "./support/folders.ts";
import { freePort } from "./support/postgres.ts";
import { runPangolin, startServer } from "./support/server.ts";

/** One way in which a start must fail. */
interface Refusal {
	readonly name: string;
	/** Prepares the folder and says with which environment to start. */
	prepare(
		folder: string,
		test: TestContext,
	): Promise<Record<string, string>> | Record<string, string>;
	readonly exitCode: number;
	readonly says: RegExp;
}

const CONFIG_MISTAKE = 2;
const FAILURE = 1;

async function madeByServer(folder: string): Promise<string> {
	const server = await startServer(folder);
	await server.stop();
	return join(folder, "pangolin.db");
}

function alterDatabase(path: string, sql: string): void {
	const db = new DatabaseSync(path);
	db.exec(sql);
	db.close();
}

const REFUSALS: readonly Refusal[] = [
	{
		name: "without PANGOLIN_NO_AUTH",
		prepare: () => ({ PANGOLIN_NO_AUTH: "" }),
		exitCode: CONFIG_MISTAKE,
		says: /PANGOLIN_NO_AUTH=1/,
	},
	{
		name: "AN10: on every address",
		prepare: () => ({ PANGOLIN_BIND_ADDRESS: "0.0.0.0" }),
		exitCode: CONFIG_MISTAKE,
		says: /loopback/,
	},
	{
		name: "AN10: on every IPv6 address",
		prepare: () => ({ PANGOLIN_BIND_ADDRESS: "::" }),
		exitCode: CONFIG_MISTAKE,
		says: /loopback/,
	},
	{
		name: "AN10: on a name",
		prepare: () => ({ PANGOLIN_BIND_ADDRESS: "example.com" }),
		exitCode: CONFIG_MISTAKE,
		says: /loopback/,
	},
	{
		name: "on a port that is none",
		prepare: () => ({ PORT: "eighty" }),
		exitCode: CONFIG_MISTAKE,
		says: /PORT must be an integer/,
	},
	{
		name: "on PostgreSQL that is not there",
		prepare: async () => ({
			DATABASE_URL: `postgres://u:secret@127.0.0.1:${await freePort()}/db`,
		}),
		exitCode: FAILURE,
		says: /PostgreSQL database db at 127\.0\.0\.1:\d+ cannot be reached/,
	},
	{
		name: "on PostgreSQL without a database",
		prepare: () => ({ DATABASE_URL: "postgres://u:secret@h" }),
		exitCode: CONFIG_MISTAKE,
		says: /must name one database/,
	},
	{
		name: "on MongoDB that is not there",
		prepare: async () => ({
			DATABASE_URL: `mongodb://u:secret@127.0.0.1:${await freePort()}/db`,
		}),
		exitCode: FAILURE,
		says: /MongoDB cannot be used: .*check DATABASE_URL/,
	},
	{
		name: "on MongoDB without a server",
		prepare: () => ({ DATABASE_URL: "mongodb://" }),
		exitCode: CONFIG_MISTAKE,
		says: /names MongoDB without a server/,
	},
	{
		name: "on a port in use",
		prepare: async (_folder, test) => ({ PORT: String(await takenPort(test)) }),
		exitCode: FAILURE,
		says: /127\.0\.0\.1:\d+ is in use/,
	},
	{
		name: "on a data folder that is a file",
		prepare: (folder) => {
			writeFileSync(join(folder, "file"), "");
			return { PANGOLIN_DATA_DIR: join(folder, "file") };
		},
		exitCode: FAILURE,
		says: /file/,
	},
	{
		name: "on a database in a folder that is missing",
		prepare: (folder) => ({ DATABASE_URL: `sqlite://${folder}/missing/x.db` }),
		exitCode: FAILURE,
		says: /missing/,
	},
	{
		name: "on a read-only disk",
		prepare: (folder, test) => failingDisk(folder, test, "EROFS"),
		exitCode: FAILURE,
		says: /read-only/,
	},
	{
		name: "on a read-only disk that holds a database",
		prepare: async (folder, test) => {
			await madeByServer(folder);
			return failingDisk(folder, test, "EROFS");
		},
		exitCode: FAILURE,
		says: /read-only|cannot be (read|written|opened)/,
	},
	{
		name: "on a disk that is full",
		prepare: (folder, test) => failingDisk(folder, test, "ENOSPC"),
		exitCode: FAILURE,
		says: /full/,
	},
	{
		name: "on a file that is no database",
		prepare: (folder) => {
			writeFileSync(
				join(folder, "pangolin.db"),
				"not a database, but long enough to have a header".repeat(100),
			);
			return {};
		},
		exitCode: FAILURE,
		says: /not a SQLite database/,
	},
	{
		name: "on a database of another program",
		prepare: (folder) => {
			alterDatabase(
				join(folder, "pangolin.db"),
				"CREATE TABLE notes (text TEXT)",
			);
			return {};
		},
		exitCode: FAILURE,
		says: /not Pangolin's/,
	},
	{
		name: "on a damaged file",
		prepare: async (folder) => {
			const path = await madeByServer(folder);
			const bytes = readFileSync(path);
			bytes.fill(0xff, 100, 4096);
			writeFileSync(path, bytes);
			return {};
		},
		exitCode: FAILURE,
		says: /damaged|malformed/,
	},
	{
		name: "on a schema that is newer",
		prepare: async (folder) => {
			const path = await madeByServer(folder);
			alterDatabase(
				path,
				"INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'future', 'x')",
			);
			return {};
		},
		exitCode: FAILURE,
		says: /newer Pangolin/,
	},
	{
		name: "on a schema that is not the known one",
		prepare: async (folder) => {
			const path = await madeByServer(folder);
			alterDatabase(path, "UPDATE schema_migrations SET checksum = 'x'");
			return {};
		},
		exitCode: FAILURE,
		says: /schema step/,
	},
];

async function takenPort(test: TestContext): Promise<number> {
	const other = createServer();
	await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
	test.after(() => other.close());
	const address = other.address();
	if (address === null || typeof address === "string")
		throw new Error("no port");
	return address.port;
}

/** Every file below a folder with its bytes, but those that only SQLite's locks need. */
function contentOf(folder: string): Map<string, string> {
	const files = readdirSync(folder, { recursive: true, withFileTypes: true });
	return new Map(
		files
			.filter(
				(file) =>
					file.isFile() && !/\.(lock|lock-journal|db-shm)$/.test(file.name),
			)
			.map((file) => [
				join(file.parentPath, file.name),
				readFileSync(join(file.parentPath, file.name), "base64"),
			]),
	);
}

/** Every change of a file below the folder fails, as on a disk of that state. */
function failingDisk(
	folder: string,
	test: TestContext,
	error: "EROFS" | "ENOSPC",
): Record<string, string> {
	const control = newFaultControl(temporaryFolder(test));
	control.arm({
		calls: CALLS.any,
		nth: 1,
		action: "error",
		error,
		sticky: true,
	});
	test.after(() => {
		assert.ok(control.fired() > 0);
		control.close();
	});
	return {
		LD_PRELOAD: shimLibrary(),
		SHIM_ROOT: folder,
		SHIM_CONTROL: control.path,
		UV_USE_IO_URING: "0",
	};
}

describe("a start that must fail", () => {
	for (const { name, prepare, exitCode, says } of REFUSALS) {
		it(`F22: ${name}: one clear line, nothing written`, async (test) => {
			const folder = temporaryFolder(test);
			const env = await prepare(folder, test);
			const before = contentOf(folder);
			const { code, output } = await runPangolin(["serve"], {
				env: {
					PORT: "0",
					PANGOLIN_NO_AUTH: "1",
					PANGOLIN_DATA_DIR: folder,
					...env,
				},
			});
			assert.match(output, /^pangolin: [^\n]+\n$/);
			assert.match(output, says);
			assert.ok(!output.includes("secret"));
			assert.equal(code, exitCode);
			assert.deepEqual(contentOf(folder), before);
		});
	}

	it("with many mistakes names them all", async (test) => {
		const { code, output } = await runPangolin(
			["serve", "--log-format", "xml"],
			{
				env: {
					PORT: "x",
					PANGOLIN_DATA_DIR: temporaryFolder(test),
					PANGOLIN_LOG_LEVEL: "loud",
				},
			},
		);
		assert.equal(code, CONFIG_MISTAKE);
		assert.equal(output.trimEnd().split("\n").length, 3);
	});
});

describe("a start", () => {
	it("says which store, which address, which folder, and what to paste", async (test) => {
		const folder = join(temporaryFolder(test), "data");
		const server = await startServer(folder, {
			env: { PANGOLIN_PROT: "1", LOG_FORMAT: "auto" },
		});
		const exit = await server.stop();
		const output = server.output();
		assert.deepEqual(exit, { code: 0, signal: null });
		assert.match(output, /warning: PANGOLIN_PROT is set/);
		assert.ok(output.includes(join(folder, "pangolin.db")));
		assert.ok(output.includes(join(folder, "warehouse")));
		assert.ok(output.includes("from pyiceberg.catalog import load_catalog\n"));
		assert.ok(
			output.includes(
				`catalog = load_catalog("pangolin", uri="${server.url}", warehouse="default")\n`,
			),
		);
	});

	it("writes only JSON lines where that is wanted", async (test) => {
		const server = await startServer(temporaryFolder(test), {
			env: { LOG_FORMAT: "json" },
		});
		await server.stop();
		for (const line of server.output().trimEnd().split("\n"))
			assert.ok(JSON.parse(line).time);
	});

	it("serves on IPv6's loopback", async (test) => {
		const server = await startServer(temporaryFolder(test), {
			env: { PANGOLIN_BIND_ADDRESS: "::1" },
		});
		assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
		assert.equal((await fetch(`${server.url}/health/ready`)).status, 200);
		assert.deepEqual(await server.stop("SIGINT"), { code: 0, signal: null });
	});

	it("keeps what it makes to its user", async (test) => {
		const folder = join(temporaryFolder(test), "data");
		const server = await startServer(folder);
		assert.equal(statSync(folder).mode & 0o777, 0o700);
		assert.equal(statSync(join(folder, "pangolin.db")).mode & 0o777, 0o600);
		assert.equal(statSync(join(folder, "pangolin.db-wal")).mode & 0o777, 0o600);
		await server.stop();
	});
});
