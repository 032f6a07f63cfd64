import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { newPostgresUrl } from "../support/emptyPostgres.ts";
import { freshMongoUrl } from "../support/mongo/mongo.ts";
import {
	type Exit,
	type ServerProcess,
	startServer,
} from "../support/server.ts";
import { type PytestResult, runPytest } from "./pytest.ts";
import { errorLines } from "./serverLog.ts";

/** So many scripts there are at least; fewer means that they were not found. */
const MIN_TESTS = 155;

const STORES: readonly {
	readonly name: string;
	/** Default: a SQLite file. */
	readonly databaseUrl?: () => string | Promise<string>;
}[] = [
	{ name: "a SQLite file" },
	{ name: "SQLite in memory", databaseUrl: () => "sqlite::memory:" },
	{ name: "memory", databaseUrl: () => "memory:" },
	{ name: "PostgreSQL", databaseUrl: newPostgresUrl },
	{ name: "MongoDB", databaseUrl: freshMongoUrl },
];

const LOGGED = { env: { LOG_FORMAT: "json" } };

const folders: string[] = [];

async function dataDir(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "pangolin e2e-ü-"));
	folders.push(folder);
	return folder;
}

/** No script may be left out: a skipped one would look like a passed one. */
function assertAllPassed(result: PytestResult, minTests: number): void {
	assert.equal(result.failed, 0, result.output);
	assert.equal(result.exitCode, 0, result.output);
	assert.equal(result.skipped, 0, result.output);
	assert.ok(result.tests >= minTests, `${result.tests} tests ran`);
}

/** It ended well, and nothing went wrong in it that no client saw. */
function assertStopped(exit: Exit, server: ServerProcess): void {
	assert.deepEqual(errorLines(server.output()), []);
	assert.deepEqual(exit, { code: 0, signal: null }, server.output());
}

/** Superseded metadata files are then removed as soon as a table allows it. */
async function keepNoHistory(url: string): Promise<void> {
	const properties = { "history.retention-seconds": "0" };
	const answer = await fetch(`${url}/api/v1/catalogs/default`, {
		method: "PUT",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ properties }),
	});
	assert.equal(answer.status, 200, await answer.text());
}

after(async () => {
	for (const folder of folders)
		await rm(folder, { recursive: true, force: true });
});

describe("PyIceberg", () => {
	for (const { name, databaseUrl } of STORES) {
		it(`does all that its users do, on ${name}`, async (test) => {
			const url = await databaseUrl?.();
			const server = await startServer(await dataDir(), {
				env: {
					LOG_FORMAT: "json",
					...(url === undefined ? {} : { DATABASE_URL: url }),
				},
			});
			try {
				await keepNoHistory(server.url);
				const result = await runPytest(server.url);
				assertAllPassed(result, MIN_TESTS);
				test.diagnostic(`${result.tests} scripts passed`);
			} finally {
				assertStopped(await server.stop(), server);
			}
		});
	}

	it("finds everything again after a stop and after a kill", async () => {
		const folder = await dataDir();
		const env = { PANGOLIN_E2E_MEMORY: join(await dataDir(), "memory.json") };
		let server = await startServer(folder, LOGGED);
		try {
			assertAllPassed(
				await runPytest(server.url, ["restart_before.py"], env),
				1,
			);
			assertStopped(await server.stop(), server);
			server = await startServer(folder, LOGGED);
			assertAllPassed(
				await runPytest(server.url, ["restart_after.py"], env),
				1,
			);
			await server.stop("SIGKILL");
			server = await startServer(folder, LOGGED);
			assertAllPassed(
				await runPytest(server.url, ["restart_killed.py"], env),
				1,
			);
		} finally {
			await server.stop("SIGKILL");
		}
	});
});
