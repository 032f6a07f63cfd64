import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { openClient } from "./faults/support/client.ts";
import { startFaultyServer } from "./faults/support/faultyServer.ts";
import { CALLS } from "./faults/support/shim.ts";
import { temporaryFolder } from "./support/folders.ts";
import { type ServerProcess, startServer } from "./support/server.ts";
import { until } from "./support/until.ts";

/** A server with a request that cannot finish: another program holds the database's lock. */
async function withStuckRequest(
	test: TestContext,
	graceSecs: number,
): Promise<{
	server: ServerProcess;
	answered: Promise<number>;
	release(): void;
}> {
	const folder = temporaryFolder(test);
	const server = await startServer(folder, {
		env: { PANGOLIN_SHUTDOWN_GRACE_SECS: String(graceSecs) },
	});
	test.after(() => server.stop("SIGKILL"));
	const send = await openClient(server.url);
	// The server's own background work may hold the lock for a moment.
	const lock = new DatabaseSync(join(folder, "pangolin.db"), {
		timeout: 30_000,
	});
	lock.exec("BEGIN IMMEDIATE");
	const answered = send("POST", "/namespaces", { namespace: ["a"] }).then(
		({ status }) => status,
	);
	// Answered on a connection that was opened later: by then the first one is in work.
	for (let i = 0; i < 3; i++) await fetch(`${server.url}/health/live`);
	return { server, answered, release: () => lock.close() };
}

describe("a stop", () => {
	it("waits for a request in work, and ends with 0", async (test) => {
		const { server, answered, release } = await withStuckRequest(test, 30);
		const ended = server.stop("SIGTERM");
		release();
		assert.equal(await answered, 200);
		assert.deepEqual(await ended, { code: 0, signal: null });
	});

	it("gives up after the grace period, says so, and ends with 1", async (test) => {
		const { server, answered } = await withStuckRequest(test, 1);
		assert.deepEqual(await server.stop("SIGTERM"), { code: 1, signal: null });
		assert.match(server.output(), /^pangolin: .*PANGOLIN_SHUTDOWN_GRACE_SECS/m);
		assert.notEqual(await answered, 200);
	});

	it("ends at once at the second signal", async (test) => {
		const { server } = await withStuckRequest(test, 3600);
		const ended = server.stop("SIGINT");
		// Refused from the first signal on: then the second one is surely another one.
		await until("refusals", async () => {
			const { status } = await fetch(`${server.url}/health/ready`);
			return status !== 200;
		});
		server.stop("SIGINT");
		assert.deepEqual(await ended, { code: 1, signal: null });
	});
});

describe("a sync that fails", () => {
	it("is answered as unknown and ends the server with 70 and a clear line", async (test) => {
		const server = await startFaultyServer(test);
		server.faults.arm({
			calls: CALLS.sync,
			nth: 1,
			action: "error",
			error: "EIO",
		});
		const answer = await server.send("POST", "/namespaces", {
			namespace: ["a"],
		});
		const end = await server.process().ended;
		const output = server.process().output();
		assert.equal(answer.status, 500, `${answer.text}\n${output}`);
		assert.match(answer.text, /CommitStateUnknownException/);
		assert.deepEqual(end, { code: 70, signal: null }, output);
		assert.match(output, /^pangolin: [^\n]+\n/m);
	});
});
