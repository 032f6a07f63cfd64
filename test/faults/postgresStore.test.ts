import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type Store, StoreUnavailable } from "../../src/store/contract.ts";
import {
	openPostgresStore,
	type PostgresStore,
} from "../../src/store/postgres/postgresStore.ts";
import { addressOf, newDatabase } from "../support/emptyPostgres.ts";
import { asAdmin, sharedCluster, startCluster } from "../support/postgres.ts";
import { startTcpProxy } from "../support/tcpProxy.ts";
import { until } from "../support/until.ts";
import { forgetful } from "./support/forgetful.ts";
import { openLedger, openWorld } from "./support/ledger.ts";

async function open(
	test: TestContext,
	options: { port?: number; database: string; statementMillis?: number },
): Promise<PostgresStore> {
	const {
		database,
		statementMillis,
		port = (await sharedCluster()).port,
	} = options;
	const store = await openPostgresStore({
		address: addressOf(port, database),
		statementMillis,
	});
	test.after(() => store.close());
	return store;
}

describe("PostgreSQL: a reply that is lost", () => {
	it("leaves the outcome unknown, and is no refusal", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const direct = await open(test, { database });
		const store = await open(test, { database, port: proxy.port });
		const world = await openWorld(direct);
		const ledger = openLedger(world);
		assert.equal(await ledger.commit(store), "applied");
		proxy.mode = "cutReply";
		assert.equal(await ledger.commit(store), "unknown");
		await ledger.check(direct);
		assert.equal((await direct.refs.line(world.tenant, world.line))?.head, 2);
		assert.equal(await ledger.commit(store), "applied");
		await ledger.check(direct);

		proxy.mode = "cutReply";
		await ledger.commit(forgetful(store));
		await assert.rejects(ledger.check(direct), assert.AssertionError);
	});

	it("of a read is asked for again", async (test) => {
		const { port } = await sharedCluster();
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const database = await newDatabase(port);
		const store = await open(test, { database, port: proxy.port });
		const { tenant } = await openWorld(store);
		proxy.mode = "cutReply";
		assert.ok(await store.registry.tenant(tenant));
	});
});

async function meetSilence(
	test: TestContext,
	statementMillis: number,
): Promise<void> {
	const { port } = await sharedCluster();
	const proxy = await startTcpProxy(port);
	test.after(() => proxy.close());
	const database = await newDatabase(port);
	const direct = await open(test, { database });
	const store = await open(test, {
		database,
		port: proxy.port,
		statementMillis,
	});
	const ledger = openLedger(await openWorld(direct));
	assert.equal(await ledger.commit(store), "applied");
	proxy.mode = "silence";
	let answer: string | undefined;
	void ledger.commit(store).then((said) => {
		answer = said;
	});
	await until("an answer", async () => answer !== undefined, 8000);
	assert.equal(answer, "unknown");
	proxy.mode = "pass";
	await until(
		"a commit",
		async () => (await ledger.commit(store)) === "applied",
		5000,
	);
	await ledger.check(direct);
}

describe("PostgreSQL: a connection that is silent", () => {
	it("is given up, and others take its place", (test) =>
		meetSilence(test, 1000));

	it("planted: is waited for, which is caught", (test) =>
		assert.rejects(meetSilence(test, 600_000), /an answer within/));
});

/** Holds the row of a line, so that commits to it wait, until it is let go. */
async function holdLine(database: string, line: string) {
	const { port } = await sharedCluster();
	const { default: pg } = await import("pg");
	const holder = new pg.Client({ ...addressOf(port, database), password: "" });
	await holder.connect();
	await holder.query("BEGIN");
	await holder.query("SELECT FROM pangolin.lines WHERE id = $1 FOR UPDATE", [
		line,
	]);
	return { letGo: () => holder.end() };
}

const WAITING = `SELECT pid FROM pg_stat_activity
	WHERE datname = current_database() AND wait_event_type = 'Lock'`;

type Change = (store: Store) => Store;

async function killBackend(
	test: TestContext,
	change: Change = (store) => store,
): Promise<void> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const store = change(await open(test, { database }));
	const world = await openWorld(store);
	const ledger = openLedger(world);
	const { letGo } = await holdLine(database, world.line);
	test.after(letGo);
	const commit = ledger.commit(store);
	await until(
		"a wait",
		async () => (await asAdmin(port, WAITING, database)).length > 0,
	);
	await asAdmin(
		port,
		`SELECT pg_terminate_backend(pid) FROM (${WAITING}) w`,
		database,
	);
	assert.equal(await commit, "unknown");
	await letGo();
	assert.equal(await ledger.commit(store), "applied");
	await ledger.check(store);
}

describe("PostgreSQL: a commit that waits", () => {
	it("has an unknown outcome when its backend is killed", (test) =>
		killBackend(test));

	it("planted: is said to be refused then, which is caught", (test) =>
		assert.rejects(killBackend(test, forgetful), /'not-applied'/));

	it("is tried again a few times, then refused as overload, not applied", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await open(test, { database, statementMillis: 1000 });
		const world = await openWorld(store);
		const ledger = openLedger(world);
		const before = store.statistics.transactions;
		const { letGo } = await holdLine(database, world.line);
		assert.equal(await ledger.commit(store), "not-applied");
		assert.equal(store.statistics.transactions - before, 3);
		await letGo();
		assert.equal(await ledger.commit(store), "applied");
		await ledger.check(store);
	});
});

