import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import {
	asAdmin,
	sharedCluster,
	untilNobodyIsIn,
} from "../../../test/support/postgres.ts";
import { startTcpProxy } from "../../../test/support/tcpProxy.ts";
import { until } from "../../../test/support/until.ts";
import { EVER, moved, T } from "../conformance/pastRows.ts";
import {
	advanceOf,
	commit,
	createNamespace,
	fork,
	namespaceEntry,
	namespaceKey,
	newWorld,
} from "../conformance/world.ts";
import type { Listing } from "../contract.ts";
import type { Entry } from "../records.ts";
import { openDatabase } from "./database.ts";
import { openPostgresStore } from "./postgresStore.ts";
import { entryReader } from "./readers/entries.ts";
import { refReader } from "./readers/records.ts";

const TABLES: Listing = {
	parent: T.parent,
	kinds: ["table"],
	page: { limit: 100 },
};

let made = 0;
const tools = {
	fresh: (prefix: string) => `${prefix}-${++made}`,
	openEmpty: async () => {
		throw new Error("not here");
	},
};

async function opened(test: TestContext, port: number, database: string) {
	const address = addressOf(port, database);
	const store = await openPostgresStore({ address });
	test.after(() => store.close());
	return store;
}

/** Ends all connections to a database, and waits until they have ended, before this process can see it. */
function endConnections(port: number, database: string): void {
	const end = `const { asAdmin } = await import(process.argv[1]);
		await asAdmin(${port}, "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '${database}'");
		process.exit(0);`;
	const support = new URL("../../../test/support/postgres.ts", import.meta.url);
	execFileSync(process.execPath, [
		"--input-type=module",
		"--eval",
		end,
		support.href,
	]);
}

describe("PostgreSQL is asked", () => {
	it("once for a point read, whatever the ref, and for a list", async (test) => {
		const { port } = await sharedCluster();
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const store = await opened(test, proxy.port, await newDatabase(port));
		const world = await newWorld(store, tools);
		await moved(world, 3);
		const { tenant, catalog, line } = world;
		const branch = { tenant, line: await fork(world, line, 2) };
		const all = { limit: 100 };
		const reads: readonly (() => Promise<unknown>)[] = [
			() => store.refs.locate(tenant, "cat", "main"),
			() => store.refs.locate(tenant, "cat", "main", T),
			() => store.refs.locate(tenant, "cat", "main", TABLES),
			() => store.entries.get(world.head, T),
			() => store.entries.get(branch, T),
			() => store.entries.get({ ...world.head, number: 1 }, T),
			() => store.entries.names(branch, TABLES, all),
			() => store.entries.all(branch, all),
			() => store.commits.numberAt(tenant, line, 2_000_000),
			() => store.entries.refsShowing(tenant, catalog, "x" as never, 9),
			() => store.history.expired(tenant, line, EVER, 9),
		];
		for (const read of reads) {
			const before = proxy.replies;
			await read();
			assert.equal(proxy.replies - before, 1, String(read));
		}
	});

	it("on a new connection when all that are idle have ended unseen", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await opened(test, port, database);
		await Promise.all(Array.from({ length: 4 }, () => store.ping()));
		endConnections(port, database);
		await store.ping();
	});

	it("once for all point reads of a kind that wait together", async (test) => {
		const { port } = await sharedCluster();
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const store = await opened(test, proxy.port, await newDatabase(port));
		const world = await newWorld(store, tools);
		const { tenant, line } = world;
		const names = Array.from({ length: 60 }, (_, i) => `n${i}`);
		const entries = new Map<string, Entry>();
		for (const name of names.filter((_, i) => i % 3 > 0))
			entries.set(name, namespaceEntry(tools));
		await commit(
			world,
			[...entries].map(([name, entry]) => {
				return { op: "create", key: namespaceKey(name), entry };
			}),
		);
		const before = proxy.replies;
		const rows = await Promise.all(
			names.map(async (name, i) => {
				const catalog = i % 5 === 0 ? "none" : "cat";
				const key = namespaceKey(name);
				return await store.refs.locate(tenant, catalog, "main", key);
			}),
		);
		assert.equal(proxy.replies - before, 1);
		for (const [i, row] of rows.entries()) {
			const isThere = i % 5 > 0;
			assert.equal(row?.ref.line, isThere ? line : undefined);
			const entry = isThere ? entries.get(names[i] ?? "") : undefined;
			assert.deepEqual(row?.seen?.row?.entry, entry);
		}
		await store.close();
		await assert.rejects(store.refs.locate(tenant, "cat", "main"), {
			code: "unavailable",
		});
	});

	it("to plan a point read or a list a few times, then no more", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const world = await newWorld(await opened(test, port, database), tools);
		const db = openDatabase(addressOf(port, database), {
			...{ maxConnections: 1, statementMillis: 10_000 },
			...{ lockMillis: 3000, connectMillis: 5000 },
		});
		test.after(() => db.close());
		for (let i = 0; i < 20; i++) {
			await refReader(db.query).locate(world.tenant, "cat", "main", T);
			await refReader(db.query).locate(world.tenant, "cat", "main", TABLES);
			await entryReader(db.query).get(world.head, T);
			await entryReader(db.query).names(world.head, TABLES, TABLES.page);
		}
		const plans = await db.query(
			`SELECT custom_plans::integer, generic_plans::integer
			FROM pg_prepared_statements WHERE statement LIKE 'SELECT q.place%'`,
			[],
		);
		assert.deepEqual(plans, Array(4).fill([5, 15]));
	});

	it("once for all change sets that wait together", async (test) => {
		const { port } = await sharedCluster();
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const store = await opened(test, proxy.port, await newDatabase(port));
		const world = await newWorld(store, tools);
		const before = { ...store.statistics };
		const replies = proxy.replies;
		const results = await Promise.all(
			Array.from({ length: 30 }, (_, i) =>
				store.apply([advanceOf(world, [createNamespace(world, `n${i}`)])]),
			),
		);
		assert.ok(results.every(({ outcome }) => outcome === "applied"));
		assert.equal(proxy.replies - replies, 1);
		assert.equal(store.statistics.transactions - before.transactions, 1);
		assert.equal(store.statistics.changeSets - before.changeSets, 30);
	});
});

