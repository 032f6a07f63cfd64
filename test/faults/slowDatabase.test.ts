import assert from "node:assert/strict";
import dns from "node:dns";
import { describe, it, mock, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createApp } from "../../src/app.ts";
import type { Store } from "../../src/store/contract.ts";
import { temporaryFolder } from "../support/folders.ts";
import { DATABASES, type DatabaseKind } from "../support/sharedDatabases.ts";
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
import { hasty } from "./support/hasty.ts";
import { resigned } from "./support/resigned.ts";

const CLIENTS = 12;
/** In use again after so long at most. */
const HEALS_WITHIN_MILLIS = 5000;
/** A table without commits. */
const UNTOUCHED = "untouched";

/** A database that is reached through a proxy, by a name. */
interface Database {
	readonly kind: DatabaseKind;
	/** What the URL says besides. */
	readonly query: string;
	/** So long a client waits for an answer. */
	readonly clientMillis: number;
}

const NAMED: Readonly<Record<keyof typeof DATABASES, Database>> = {
	PostgreSQL: {
		kind: DATABASES.PostgreSQL,
		query: "?sslmode=disable",
		clientMillis: 20_000,
	},
	MongoDB: {
		kind: DATABASES.MongoDB,
		query: "",
		// It looks for the outcome of a commit for 10 s more.
		clientMillis: 60_000,
	},
};

/** What can be done to the way to a database. */
interface Way {
	readonly proxy: TcpProxy;
	/** What only the statement that applies change sets is sent. */
	readonly applies: string;
	/** Whether its name can be looked up. */
	isNameKnown: boolean;
	/** How often it was looked up in vain. */
	unfound: number;
}

/** How often the fault of a way met something. */
const feltOn = ({ proxy, unfound }: Way) => proxy.spoilt + unfound;

/** What is done to a way, and the bugs that must be caught then. */
interface Fault {
	begin(way: Way): void | Promise<void>;
	readonly planted: Planted;
}

interface Planted extends SiteOptions {
	readonly what: string;
	/** One of the problems that it makes. */
	readonly caught: RegExp;
}

/** A table is there though that was denied, or cannot be read: its file was deleted. */
const DENIED = /t\d+ is [45]|: 503, and there/;

const HASTY: Planted = {
	what: "to take for refused what takes long",
	change: hasty,
	caught: DENIED,
};
const RESIGNED: Planted = {
	what: "never to ask again",
	change: resigned,
	caught: /not in use again/,
};

const HALF_OPEN = "half-open connections";

