import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../support/folders.ts";
import { asAdmin } from "../support/postgres.ts";
import { postgresSite } from "../support/postgresServers.ts";
import { startTcpProxy } from "../support/tcpProxy.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";

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
