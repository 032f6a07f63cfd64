import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { problemsOf } from "../../src/store/sqlite/testFile.ts";
import { temporaryFolder } from "../support/folders.ts";
import { openMoverAt } from "../support/movers.ts";
import { type CommandOptions, runPangolin } from "../support/server.ts";
import {
	createNamespace,
	createTableBody,
	succeed,
	TABLES,
} from "./support/client.ts";
import { startFaultyServer } from "./support/faultyServer.ts";
import { scaled } from "./support/scale.ts";
import { CALLS, type FaultControl } from "./support/shim.ts";

/**
 * A restore of a copy of a SQLite file, with the files of its warehouse, is
 * killed (SIGKILL) before one of the calls by which it changes files. The store's
 * file is then missing or whole, and where it is missing the same restore succeeds.
 */

const KILLS = scaled(10);
/** Nothing does so many. */
const NEVER = 1_000_000;
const CARELESS = new URL("./support/carelessRestore.ts", import.meta.url);

interface Site {
	readonly faults: FaultControl;
	/** Of a backup with the warehouse; what it was made of is gone. */
	readonly backup: string;
	readonly dataDir: string;
	/** The environment of a restore that can be killed. */
	readonly env: Readonly<Record<string, string>>;
}

async function backedUp(test: TestContext): Promise<Site> {
	const server = await startFaultyServer(test);
	const { dataDir, faults, env, send } = server;
	await createNamespace(send);
	for (const name of ["t0", "t1"])
		await succeed(send("POST", TABLES, createTableBody(name)));
	const backup = join(temporaryFolder(test), "backup");
	const args = ["backup", "--to", backup, "--with-warehouse"];
	const made = await runPangolin(args, { env: { PANGOLIN_DATA_DIR: dataDir } });
	assert.equal(made.code, 0, made.output);
	await server.stop();
	return {
		faults,
		backup,
		dataDir,
		env: { ...env, PANGOLIN_DATA_DIR: dataDir },
	};
}

const fileOf = (folder: string) => join(folder, "pangolin.db");

/** A restore that dies before its n-th call. @returns whether it died */
async function restore(
	{ faults, backup, dataDir, env }: Site,
	nth: number,
	command?: CommandOptions["command"],
): Promise<boolean> {
	rmSync(dataDir, { recursive: true, force: true });
	if (command !== undefined) mkdirSync(dataDir);
	faults.arm({ calls: CALLS.any, nth, action: "kill" });
	const { signal, code, output } =
		command === undefined
			? await runPangolin(["restore", "--from", backup], { env })
			: await runPangolin([fileOf(backup), fileOf(dataDir)], { env, command });
	faults.disarm();
	assert.ok(signal === "SIGKILL" || code === 0, output);
	return signal === "SIGKILL";
}

/** What is in the place of the store's file. */
async function left({
	backup,
	dataDir,
}: Site): Promise<"nothing" | "half" | "whole"> {
	if (!existsSync(fileOf(dataDir))) return "nothing";
	try {
		const problems = await problemsOf(fileOf(dataDir));
		const [rows, expected] = await Promise.all(
			[dataDir, backup].map((folder) =>
				Array.fromAsync(
					openMoverAt(`sqlite://${fileOf(folder)}`).dump(undefined),
				),
			),
		);
		const isWhole = problems.length === 0 && isDeepStrictEqual(rows, expected);
		return isWhole ? "whole" : "half";
	} catch {
		return "half";
	}
}

/** How many calls a restore that nothing kills makes. */
async function callsOf(
	site: Site,
	command?: CommandOptions["command"],
): Promise<number> {
	assert.equal(await restore(site, NEVER, command), false);
	assert.equal(await left(site), "whole");
	return site.faults.seen();
}

describe("a restore of a SQLite file that is killed", () => {
	it("leaves no file or a whole one, and can be run again", async (test) => {
		const site = await backedUp(test);
		const calls = await callsOf(site);
		const found = new Set<string>();
		for (let kill = 1; kill <= KILLS; kill++) {
			const nth = Math.ceil((calls * kill) / KILLS);
			assert.equal(await restore(site, nth), true, `${nth} of ${calls}`);
			const there = await left(site);
			found.add(there);
			assert.notEqual(there, "half", `${nth} of ${calls}`);
			if (there === "whole") continue;
			const { dataDir, backup } = site;
			const again = await runPangolin(["restore", "--from", backup], {
				env: { PANGOLIN_DATA_DIR: dataDir },
			});
			assert.equal(again.code, 0, again.output);
			assert.equal(await left(site), "whole");
		}
		assert.ok(found.has("nothing"));
		test.diagnostic(`${calls} calls, after a kill: ${[...found].join(", ")}`);
	});

	it("in the middle of a file under its own name would be seen", async (test) => {
		const site = await backedUp(test);
		const command = [process.execPath, CARELESS.pathname];
		const calls = await callsOf(site, command);
		assert.equal(await restore(site, Math.ceil(calls / 2), command), true);
		assert.equal(await left(site), "half");
	});
});