/** Makes the first commits of a database fail with an SQLSTATE, inside the transaction that applies them. */
function failFirst(sqlState: string, times: number): string {
	return `CREATE SEQUENCE pangolin.failures;
		CREATE FUNCTION pangolin.fail() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('pangolin.failures') <= ${times} THEN
				RAISE EXCEPTION USING ERRCODE = '${sqlState}', MESSAGE = 'planted';
			END IF;
			RETURN NULL;
		END $$;
		CREATE TRIGGER fail AFTER INSERT ON pangolin.commits FOR EACH ROW EXECUTE FUNCTION pangolin.fail()`;
}

async function meetOthers(
	test: TestContext,
	sqlState: string,
	change: Change = (store) => store,
): Promise<void> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const store = change(await open(test, { database }));
	const ledger = openLedger(await openWorld(store));
	await asAdmin(port, failFirst(sqlState, 5), database);
	const said = [await ledger.commit(store), await ledger.commit(store)];
	assert.deepEqual(said, ["not-applied", "applied"]);
	await ledger.check(store);
}

/** The planted bug: tries for ever. */
function insistent(store: Store): Store {
	const apply: Store["apply"] = (changes) =>
		store.apply(changes).catch((error) => {
			if (error instanceof StoreUnavailable) return apply(changes);
			throw error;
		});
	return { ...store, apply };
}

describe("PostgreSQL: a transaction that meets others", () => {
	for (const [what, sqlState] of [
		["a serialization failure", "40001"],
		["a deadlock", "40P01"],
	] as const)
		it(`is tried again after ${what}, at most three times`, (test) =>
			meetOthers(test, sqlState));

	it("planted: is tried again for ever, which is caught", (test) =>
		assert.rejects(
			meetOthers(test, "40001", insistent),
			assert.AssertionError,
		));

	it("planted: is not tried again, as after an error that would come again, which is caught", (test) =>
		assert.rejects(meetOthers(test, "53200"), assert.AssertionError));

	it("gives up a connection to what became a replica", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await open(test, { database });
		const ledger = openLedger(await openWorld(store));
		const setting = `ALTER DATABASE ${database} SET default_transaction_read_only`;
		await asAdmin(port, `${setting} = on`);
		const readOnly = await open(test, { database });
		assert.equal(await ledger.commit(readOnly), "not-applied");
		// Only a new connection can see that it may write again.
		await asAdmin(port, `${setting} = off`);
		assert.equal(await ledger.commit(readOnly), "applied");
		await ledger.check(store);
	});

	it("that takes too long is ended, once for all that travel in it", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await open(test, { database, statementMillis: 1000 });
		const ledger = openLedger(await openWorld(store));
		const slow = `CREATE FUNCTION pangolin.slow() RETURNS trigger LANGUAGE plpgsql
			AS $$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$;
			CREATE TRIGGER slow AFTER INSERT ON pangolin.commits
			FOR EACH ROW EXECUTE FUNCTION pangolin.slow()`;
		await asAdmin(port, slow, database);
		const said = await Promise.all([1, 2, 3].map(() => ledger.commit(store)));
		assert.deepEqual(said, ["not-applied", "not-applied", "not-applied"]);
		await asAdmin(port, "DROP TRIGGER slow ON pangolin.commits", database);
		assert.equal(await ledger.commit(store), "applied");
		await ledger.check(store);
	});

	it("fails alone where others travelled with it", async (test) => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const store = await open(test, { database });
		const ledger = openLedger(await openWorld(store));
		// Out of memory: the statement ends, whoever was in it.
		await asAdmin(port, failFirst("53200", 2), database);
		const said = await Promise.all([1, 2, 3].map(() => ledger.commit(store)));
		assert.deepEqual(said.toSorted(), ["applied", "applied", "not-applied"]);
		await ledger.check(store);
	});
});

describe("PostgreSQL: a server that is killed under load", () => {
	it("loses nothing, and is served again within 5 s of its start", async (test) => {
		const cluster = await startCluster();
		after(() => cluster.stop("immediate"));
		await asAdmin(cluster.port, "CREATE DATABASE pangolin");
		const at = { database: "pangolin", port: cluster.port };
		const stores = [
			await open(test, at),
			await open(test, at),
			await open(test, at),
		];
		const [first] = stores;
		assert.ok(first);
		const ledger = openLedger(await openWorld(first));
		let isOver = false;
		const load = stores.flatMap((store) =>
			[1, 2].map(async () => {
				while (!isOver) {
					if ((await ledger.commit(store)) !== "applied") await setTimeout(5);
				}
			}),
		);
		for (let kill = 0; kill < 3; kill++) {
			const count = ledger.said.size;
			await until("a load", async () => ledger.said.size > count + 50);
			await cluster.stop("immediate");
			await cluster.start();
			for (const store of stores)
				await until(
					"a commit",
					async () => (await ledger.commit(store)) === "applied",
					5000,
				);
		}
		isOver = true;
		await Promise.all(load);
		await ledger.check(first);
		const answers = [...ledger.said.values()];
		assert.ok(answers.includes("unknown") || answers.includes("not-applied"));
		const lost = [...ledger.said].find(([, said]) => said === "applied");
		assert.ok(lost);
		(ledger.said as Map<string, string>).set("never made", "applied");
		await assert.rejects(ledger.check(first), assert.AssertionError);
	});
});
