import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Store } from "../../src/store/contract.ts";
import type { Job, Versioned } from "../../src/store/records.ts";
import { temporaryFolder } from "../support/folders.ts";
import { DATABASES, startServerOn } from "../support/sharedDatabases.ts";
import { startTcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";

/** The purges that somebody has a lease of. */
async function leasedPurges(store: Store): Promise<Versioned<Job>[]> {
	// When all leases have run out.
	const jobs = await store.work.dueJobs(Number.MAX_SAFE_INTEGER, 99);
	return jobs.filter(
		({ value }) => value.kind === "purge" && value.leaseOwner !== null,
	);
}

for (const [name, kind] of Object.entries(DATABASES))
	describe(`a purge on ${name} whose server is killed`, () => {
		it("is done by another server", async (test) => {
			const dataDir = temporaryFolder(test);
			const database = await kind.open();
			const proxy = await startTcpProxy(database.target);
			test.after(() => proxy.close());
			const [doomed, other] = await Promise.all([
				startServerOn(database, dataDir, { url: database.urlAt(proxy.port) }),
				startServerOn(database, dataDir),
			]);
			test.after(() => Promise.all([doomed.stop("SIGKILL"), other.stop()]));
			const store = await database.openStore();
			test.after(() => store.close());
			const send = await openClient(doomed.url);
			const look = await openClient(other.url);
			await createNamespace(look);
			const made = await succeed(look("POST", TABLES, createTableBody("t")));
			const file = fileURLToPath(tableView(made).location);
			// It takes the job, is cut off before it does anything for it, and dies.
			Object.assign(proxy, { cutAfter: kind.takesLease, afterCut: "refuse" });
			proxy.mode = "cutReply";
			await succeed(send("DELETE", `${TABLES}/t?purgeRequested=true`));
			await until("the lease", async () => proxy.cuts > 0);
			await doomed.stop("SIGKILL");
			const [left] = await leasedPurges(store);
			assert.ok(left, "the dead one has the lease");
			assert.ok(existsSync(file));
			// As if the time of the lease had passed.
			const { value, version } = left;
			const applied = await store.apply([
				{
					op: "update",
					collection: "job",
					key: { tenant: value.tenant, job: value.id },
					value: { ...value, leaseUntilMillis: 0 },
					ifVersion: version,
				},
			]);
			assert.equal(applied.outcome, "applied");
			await until("the purge", async () => !existsSync(file));
			await until(
				"the end of the job",
				async () =>
					(await store.work.job(value.tenant, value.id)) === undefined,
			);
		});
	});
