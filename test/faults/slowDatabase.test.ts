import assert from "node:assert/strict";
import dns from "node:dns";
import { describe, it, mock, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createApp } from "../../src/app.ts";
import type { Store } from "../../src/store/contract.ts";
import { newDatabase } from "../support/emptyPostgres.ts";
import { temporaryFolder } from "../support/folders.ts";
import { sharedMongo } from "../support/mongo/mongo.ts";
import { sharedCluster } from "../support/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcpProxy.ts";
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
import { forgetful } from "./support/forgetful.ts";

const CLIENTS = 12;
/** In use again after so long at most. */
const HEALS_WITHIN_MILLIS = 5000;
/** A table without commits. */
const UNTOUCHED = "untouched";

/** A database that is reached through a proxy, by a name. */
interface Database {
	readonly proxy: TcpProxy;
	readonly url: string;
	/** What only the statement that applies change sets is sent. */
	readonly apply: string;
	/** So long a client waits for an answer. */
	readonly clientMillis: number;
}

const DATABASES: Readonly<Record<string, (host: string) => Promise<Database>>> =
	{
		PostgreSQL: async (host) => {
			const cluster = await sharedCluster();
			const database = await newDatabase(cluster.port);
			const proxy = await startTcpProxy(cluster.port);
			return {
				proxy,
				url: `postgres://postgres@${host}:${proxy.port}/${database}?sslmode=disable`,
				apply: '{"locks":',
				clientMillis: 20_000,
			};
		},
		MongoDB: async (host) => {
			const { socketPath } = await sharedMongo();
			const proxy = await startTcpProxy(socketPath);
			const database = `slow-${crypto.randomUUID()}`;
			const url = `mongodb://${host}:${proxy.port}/${database}?directConnection=true`;
			return {
				proxy,
				url,
				apply: "\u0002insert\u0000\u0004\u0000\u0000\u0000log\u0000",
				// It looks for the outcome of a commit for 10 s more.
				clientMillis: 60_000,
			};
		},
	};

/** What can be done to the way to a database. */
interface Way extends Database {
	/** Whether its name can be looked up. */
	isNameKnown: boolean;
}

const HALF_OPEN = "half-open connections";

const FAULTS: Readonly<Record<string, (way: Way) => void>> = {
	"2 s of latency": ({ proxy }) => {
		proxy.delayMillis = 1000;
	},
	"10 KB a second": ({ proxy }) => {
		proxy.bytesPerSecond = 10_000;
	},
	silence: ({ proxy }) => {
		proxy.mode = "silence";
	},
	[HALF_OPEN]: ({ proxy, apply }) => {
		proxy.cutAfter = apply;
		proxy.mode = "deafen";
	},
	"a name that is not known": (way) => {
		way.isNameKnown = false;
		way.proxy.cut();
	},
};

function endFault(way: Way): void {
	way.isNameKnown = true;
	Object.assign(way.proxy, {
		mode: "pass",
		delayMillis: 0,
		bytesPerSecond: 0,
		cutAfter: undefined,
	});
}

/** The ways to the hosts that only these tests know. */
const ways = new Map<string, Way>();

/** Looks up those names as their ways have it, and all others as ever. */
function answerNames(): void {
	const lookup = dns.lookup as (...args: unknown[]) => void;
	const answer = (name: string, options: object, done: (e: Error) => void) => {
		const way = ways.get(name);
		if (way === undefined) return lookup(name, options, done);
		if (way.isNameKnown) return lookup("127.0.0.1", options, done);
		const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), {
			code: "ENOTFOUND",
			syscall: "getaddrinfo",
		});
		process.nextTick(done, error);
	};
	mock.method(dns, "lookup", answer as never);
}

answerNames();

interface Site {
	readonly way: Way;
	readonly send: Send;
}

interface SiteOptions {
	/** How long it waits for the database; 1 by default. */
	readonly timeoutSecs?: number;
	/** What of its store is planted. */
	readonly change?: (store: Store) => Store;
}

/** A server with tables. */
async function openSite(
	test: TestContext,
	open: (host: string) => Promise<Database>,
	{ timeoutSecs = 1, change = (store) => store }: SiteOptions = {},
): Promise<Site> {
	const host = `${crypto.randomUUID()}.test`;
	const way: Way = { ...(await open(host)), isNameKnown: true };
	ways.set(host, way);
	const app = await createApp({
		noAuth: true,
		port: 0,
		dataDir: temporaryFolder(test),
		databaseUrl: way.url,
		databaseStatementTimeoutSecs: timeoutSecs,
		shutdownGraceSecs: 0,
	});
	// First what is still waited for ends.
	test.after(() => way.proxy.close());
	test.after(() => app.close());
	Object.assign(app.deps, { store: change(app.deps.store) });
	const send = await openClient((await app.listen()).url);
	await createNamespace(send);
	const names = Array.from({ length: CLIENTS }, (_, i) => `t${i}`);
	for (const name of [...names, UNTOUCHED])
		await succeed(send("POST", TABLES, createTableBody(name)));
	return { way, send: impatient(send, way.clientMillis) };
}

