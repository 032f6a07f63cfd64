import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { runPangolin } from "../support/server.ts";
import { listOf } from "./killNine/history.ts";
import { sqliteSite } from "./killNine/mortalServers.ts";
import { runKillNine } from "./killNine/run.ts";

/** `KILL_NINE_COMMITS=10000 KILL_NINE_KILLS=200` is the long run; `KILL_NINE_SEED` repeats the choices of one. */
const COMMITS = Number(process.env.KILL_NINE_COMMITS ?? 1500);
const KILLS = Number(process.env.KILL_NINE_KILLS ?? 30);
const SEED = Number(process.env.KILL_NINE_SEED ?? randomInt(2 ** 31));

const PLANTED_SERVER = fileURLToPath(
	new URL("killNine/plantedServer.ts", import.meta.url),
);

describe("F1: commits while the server is killed", () => {
	it("loses none, invents none, makes none twice", async (test) => {
		const dataDir = temporaryFolder(test);
		const { violations, ...counts } = await runKillNine({
			site: sqliteSite(dataDir),
			commits: COMMITS,
			kills: KILLS,
			seed: SEED,
		});
		test.diagnostic(JSON.stringify(counts));
		assert.equal(listOf(violations), "", `KILL_NINE_SEED=${SEED}`);
		const check = await runPangolin(["check"], {
			env: { PANGOLIN_DATA_DIR: dataDir },
		});
		assert.equal(check.code, 0, check.output);
		assert.ok(counts.acknowledged >= COMMITS);
		assert.ok(counts.kills >= KILLS);
		assert.ok(counts.reads > 0 && counts.refused > 0);
	});

	for (const [bug, kind] of [
		["ack-before-write", "lost"],
		["compare-before-write", "lost"],
	] as const) {
		it(`catches the planted bug ${bug}`, async (test) => {
			const { violations } = await runKillNine({
				site: sqliteSite(temporaryFolder(test), [
					process.execPath,
					PLANTED_SERVER,
					bug,
				]),
				commits: 150,
				kills: 2,
				seed: SEED,
			});
			const caught = violations.filter((each) => each.kind === kind);
			assert.ok(caught.length > 0, `not caught with KILL_NINE_SEED=${SEED}`);
			test.diagnostic(
				`${caught.length} of them, ${violations.length} violations in all`,
			);
		});
	}
});