/** Scans of whole tables in a database, once nobody is connected any more. */
async function wholeScans(port: number, database: string) {
	await untilNobodyIsIn(port, database);
	const scans = `SELECT relname FROM pg_stat_user_tables
		WHERE seq_scan > 0 AND relname <> 'schema_migrations'`;
	return (await asAdmin(port, scans, database)).map((row) => row.relname);
}

describe("PostgreSQL's indexes", () => {
	it("serve every read and write", async () => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await openPostgresStore({
			address: addressOf(port, database),
		});
		const world = await newWorld(store, tools);
		const { tenant, catalog, line } = world;
		const { asset, folder } = await moved(world, 3);
		const branch = { tenant, line: await fork(world, line, 2) };
		const page = { limit: 2 };
		const after = { limit: 2, after: "a" };
		const key = { tenant, key: "k" };
		await Promise.all([
			store.registry.tenants(page),
			store.registry.tenants({ ...after, after: tenant }),
			store.registry.warehouses(tenant, after),
			store.registry.catalogs(tenant, after),
			store.refs.locate(tenant, "cat", "main"),
			store.refs.locate(tenant, "cat", "main", T),
			store.refs.locate(tenant, "cat", "main", TABLES),
			store.refs.refs(tenant, catalog, after),
			store.refs.isPinned(tenant, line, 1),
			store.entries.get(branch, T),
			store.entries.list(branch, TABLES, after),
			store.entries.names(branch, TABLES, page),
			store.entries.names(world.head, TABLES, after),
			store.entries.all(world.head, { limit: 2, after: T }),
			store.entries.namesMetadataFile(`${folder}1`, 0),
			store.entries.assetsBelow(folder, "x" as never, 9),
			store.entries.isReachable(tenant, asset),
			store.commits.commits(tenant, line, { limit: 2, after: 3 }),
			store.commits.byId(tenant, catalog, "x" as never),
			store.commits.numberAt(tenant, line, 2_000_000),
			store.commits.newestMerge(tenant, line, 3),
			store.commits.ofKey(tenant, line, T, page),
			store.drops.dropped(tenant, line, page),
			store.merges.operations(tenant, catalog, page),
			store.merges.conflicts(tenant, "x" as never, page),
			store.claims.overlapping(folder, 9),
			store.claims.claimsOf(tenant, asset),
			store.history.lines(tenant, catalog, page),
			store.history.expired(tenant, line, EVER, 9),
			store.history.isKept(tenant, line, 1),
			store.history.garbage(tenant, catalog, page),
			store.history.metadataOf(tenant, asset, page),
			store.work.expiredIdempotency(1, 9),
			store.work.dueJobs(1, 9),
			store.work.nextJobAtMillis(),
			store.work.reports(tenant, asset, page),
			store.work.idempotency(tenant, "k"),
			store.apply([{ op: "delete", collection: "idempotency", key }]),
		]);
		await store.close();
		// It comes last, and PostgreSQL 14 counts late: once it is seen, all are.
		await asAdmin(port, "CREATE TABLE public.planted ()", database);
		await asAdmin(port, "SELECT count(*) FROM public.planted", database);
		let scanned: unknown[] = [];
		await until("the last count", async () => {
			scanned = await wholeScans(port, database);
			return scanned.includes("planted");
		});
		assert.deepEqual(scanned, ["planted"]);
	});
});