/** Status 0 instead of an answer that takes too long. */
function impatient(send: Send, millis: number): Send {
	const none = { status: 0, text: "no answer", headers: undefined };
	return (...request) =>
		Promise.race([send(...request), setTimeout(millis, none, { ref: false })]);
}

interface Statuses {
	readonly loads: readonly number[];
	readonly commits: readonly number[];
}

/** Loads of all tables, and commits to each, at once. */
async function manyAtOnce(send: Send, value: string): Promise<Statuses> {
	const tables = Array.from({ length: CLIENTS }, (_, i) => `${TABLES}/t${i}`);
	const body = propertyCommit(value);
	const loads = tables.map((path) => send("GET", path));
	const commits = tables.map((path) => send("POST", path, body));
	const statuses = async (answers: typeof loads) =>
		(await Promise.all(answers)).map(({ status }) => status);
	return { loads: await statuses(loads), commits: await statuses(commits) };
}

/** Lets a fault begin and end under load. @returns what is not as it must be */
async function endure(
	test: TestContext,
	{ way, send }: Site,
	fault: string,
): Promise<string[]> {
	FAULTS[fault]?.(way);
	const { loads, commits } = await manyAtOnce(send, fault);
	endFault(way);
	test.diagnostic(
		`${fault}: loads ${loads.join(" ")}, commits ${commits.join(" ")}`,
	);
	const problems: string[] = [];
	for (const status of loads)
		if (![200, 429, 503].includes(status)) problems.push(`a load: ${status}`);
	if (!(await isInUseAgain(send))) return [...problems, "not in use again"];
	for (const [i, status] of commits.entries()) {
		const table = await send("GET", `${TABLES}/t${i}`);
		const isThere = table.status === 200 && tableView(table).written === fault;
		if (table.status !== 200) problems.push(`t${i} is ${table.status}`);
		// A 500 says that the outcome is not known; refusals are before any effect.
		else if (status !== 500 && isThere !== (status === 200))
			problems.push(`t${i}: ${status}, and ${isThere ? "" : "not "}there`);
		else if (![200, 429, 500, 503].includes(status))
			problems.push(`t${i}: ${status}`);
	}
	const after = await manyAtOnce(send, `after ${fault}`);
	for (const status of [...after.loads, ...after.commits])
		if (status !== 200) problems.push(`afterwards: ${status}`);
	return problems.map((problem) => `${fault}: ${problem}`);
}

async function isInUseAgain(send: Send): Promise<boolean> {
	const deadline = performance.now() + HEALS_WITHIN_MILLIS;
	while ((await send("GET", `${TABLES}/${UNTOUCHED}`)).status !== 200) {
		if (performance.now() > deadline) return false;
		await setTimeout(20);
	}
	return true;
}

/** Beside one another: they do little but wait. */
describe("F12: a bad line to the database", { concurrency: true }, () => {
	for (const [name, open] of Object.entries(DATABASES)) {
		for (const fault of Object.keys(FAULTS))
			it(`ends requests with what is known, and ${name} is in use again: ${fault}`, async (test) => {
				const site = await openSite(test, open);
				assert.deepEqual(await endure(test, site, fault), []);
			});

		it(`planted: to take the unknown for refused is caught on ${name}`, async (test) => {
			const site = await openSite(test, open, { change: forgetful });
			const problems = await endure(test, site, HALF_OPEN);
			test.diagnostic(`${problems.length} problems: ${problems[0]}`);
			assert.ok(problems.some((each) => /t\d+ is [45]|, and there/.test(each)));
		});
	}

	it("planted: a PostgreSQL that is waited for longer than clients wait is caught", async (test) => {
		const open = DATABASES.PostgreSQL ?? assert.fail();
		const site = await openSite(test, open, { timeoutSecs: 600 });
		const problems = await endure(test, site, HALF_OPEN);
		test.diagnostic(`${problems.length} problems: ${problems[0]}`);
		assert.ok(problems.some((each) => each.includes(": 0")));
	});
});
