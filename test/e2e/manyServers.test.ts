import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { runPangolin, type ServerProcess } from "../support/server.ts";
import {
	DATABASES,
	type DatabaseKind,
	type SharedDatabase,
	startServerOn,
} from "../support/sharedDatabases.ts";
import { listOf } from "./killNine/history.ts";
import type { Site } from "./killNine/mortalServers.ts";
import { runKillNine } from "./killNine/run.ts";

/** `MANY_SERVERS_COMMITS=10000 MANY_SERVERS_KILLS=200` is the long run; `KILL_NINE_SEED` repeats the choices of one. */
const COMMITS = Number(process.env.MANY_SERVERS_COMMITS ?? 300);
const KILLS = Number(process.env.MANY_SERVERS_KILLS ?? 5);
const RESTARTS = Number(process.env.MANY_SERVERS_RESTARTS ?? 2);
const SEED = Number(process.env.KILL_NINE_SEED ?? randomInt(2 ** 31));
const SERVERS = 3;

const PLANTED_SERVER = fileURLToPath(
	new URL("killNine/plantedServer.ts", import.meta.url),
);

/** @param bug what the servers are planted with */
function siteOn(
	test: TestContext,
	database: SharedDatabase,
	bug?: string,
): Site & { isSound(): Promise<void> } {
	const dataDir = temporaryFolder(test);
	const options =
		bug === undefined
			? {}
			: { command: [process.execPath, PLANTED_SERVER, bug] };
	return {
		servers: SERVERS,
		startServer: () => startServerOn(database, dataDir, options),
		openStore: () => database.openStore(),
		async isSound() {
			const env = { PANGOLIN_DATA_DIR: dataDir, DATABASE_URL: database.url };
			const { code, output } = await runPangolin(["check"], { env });
			assert.equal(code, 0, output);
		},
	};
}

async function restartDatabase(
	test: TestContext,
	{ openMortal }: DatabaseKind,
	options: { commits: number; kills: number },
	bug?: string,
) {
	const database = await openMortal(test);
	const site = siteOn(test, database, bug);
	const servers: ServerProcess[] = [];
	const healing: number[] = [];
	const report = await runKillNine({
		...options,
		site: {
			...site,
			startServer: async () => {
				const server = await site.startServer();
				servers.push(server);
				return server;
			},
			disturb: async () => {
				await database.crash();
				const startedAt = performance.now();
				await Promise.all(servers.map(isReadyAgain));
				healing.push(Math.round(performance.now() - startedAt));
			},
		},
		seed: SEED,
	});
	if (bug === undefined) await site.isSound();
	return { ...report, healing };
}

for (const [name, kind] of Object.entries(DATABASES)) {
	describe(`F9: three servers on one ${name}, killed at random`, () => {
		it("lose nothing, invent nothing, do nothing twice", async (test) => {
			const site = siteOn(test, await kind.open());
			const { violations, ...counts } = await runKillNine({
				site,
				commits: COMMITS,
				kills: KILLS,
				seed: SEED,
			});
			test.diagnostic(JSON.stringify(counts));
			assert.equal(listOf(violations), "", `KILL_NINE_SEED=${SEED}`);
			await site.isSound();
			assert.ok(counts.acknowledged >= COMMITS);
			assert.ok(counts.kills >= KILLS);
			assert.ok(counts.reads > 0 && counts.refused > 0);
		});

		for (const bug of ["ack-before-write", "compare-before-write"]) {
			it(`the planted bug ${bug} is caught`, async (test) => {
				const { violations } = await runKillNine({
					site: siteOn(test, await kind.open(), bug),
					commits: 150,
					kills: 2,
					seed: SEED,
				});
				const caught = violations.filter(({ kind }) => kind === "lost");
				assert.ok(caught.length > 0, `not caught with KILL_NINE_SEED=${SEED}`);
				test.diagnostic(
					`${caught.length} of them, ${violations.length} violations in all`,
				);
			});
		}
	});

	describe(`F10: ${name}, killed under the load of three servers`, () => {
		it("comes back with everything, and is in use again within 5 s", async (test) => {
			const options = { commits: COMMITS, kills: RESTARTS };
			const { violations, ...counts } = await restartDatabase(
				test,
				kind,
				options,
			);
			test.diagnostic(JSON.stringify(counts));
			assert.equal(listOf(violations), "", `KILL_NINE_SEED=${SEED}`);
			assert.equal(counts.healing.length, RESTARTS);
			assert.ok(counts.acknowledged >= COMMITS);
		});

		it("the planted bug ack-before-write is caught", async (test) => {
			const { violations } = await restartDatabase(
				test,
				kind,
				{ commits: 150, kills: 1 },
				"ack-before-write",
			);
			const lost = violations.filter(({ kind }) => kind === "lost");
			assert.ok(lost.length > 0, `not caught with KILL_NINE_SEED=${SEED}`);
			test.diagnostic(`${lost.length} of ${violations.length} violations`);
		});

		it("the planted bug stay-away is caught", (test) =>
			assert.rejects(
				restartDatabase(test, kind, { commits: 150, kills: 1 }, "stay-away"),
				/is not ready after 5 s/,
			));
	});
}

const HEALS_WITHIN_MILLIS = 5000;

async function isReadyAgain({ url }: ServerProcess): Promise<void> {
	const deadline = performance.now() + HEALS_WITHIN_MILLIS;
	while ((await fetch(`${url}/health/ready`)).status !== 200)
		assert.ok(performance.now() < deadline, `${url} is not ready after 5 s`);
}
