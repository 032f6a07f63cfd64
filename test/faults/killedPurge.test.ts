import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import type { Store } from "../../src/store/contract.ts";
import type { Job, Versioned } from "../../src/store/records.ts";
import { temporaryFolder } from "../support/folders.ts";
import {
	DATABASES,
	type DatabaseKind,
	startServerOn,
} from "../support/sharedDatabases.ts";
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

/** The lease that is taken is the purge's. */
const NO_OTHER_JOBS = { PANGOLIN_CLEAN_INTERVAL_SECS: "0" };

interface Left {
	/** Of the table that is to be purged. */
	readonly file: string;
	/** What the dead server was at. */
	readonly job: Versioned<Job>;
	/** As another server sees it, which runs. */
	readonly store: Store;
}

/** A server takes a purge, is cut off before it does anything for it, and dies. */
async function killedInPurge(
	test: TestContext,
	kind: DatabaseKind,
): Promise<Left> {
	const dataDir = temporaryFolder(test);
	const database = await kind.open();
	const proxy = await startTcpProxy(database.target);
	test.after(() => proxy.close());
	const doomed = await startServerOn(database, dataDir, {
		url: database.urlAt(proxy.port),
		env: NO_OTHER_JOBS,
	});
	test.after(() => doomed.stop("SIGKILL"));
	const store = await database.openStore();
	test.after(() => store.close());
	const send = await openClient(doomed.url);
	await createNamespace(send);
	const made = await succeed(send("POST", TABLES, createTableBody("t")));
	const file = fileURLToPath(tableView(made).location);
	Object.assign(proxy, { cutAfter: kind.takesLease, afterCut: "refuse" });
	proxy.mode = "cutReply";
	await succeed(send("DELETE", `${TABLES}/t?purgeRequested=true`));
	await until("the lease", () => proxy.cuts > 0);
	await doomed.stop("SIGKILL");
	const [job] = await leasedPurges(store);
	assert.ok(job, "the dead one has the lease");
	assert.ok(existsSync(file));
	// Not before: it looks for work by itself, and could be the first.
	const other = await startServerOn(database, dataDir, { env: NO_OTHER_JOBS });
	test.after(() => other.stop());
	return { file, job, store };
}

/** Has the lease of a dead server end at a time. @returns when another one has done its work */
async function takenOver(
	{ file, job: { value, version }, store }: Left,
	leaseUntilMillis: number,
	millis?: number,
): Promise<void> {
	const { tenant, id } = value;
	const applied = await store.apply([
		{
			op: "update",
			collection: "job",
			key: { tenant, job: id },
			value: { ...value, leaseUntilMillis },
			ifVersion: version,
		},
	]);
	assert.equal(applied.outcome, "applied");
	await until("the purge", () => !existsSync(file), millis);
	await until(
		"the end of the job",
		async () => (await store.work.job(tenant, id)) === undefined,
	);
}

const LONG_AGO = 0;
const NEVER = Number.MAX_SAFE_INTEGER;

for (const [name, kind] of Object.entries(DATABASES))
	describe(`a purge on ${name} whose server is killed`, () => {
		it("is done by another server", async (test) => {
			await takenOver(await killedInPurge(test, kind), LONG_AGO);
		});

		it("planted: by a lease without an end stays undone, which is caught", async (test) => {
			const left = await killedInPurge(test, kind);
			// Longer than a server takes to look for work again.
			await assert.rejects(takenOver(left, NEVER, 8000), /the purge within/);
			const [job] = await leasedPurges(left.store);
			assert.ok(job);
			await takenOver({ ...left, job }, LONG_AGO);
		});
	});
