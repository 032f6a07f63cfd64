import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { fullWorld } from "../../src/store/conformance/fullWorld.ts";
import { FORMAT } from "../../src/store/exportFile/format.ts";
import { writeExport } from "../../src/store/exportFile/writeExport.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";
import { openMemoryMover } from "../../src/store/memory/moving.ts";
import type { MovedRow } from "../../src/store/moving.ts";
import { emptyState } from "../../src/store/rules/state.ts";
import { openSqliteMover } from "../../src/store/sqlite/mover.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqliteStore.ts";
import { problemsOf } from "../../src/store/sqlite/testFile.ts";
import { temporaryFolder } from "../support/folders.ts";
import { runPangolin } from "../support/server.ts";

/**
 * An import is killed (SIGKILL) on its way, among others before its first row
 * and between its last row and the commit. The file then holds nothing of it,
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

/** Runs an import that dies when this share of the rows was given, and gives what is in the file after it. */
async function killedAt(
	test: TestContext,
	share: number,
	how = "",
): Promise<{ left: MovedRow[]; file: string; path: string; rows: MovedRow[] }> {
	const folder = temporaryFolder(test);
	const { file, rows } = await exported(folder);
	const row = Math.floor(share * rows.length);
	const path = join(folder, "pangolin.db");
	const { signal, code, output } = await runPangolin(
		[file, path, String(row), how],
		{ command: [process.execPath, CHILD] },
	);
	assert.equal(signal, share > 1 ? null : "SIGKILL", `${code} ${output}`);
	// The next start, which recovers what it finds.
	await (await openSqliteStore({ path })).close();
	if (how === "") assert.deepEqual(await problemsOf(path), []);
	const left = await Array.fromAsync(openSqliteMover(path).dump(undefined));
	return { left, file, path, rows };
}

describe("an import that is killed", () => {
	for (const share of [0, 0.01, 0.3, 0.8, 1])
		it(`when ${share * 100} % of the rows were given leaves nothing, and can be run again`, async (test) => {
			const { left, file, path, rows } = await killedAt(test, share);
			assert.deepEqual(left, []);
			const env = { DATABASE_URL: `sqlite://${path}` };
			const again = await runPangolin(["import", "--from", file], { env });
			assert.equal(again.code, 0, again.output);
			const moved = openSqliteMover(path).dump(undefined);
			assert.deepEqual(await Array.fromAsync(moved), rows);
		});

	it("is whole when it was not killed: the kill is what is tested", async (test) => {
		const { left, rows } = await killedAt(test, 2);
		assert.deepEqual(left, rows);
	});

	it("after a part of it was made durable on its own would be seen", async (test) => {
		const { left } = await killedAt(test, 0.5, "inParts");
		assert.notDeepEqual(left, []);
	});
});
