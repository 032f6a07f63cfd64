import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { runPangolin, startServer } from "../support/server.ts";
import { randomFrom } from "./powerLoss/disk.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	propertyCommit,
	succeed,
	TABLES,
} from "./support/client.ts";
import { faultSeed, scaled } from "./support/scale.ts";
import { CALLS, newFaultControl, shimLibrary } from "./support/shim.ts";

/**
 * `pangolin restore` of a backup with the warehouse is killed (SIGKILL) at a
 * system call that changes the disk. The store is then not there, or all of it
 * is and of the files that it names; the same command brings the rest.
 */
const KILLS = scaled(3);

const STORE_FIRST = [
	process.execPath,
	fileURLToPath(new URL("support/storeFirst.ts", import.meta.url)),
];

interface Lost {
	readonly folder: string;
	/** Of the server that is no more; nothing is there. */
	readonly dataDir: string;
	readonly backup: string;
}

/** A backup of a server with some tables, which is lost. */
async function lostServer(test: TestContext): Promise<Lost> {
	const folder = temporaryFolder(test);
	const dataDir = join(folder, "data");
	const backup = join(folder, "backup");
	const server = await startServer(dataDir);
	test.after(() => server.stop("SIGKILL"));
	const send = await openClient(server.url);
	await createNamespace(send);
	for (const name of ["t0", "t1", "t2"]) {
		await succeed(send("POST", TABLES, createTableBody(name)));
		await succeed(send("POST", `${TABLES}/${name}`, propertyCommit("1")));
	}
	await done(dataDir, "backup", "--to", backup, "--with-warehouse");
	await server.stop();
	rmSync(dataDir, { recursive: true });
	return { folder, dataDir, backup };
}

async function done(dataDir: string, ...args: string[]): Promise<string> {
	const env = { PANGOLIN_DATA_DIR: dataDir };
	const { code, output } = await runPangolin(args, { env });
	assert.equal(code, 0, output);
	return output;
}

type Restore = (killAt: number) => Promise<{ calls: number }>;

/** Restores under the shim. */
function restoring(
	test: TestContext,
	{ folder, dataDir, backup }: Lost,
	command: readonly string[] | undefined,
): Restore {
	const faults = newFaultControl(folder);
	test.after(() => faults.close());
	return async (killAt) => {
		faults.arm({ calls: CALLS.any, nth: killAt, action: "kill" });
		const { signal, code, output } = await runPangolin(
			["restore", "--from", backup],
			{
				...(command === undefined ? {} : { command }),
				env: {
					PANGOLIN_DATA_DIR: dataDir,
					LD_PRELOAD: shimLibrary(),
					SHIM_ROOT: dataDir,
					SHIM_CONTROL: faults.path,
					UV_USE_IO_URING: "0",
				},
			},
		);
		const calls = faults.seen();
		if (killAt > calls) assert.equal(code, 0, output);
		else assert.equal(signal, "SIGKILL", output);
		return { calls };
	};
}

const NEVER = 1_000_000;

/**
 * Kills restores at some of the calls that one makes (1 is the first).
 * @returns what is wrong with what they leave
 */
async function killRestores(
	test: TestContext,
	killsOf: (calls: number) => number[],
	command?: readonly string[],
): Promise<string[]> {
	const lost = await lostServer(test);
	const { dataDir } = lost;
	const restore = restoring(test, lost, command);
	const { calls } = await restore(NEVER);
	assert.match(await done(dataDir, "check"), /is sound/);
	const problems: string[] = [];
	for (const nth of killsOf(calls)) {
		rmSync(dataDir, { recursive: true });
		await restore(nth);
		const isThere = existsSync(join(dataDir, "pangolin.db"));
		const there = isThere ? "there" : "not there";
		test.diagnostic(`killed at ${nth} of ${calls}: ${there}`);
		if (!isThere) await restore(NEVER);
		const env = { PANGOLIN_DATA_DIR: dataDir };
		const { code, output } = await runPangolin(["check"], { env });
		if (code !== 0) problems.push(`killed at ${nth}: ${output}`);
	}
	return problems;
}

describe("a restore that is killed", () => {
	it("leaves no store or all of it, and can be run again", async (test) => {
		const seed = faultSeed();
		test.diagnostic(`FAULT_SEED=${seed}`);
		const random = randomFrom(seed);
		const problems = await killRestores(test, (calls) => [
			...Array.from({ length: KILLS }, (_, i) =>
				Math.ceil(((i + random()) / KILLS) * calls),
			),
			// The store comes last.
			calls - 2,
			calls - 1,
			calls,
		]);
		assert.deepEqual(problems, []);
	});

	it("planted: that begins with the store is caught", async (test) => {
		// Files are made last then.
		const late = (calls: number) => [calls - 8, calls - 4];
		const problems = await killRestores(test, late, STORE_FIRST);
		test.diagnostic(`${problems.length} problems: ${problems[0]}`);
		assert.ok(problems.length > 0);
	});
});