const FAULTS: Readonly<Record<string, Fault>> = {
	"2 s of latency": {
		begin: ({ proxy }) => {
			proxy.delayMillis = 1000;
		},
		// On MongoDB many wait too long for a connection, and are refused before they are applied.
		planted: { ...HASTY, clients: 1 },
	},
	"10 KB a second": {
		begin: ({ proxy }) => {
			proxy.bytesPerSecond = 10_000;
		},
		planted: HASTY,
	},
	silence: {
		begin: ({ proxy }) => {
			proxy.mode = "silence";
		},
		planted: RESIGNED,
	},
	[HALF_OPEN]: {
		begin: ({ proxy, applies }) => {
			proxy.cutAfter = applies;
			proxy.mode = "deafen";
		},
		planted: {
			what: "to take the unknown for refused",
			change: forgetful,
			caught: DENIED,
		},
	},
	"a name that is not known": {
		begin: (way) => {
			way.isNameKnown = false;
			// What is sent on a connection that ended needs no name.
			return way.proxy.cut();
		},
		planted: RESIGNED,
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
		way.unfound++;
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
	readonly clients: number;
	readonly send: Send;
}

interface SiteOptions {
	/** How long it waits for the database; 1 by default. */
	readonly timeoutSecs?: number;
	/** What of its store is planted. */
	readonly change?: (store: Store) => Store;
	/** So many tables are asked for at once; 12 by default. */
	readonly clients?: number;
}

/** A server with tables. */
async function openSite(
	test: TestContext,
	{ kind, query, clientMillis }: Database,
	options: SiteOptions = {},
): Promise<Site> {
	const { timeoutSecs = 1, clients = CLIENTS, change } = options;
	const host = `${crypto.randomUUID()}.test`;
	const database = await kind.open();
	const proxy = await startTcpProxy(database.target);
	const { applies } = kind;
	const way: Way = { proxy, applies, isNameKnown: true, unfound: 0 };
	ways.set(host, way);
	const url = database.urlAt(proxy.port).replace("127.0.0.1", host);
	const app = await createApp({
		noAuth: true,
		port: 0,
		dataDir: temporaryFolder(test),
		databaseUrl: url + query,
		databaseStatementTimeoutSecs: timeoutSecs,
		shutdownGraceSecs: 0,
	});
	// First what is still waited for ends.
	test.after(() => way.proxy.close());
	test.after(() => app.close());
	const send = await openClient((await app.listen()).url);
	await createNamespace(send);
	const names = Array.from({ length: clients }, (_, i) => `t${i}`);
	for (const name of [...names, UNTOUCHED])
		await succeed(send("POST", TABLES, createTableBody(name)));
	// With the connections that so many need: to open them is not what is looked at.
	await manyAtOnce(send, clients, "before");
	const { store } = app.deps;
	Object.assign(app.deps, { store: change?.(store) ?? store });
	return { way, clients, send: impatient(send, clientMillis) };
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
async function manyAtOnce(
	send: Send,
	clients: number,
	value: string,
): Promise<Statuses> {
	const tables = Array.from({ length: clients }, (_, i) => `${TABLES}/t${i}`);
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
	{ way, clients, send }: Site,
	fault: string,
	begin: Fault["begin"],
): Promise<string[]> {
	assert.equal(feltOn(way), 0, "nothing is wrong before it begins");
	await begin(way);
	const { loads, commits } = await manyAtOnce(send, clients, fault);
	endFault(way);
	test.diagnostic(
		`${fault}: loads ${loads.join(" ")}, commits ${commits.join(" ")}`,
	);
	const problems = feltOn(way) > 0 ? [] : ["was not felt"];
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
	const after = await manyAtOnce(send, clients, `after ${fault}`);
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

/** What is wrong when a fault meets a site, which may have a bug. */
async function problemsOf(
	test: TestContext,
	database: Database,
	fault: string,
	options?: SiteOptions,
): Promise<string[]> {
	const { begin } = FAULTS[fault] ?? assert.fail();
	const site = await openSite(test, database, options);
	return await endure(test, site, fault, begin);
}

function assertCaught(
	test: TestContext,
	problems: readonly string[],
	caught: RegExp,
): void {
	test.diagnostic(`${problems.length} problems: ${problems[0]}`);
	assert.ok(problems.some((each) => caught.test(each)));
}

/** Beside one another: they do little but wait. */
describe("F12: a bad line to the database", { concurrency: true }, () => {
	for (const [name, database] of Object.entries(NAMED)) {
		for (const [fault, { planted }] of Object.entries(FAULTS)) {
			it(`ends requests with what is known, and ${name} is in use again: ${fault}`, async (test) => {
				assert.deepEqual(await problemsOf(test, database, fault), []);
			});

			it(`planted: ${planted.what} is caught on ${name}: ${fault}`, async (test) => {
				const problems = await problemsOf(test, database, fault, planted);
				assertCaught(test, problems, planted.caught);
			});
		}

		it(`planted: a fault that does not reach ${name} is caught`, async (test) => {
			const site = await openSite(test, database);
			const problems = await endure(test, site, "no fault", () => undefined);
			assert.deepEqual(problems, ["no fault: was not felt"]);
		});
	}

	it("planted: a PostgreSQL that is waited for longer than clients wait is caught", async (test) => {
		const options = { timeoutSecs: 600 };
		const { PostgreSQL } = NAMED;
		const problems = await problemsOf(test, PostgreSQL, HALF_OPEN, options);
		assertCaught(test, problems, /: 0/);
	});
});
