import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import type { CommandOptions, ServerProcess } from "../support/server.ts";
import {
	DATABASES,
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

function siteOn(
	test: TestContext,
	database: SharedDatabase,
	options: CommandOptions = {},
): Site {
	const dataDir = temporaryFolder(test);
	return {
		servers: SERVERS,
		startServer: () => startServerOn(database, dataDir, options),
		openStore: () => database.openStore(),
	};
}

for (const [kind, { open, openMortal }] of Object.entries(DATABASES)) {
	describe(`F9: three servers on one ${kind}, killed at random`, () => {
		it("lose nothing, invent nothing, do nothing twice", async (test) => {
			const { violations, ...counts } = await runKillNine({
				site: siteOn(test, await open()),
				commits: COMMITS,
				kills: KILLS,
				seed: SEED,
			});
			test.diagnostic(JSON.stringify(counts));
			assert.equal(listOf(violations), "", `KILL_NINE_SEED=${SEED}`);
			assert.ok(counts.acknowledged >= COMMITS);
			assert.ok(counts.kills >= KILLS);
			assert.ok(counts.reads > 0 && counts.refused > 0);
		});

		for (const bug of ["ack-before-write", "compare-before-write"]) {
			it(`the planted bug ${bug} is caught`, async (test) => {
				const command = [process.execPath, PLANTED_SERVER, bug];
				const { violations } = await runKillNine({
					site: siteOn(test, await open(), { command }),
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

	describe(`F10: ${kind}, killed under the load of three servers`, () => {
		it("comes back with everything, and is in use again within 5 s", async (test) => {
			const database = await openMortal(test);
			const site = siteOn(test, database);
			const servers: ServerProcess[] = [];
			const healing: number[] = [];
			const { violations, ...counts } = await runKillNine({
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
				commits: COMMITS,
				kills: RESTARTS,
				seed: SEED,
			});
			test.diagnostic(JSON.stringify({ ...counts, healing }));
			assert.equal(listOf(violations), "", `KILL_NINE_SEED=${SEED}`);
			assert.equal(healing.length, RESTARTS);
			assert.ok(counts.acknowledged >= COMMITS);
		});
	});
}

const HEALS_WITHIN_MILLIS = 5000;

async function isReadyAgain({ url }: ServerProcess): Promise<void> {
	const deadline = performance.now() + HEALS_WITHIN_MILLIS;
	while ((await fetch(`${url}/health/ready`)).status !== 200)
		assert.ok(performance.now() < deadline, `${url} is not ready after 5 s`);
}
