import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryFolder } from "../support/folders.ts";
import { startRoundRobin } from "../support/roundRobin.ts";
import { DATABASES, startServerOn } from "../support/sharedDatabases.ts";
import { runPytest } from "./pytest.ts";
import { errorLines } from "./serverLog.ts";

describe("PyIceberg, eight processes on three servers", () => {
	it("appends to tables of their own, to a shared one and on a branch", async (test) => {
		const database = await DATABASES.PostgreSQL.open();
		const dataDir = temporaryFolder(test);
		const start = () => startServerOn(database, dataDir);
		const servers = await Promise.all([start(), start(), start()]);
		test.after(() => Promise.all(servers.map((each) => each.stop("SIGKILL"))));
		const balancer = await startRoundRobin(servers.map(({ url }) => url));
		test.after(() => balancer.close());
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
});
