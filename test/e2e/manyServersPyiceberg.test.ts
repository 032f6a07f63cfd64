import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { startRoundRobin } from "../support/roundRobin.ts";
import { DATABASES, startServerOn } from "../support/sharedDatabases.ts";
import { runPytest } from "./pytest.ts";
import { errorLines } from "./serverLog.ts";

const PLANTED_SERVER = fileURLToPath(
	new URL("killNine/plantedServer.ts", import.meta.url),
);

/** Three servers behind a balancer. @param command what runs instead of them */
async function openServers(test: TestContext, command?: readonly string[]) {
	const database = await DATABASES.PostgreSQL.open();
	const dataDir = temporaryFolder(test);
	const options = command === undefined ? {} : { command };
	const servers = await Promise.all(
		Array.from({ length: 3 }, () => startServerOn(database, dataDir, options)),
	);
	test.after(() => Promise.all(servers.map((each) => each.stop("SIGKILL"))));
	const balancer = await startRoundRobin(servers.map(({ url }) => url));
	test.after(() => balancer.close());
	return { servers, balancer };
}

describe("PyIceberg, eight processes on three servers", () => {
	it("appends to tables of their own, to a shared one and on a branch", async (test) => {
		const { servers, balancer } = await openServers(test);
		const result = await runPytest(balancer.url, ["test_concurrency.py"]);
		assert.equal(result.exitCode, 0, result.output);
		assert.equal(result.skipped, 0, result.output);
		assert.ok(result.tests >= 3, result.output);
		assert.deepEqual(
			servers.flatMap((server) => errorLines(server.output())),
			[],
		);
		assert.ok(Math.min(...balancer.counts) > 50, `${balancer.counts}`);
		test.diagnostic(`${result.tests} scripts, requests ${balancer.counts}`);
	});

	it("the planted bug compare-before-write is caught", async (test) => {
		const { balancer } = await openServers(test, [
			process.execPath,
			PLANTED_SERVER,
			"compare-before-write",
		]);
		const script =
			"test_concurrency.py::test_appends_of_eight_processes_all_arrive";
		const result = await runPytest(balancer.url, [script]);
		assert.equal(result.failed, 1, result.output);
	});
});
