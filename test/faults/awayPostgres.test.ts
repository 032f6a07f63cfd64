import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createApp } from "../../src/app.ts";
import { temporaryFolder } from "../support/folders.ts";
import { asAdmin } from "../support/postgres.ts";
import { postgresSite } from "../support/postgresServers.ts";
import { startTcpProxy } from "../support/tcpProxy.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";

const CLIENTS = 12;
const LONG_MILLIS = 30_000;

async function until(
	what: string,
	holds: () => Promise<boolean>,
	millis = LONG_MILLIS,
): Promise<void> {
	const deadline = performance.now() + millis;
	while (!(await holds())) {
		assert.ok(performance.now() < deadline, `${what} within ${millis} ms`);
		await setTimeout(20);
	}
}

/** Commits and loads of as many tables at once. @returns the commits' answers, in order */
async function manyAtOnce(send: Send, value: string): Promise<number[]> {
	const loads = Array.from({ length: CLIENTS }, async (_, i) => {
		const { status } = await send("GET", `${TABLES}/t${i}`);
		assert.ok([200, 429, 503].includes(status), `a load: ${status}`);
	});
	const commits = Array.from({ length: CLIENTS }, async (_, i) => {
		const body = propertyCommit(value);
		return (await send("POST", `${TABLES}/t${i}`, body)).status;
	});
	await Promise.all(loads);
	return await Promise.all(commits);
}

describe("F12: a PostgreSQL that is slow or silent", () => {
	it("ends requests with what is known, and is in use again within 5 s", async (test) => {
		const dataDir = temporaryFolder(test);
		const { cluster, database } = await postgresSite(dataDir);
		const proxy = await startTcpProxy(cluster.port);
		const app = await createApp({
			noAuth: true,
			port: 0,
			dataDir,
			databaseUrl: `postgres://postgres@127.0.0.1:${proxy.port}/${database}`,
			databaseStatementTimeoutSecs: 1,
			shutdownGraceSecs: 0,
		});
		test.after(() => app.close());
		test.after(() => proxy.close());
		const send = await openClient((await app.listen()).url);
		await createNamespace(send);
		for (let i = 0; i < CLIENTS; i++)
			await succeed(send("POST", TABLES, createTableBody(`t${i}`)));

		const spoil = {
			silence: () => Object.assign(proxy, { mode: "silence" }),
			delay: () => Object.assign(proxy, { delayMillis: 2000 }),
		};
		for (const [what, begin] of Object.entries(spoil)) {
			begin();
			const statuses = await manyAtOnce(send, what);
			Object.assign(proxy, { mode: "pass", delayMillis: 0 });
			await until(
				"a load",
				async () => (await send("GET", `${TABLES}/t0`)).status === 200,
				5000,
			);
			test.diagnostic(`${what}: ${statuses.join(" ")}`);
			for (const [i, status] of statuses.entries()) {
				const table = await succeed(send("GET", `${TABLES}/t${i}`));
				const isNew = tableView(table).written === what;
				if (status === 500) continue;
				assert.ok([200, 429, 503].includes(status), `a commit: ${status}`);
				assert.equal(isNew, status === 200, `t${i} was answered ${status}`);
			}
			assert.deepEqual(
				[...new Set(await manyAtOnce(send, `after ${what}`))],
				[200],
			);
		}
	});
});

/** What takes a lease, and nothing else, is sent. */
const TAKES_LEASE = '"lease_owner":"';

describe("a purge whose server is killed", () => {
	it("is done by another server", async (test) => {
		const dataDir = temporaryFolder(test);
		const site = await postgresSite(dataDir);
		const { cluster, database } = site;
		const proxy = await startTcpProxy(cluster.port);
		test.after(() => proxy.close());
		const [doomed, other] = await Promise.all([
			site.start({ port: proxy.port }),
			site.start(),
		]);
		test.after(() => Promise.all([doomed.stop("SIGKILL"), other.stop()]));
		const send = await openClient(doomed.url);
		const look = await openClient(other.url);
		await createNamespace(look);
		const made = await succeed(look("POST", TABLES, createTableBody("t")));
		const file = fileURLToPath(tableView(made).location);
		// It takes the job, is cut off before it does anything for it, and dies.
		Object.assign(proxy, { cutAfter: TAKES_LEASE, afterCut: "refuse" });
		proxy.mode = "cutReply";
		await succeed(send("DELETE", `${TABLES}/t?purgeRequested=true`));
		const PURGE = "FROM pangolin.jobs WHERE kind = 'purge'";
		await until("the lease", async () => proxy.cuts > 0);
		await doomed.stop("SIGKILL");
		const [left] = await asAdmin(
			cluster.port,
			`SELECT lease_owner ${PURGE}`,
			database,
		);
		assert.ok(left?.lease_owner, "the dead one has the lease");
		assert.ok(existsSync(file));
		// As if the time of the lease had passed.
		const pass = `UPDATE pangolin.jobs SET lease_until_millis = 0 WHERE kind = 'purge'`;
		await asAdmin(cluster.port, pass, database);
		await until("the purge", async () => !existsSync(file));
		await until(
			"the end of the job",
			async () =>
				(await asAdmin(cluster.port, `SELECT ${PURGE}`, database)).length === 0,
		);
	});
});
