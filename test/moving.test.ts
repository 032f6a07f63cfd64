import assert from "node:assert/strict";
import {
	existsSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
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
import { linesOf, rowsOf } from "./support/exportFile.ts";
import { temporaryFolder } from "./support/folders.ts";
import { keyFiles } from "./support/keyFiles.ts";
import {
	type CommandOptions,
	runPangolin,
	type ServerProcess,
	startServer,
} from "./support/server.ts";

interface Started {
	readonly folder: string;
	readonly dataDir: string;
	readonly server: ServerProcess;
	readonly send: Send;
}

/** A server with two tables, of which one was changed. */
async function started(test: TestContext): Promise<Started> {
	const folder = temporaryFolder(test);
	const dataDir = join(folder, "data");
	const { server, send } = await served(test, dataDir);
	await createNamespace(send);
	for (const name of ["t0", "t1"])
		await succeed(send("POST", TABLES, createTableBody(name)));
	await succeed(send("POST", `${TABLES}/t1`, propertyCommit("1")));
	return { folder, dataDir, server, send };
}

async function served(
	test: TestContext,
	dataDir: string,
	env: CommandOptions["env"] = {},
): Promise<{ server: ServerProcess; send: Send }> {
	const server = await startServer(dataDir, { env });
	test.after(() => server.stop("SIGKILL"));
	return { server, send: await openClient(server.url) };
}

const pangolin = (env: Record<string, string>, ...args: string[]) =>
	runPangolin(args, { env });

describe("pangolin export and import", () => {
	it("move what a running server holds into another file, which serves the same", async (test) => {
		const { folder, dataDir, server, send } = await started(test);
		const before = await succeed(send("GET", `${TABLES}/t1`));
		const file = join(folder, "all.pangolin");
		const origin = { PANGOLIN_DATA_DIR: dataDir };
		const key = keyFiles(folder);
		const exported = await pangolin(
			origin,
			...["export", "--to", file, "--sign-key", key.secret],
		);
		assert.equal(exported.code, 0, exported.output);
		assert.match(exported.output, /100 %.*\d+ rows of .*\(signed\)/s);
		assert.equal(statSync(file).mode & 0o777, 0o600);
		await server.stop();

		const moved = join(folder, "moved.db");
		const target = { ...origin, DATABASE_URL: `sqlite://${moved}` };
		const imported = await pangolin(
			target,
			...["import", "--from", file, "--verify-key", key.open],
		);
		assert.equal(imported.code, 0, imported.output);
		assert.match(imported.output, /rows: 100 %.*rows \(all, as of 20/s);
		assert.equal(statSync(moved).mode & 0o777, 0o600);
		assert.equal((await pangolin(target, "check")).code, 0);
		const again = join(folder, "again.pangolin");
		await pangolin(target, "export", "--to", again);
		assert.deepEqual(rowsOf(again), rowsOf(file));

		const other = await served(test, dataDir, target);
		assert.deepEqual(
			tableView(await succeed(other.send("GET", `${TABLES}/t1`))),
			tableView(before),
		);
		await succeed(other.send("POST", `${TABLES}/t1`, propertyCommit("2")));
	});

	it("move one tenant beside what is there, once", async (test) => {
		const { folder, dataDir, server } = await started(test);
		await server.stop();
		const origin = { PANGOLIN_DATA_DIR: dataDir };
		const file = join(folder, "one.pangolin");
		const tenant = "00000000-0000-0000-0000-000000000000";
		const exportOf = (id: string) =>
			pangolin(origin, "export", "--to", file, "--tenant", id);
		const nobody = await exportOf("nobody");
		assert.equal(nobody.code, 1);
		assert.match(nobody.output, /no tenant with the id nobody/);
		assert.equal((await exportOf(tenant)).code, 0);
		assert.match((await exportOf(tenant)).output, /exists already/);

		const target = { DATABASE_URL: `sqlite://${join(folder, "moved.db")}` };
		const importOnce = () => pangolin(target, "import", "--from", file);
		assert.equal((await importOnce()).code, 0);
		const twice = await importOnce();
		assert.equal(twice.code, 1);
		assert.match(twice.output, /tenant 0+-.* is there already/);
	});

	it("refuse before anything has an effect", async (test) => {
		const { folder, dataDir, server } = await started(test);
		const origin = { PANGOLIN_DATA_DIR: dataDir };
		const file = join(folder, "all.pangolin");
		await pangolin(origin, "export", "--to", file);
		const { open } = keyFiles(folder);
		const moved = join(folder, "moved.db");
		const target = { DATABASE_URL: `sqlite://${moved}` };
		const unsigned = ["import", "--from", file, "--verify-key", open];
		assert.match((await pangolin(target, ...unsigned)).output, /not signed/);
		const half = join(folder, "half.pangolin");
		const bytes = readFileSync(file);
		writeFileSync(half, bytes.subarray(0, bytes.length / 2));
		const cut = await pangolin(target, "import", "--from", half);
		assert.equal(cut.code, 1);
		assert.match(cut.output, /not complete.*nothing was imported/);
		assert.ok(!existsSync(moved));

		const intoServed = await pangolin(origin, "import", "--from", file);
		assert.match(intoServed.output, /served by another Pangolin/);
		await server.stop();
		const intoFull = await pangolin(origin, "import", "--from", file);
		assert.equal(intoFull.code, 1);
		assert.match(intoFull.output, /is not empty/);
		const inMemory = { DATABASE_URL: "memory:" };
		for (const args of [
			["export", "--to", join(folder, "x")],
			["import", "--from", file],
		])
			assert.equal((await pangolin(inMemory, ...args)).code, 2);
	});

	it("leave the tables' files where they are, and need them there", async (test) => {
		const { folder, dataDir, server } = await started(test);
		await server.stop();
		const file = join(folder, "all.pangolin");
		await pangolin({ PANGOLIN_DATA_DIR: dataDir }, "export", "--to", file);
		const names = linesOf(file).filter((line) => line.includes(dataDir));
		assert.ok(names.length > 0, "locations are absolute");
		rmSync(join(dataDir, "pangolin.db"));
		renameSync(join(dataDir, "warehouse"), join(folder, "elsewhere"));
		const env = { PANGOLIN_DATA_DIR: dataDir };
		assert.equal((await pangolin(env, "import", "--from", file)).code, 0);
		const { code, output } = await pangolin(env, "check");
		assert.equal(code, 1, output);
	});
});

describe("the examples of docs/guides/moving.md", () => {
	it("run as they stand", async (test) => {
		const { folder, server } = await started(test);
		await server.stop();
		const guide = readFileSync(
			new URL("../docs/guides/moving.md", import.meta.url),
			"utf8",
		);
		const blocks = blocksOf(guide);
		assert.equal(blocks.length, 4);
		const script = blocks.map(({ code }) => code).join("\n");
		const stdout = runCommands(folder, script);
		assert.equal(stdout.match(/ imported into /g)?.length, 3);
		assert.match(stdout, /moved\.db is sound/);
		assert.match(stdout, /^\["pangolin-export",\{"format":1,/m);
	});
});
