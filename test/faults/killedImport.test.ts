import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fullWorld } from "../../src/store/conformance/fullWorld.ts";
import { FORMAT } from "../../src/store/exportFile/format.ts";
import { writeExport } from "../../src/store/exportFile/writeExport.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";
import { openMemoryMover } from "../../src/store/memory/moving.ts";
import type { MovedRow } from "../../src/store/moving.ts";
import { emptyState } from "../../src/store/rules/state.ts";
import { openCheck } from "../../src/store/sqlite/check.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqliteStore.ts";
import { newDatabase } from "../support/emptyPostgres.ts";
import { temporaryFolder } from "../support/folders.ts";
import { asAdmin, sharedCluster } from "../support/postgres.ts";
import { runPangolin } from "../support/server.ts";
import { moverOf } from "./support/movers.ts";

/**
 * An import is killed (SIGKILL) on its way, among others before its first row
 * and between its last row and the commit. The store then holds nothing of it,
 * and the same import succeeds afterwards.
 */

const CHILD = fileURLToPath(
	new URL("./support/mortalImport.ts", import.meta.url),
);

/** An export of a store with something of everything, and its rows. */
async function exported(
	folder: string,
): Promise<{ file: string; rows: MovedRow[] }> {
	const state = emptyState();
	const fresh = (prefix: string) => `${prefix}-${randomUUID()}`;
	const openEmpty = () => Promise.reject(new Error("one store"));
	for (let tenants = 0; tenants < 20; tenants++)
		await fullWorld(openMemoryStore(state), { fresh, openEmpty });
	const mover = openMemoryMover(state);
	const file = join(folder, "export.pangolin");
	await writeExport(file, mover.dump(undefined), {
		header: { format: FORMAT, time: "", tenant: null, version: "" },
		sign: undefined,
		onRows: () => undefined,
	});
	return { file, rows: await Array.fromAsync(mover.dump(undefined)) };
}

interface Target {
	readonly url: string;
	/** What the next start does, and what is wrong with what it finds. */
	recover(): Promise<readonly string[]>;
}

const TARGETS: Readonly<Record<string, (folder: string) => Promise<Target>>> = {
	SQLite: async (folder) => {
		const path = join(folder, "pangolin.db");
		return {
			url: `sqlite://${path}`,
			async recover() {
				await (await openSqliteStore({ path })).close();
				const check = openCheck(path);
				const problems = check.problems();
				check.close();
				return problems;
			},
		};
	},
	PostgreSQL: async () => {
		const { port, url } = await sharedCluster();
		const database = await newDatabase(port);
		return {
			url: url(database),
			async recover() {
				await untilNobodyIsIn(port, database);
				return [];
			},
		};
	},
};

/** PostgreSQL notices a client's death by itself. */
async function untilNobodyIsIn(port: number, database: string): Promise<void> {
	const there = `SELECT FROM pg_stat_activity WHERE datname = '${database}'`;
	while ((await asAdmin(port, there)).length > 0) await setTimeout(20);
}

interface Killed {
	/** In the store after it. */
	readonly left: MovedRow[];
	readonly problems: readonly string[];
	readonly file: string;
	readonly url: string;
	readonly rows: MovedRow[];
}

/** Runs an import that dies when this share of the rows was given. */
async function killedAt(
	test: TestContext,
	target: string,
	share: number,
	how = "",
): Promise<Killed> {
	const folder = temporaryFolder(test);
	const { file, rows } = await exported(folder);
	const row = Math.floor(share * rows.length);
	const opened = await TARGETS[target]?.(folder);
	assert.ok(opened);
	const { url } = opened;
	const { signal, code, output } = await runPangolin(
		[file, url, String(row), how],
		{ command: [process.execPath, CHILD] },
	);
	assert.equal(signal, share > 1 ? null : "SIGKILL", `${code} ${output}`);
	const problems = await opened.recover();
	const left = await Array.fromAsync(moverOf(url).dump(undefined));
	return { left, problems, file, url, rows };
}

for (const target of Object.keys(TARGETS))
	describe(`an import into ${target} that is killed`, () => {
		for (const share of [0, 0.01, 0.3, 0.8, 1])
			it(`when ${share * 100} % of the rows were given leaves nothing, and can be run again`, async (test) => {
				const killed = await killedAt(test, target, share);
				assert.deepEqual(killed.left, []);
				assert.deepEqual(killed.problems, []);
				const env = { DATABASE_URL: killed.url };
				const again = await runPangolin(["import", "--from", killed.file], {
					env,
				});
				assert.equal(again.code, 0, again.output);
				const moved = moverOf(killed.url).dump(undefined);
				assert.deepEqual(await Array.fromAsync(moved), killed.rows);
			});

		it("is whole when it was not killed: the kill is what is tested", async (test) => {
			const { left, rows } = await killedAt(test, target, 2);
			assert.deepEqual(left, rows);
		});

		it("after a part of it was made durable on its own would be seen", async (test) => {
			const { left } = await killedAt(test, target, 0.5, "inParts");
			assert.notDeepEqual(left, []);
		});
	});
