import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createApp } from "../../src/app.ts";
import type { Store } from "../../src/store/contract.ts";
import { temporaryFolder } from "../support/folders.ts";
import { DATABASES, type DatabaseKind } from "../support/sharedDatabases.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcpProxy.ts";
import {
	type Answer,
	createNamespace,
	openClient,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
} from "./support/client.ts";
import {
	commit,
	drop,
	merge,
	rename,
	transaction,
} from "./support/contentOperations.ts";
import { forgetful } from "./support/forgetful.ts";
import { type Operation, prepare } from "./support/operation.ts";
import { scaled } from "./support/scale.ts";

const OPERATIONS = { commit, transaction, rename, drop, merge };
/** Which reply is lost, and whether the server may find out at once what became of it. */
const WAYS = [
	{ isApplied: true, afterCut: "refuse" },
	{ isApplied: true, afterCut: "pass" },
	{ isApplied: false, afterCut: "refuse" },
	{ isApplied: false, afterCut: "pass" },
] as const;
/** Every operation in every way. */
const EACH = Object.keys(OPERATIONS).length * WAYS.length;
/** `FAULT_SCALE=10` drops 200 replies. */
const DROPS = scaled(1) * EACH;

interface Site {
	readonly kind: DatabaseKind;
	readonly proxy: TcpProxy;
	/** To the server whose replies are dropped. */
	readonly send: Send;
	/** To another server on the same database, which keeps nothing in memory. */
	readonly look: Send;
}

async function openSite(
	test: TestContext,
	kind: DatabaseKind,
	change: (store: Store) => Store = (store) => store,
): Promise<Site> {
	const dataDir = temporaryFolder(test);
	const database = await kind.open();
	const proxy = await startTcpProxy(database.target);
	const open = async (databaseUrl: string) => {
		const app = await createApp({
			noAuth: true,
			port: 0,
			dataDir,
			databaseUrl,
			metadataCacheBytes: 0,
			shutdownGraceSecs: 0,
		});
		test.after(() => app.close());
		return app;
	};
	const other = await open(database.url);
	const app = await open(database.urlAt(proxy.port));
	const store = await database.openImpatient(proxy.port);
	test.after(() => store.close());
	Object.assign(app.deps, { store: change(store) });
	test.after(() => proxy.close());
	const look = await openClient((await other.listen()).url);
	const send = await openClient((await app.listen()).url);
	await createNamespace(look);
	return { kind, proxy, send, look };
}

/** What an operation was answered, and what there is afterwards. */
interface Dropped {
	readonly operation: string;
	readonly status: number;
	readonly state: string;
	readonly before: string;
	readonly after: string;
}

/** Drops replies of the database: the first one to an operation, and the one that says that its change was applied. */
async function dropReplies(
	site: Site,
	drops: number,
	problems: string[],
): Promise<Dropped[]> {
	const all: Dropped[] = [];
	const operations = Object.entries(OPERATIONS);
	const states = new Map<string, readonly [string, string]>();
	for (const [name, operation] of operations)
		states.set(name, await rehearse(site, name, operation));
	for (let i = 0; i < drops; i++) {
		const [operation, each] = operations[i % operations.length] ?? ["", commit];
		const [before, after] = states.get(operation) ?? ["", ""];
		const name = `${operation}${i}`;
		await prepare(site.look, each, name);
		const way = WAYS[Math.floor(i / operations.length) % WAYS.length];
		assert.ok(way);
		site.proxy.cutAfter = way.isApplied ? site.kind.applies : undefined;
		site.proxy.afterCut = way.afterCut;
		site.proxy.mode = "cutReply";
		const answers: Answer[] = [];
		await each.run(async (...request) => {
			const answer = await site.send(...request);
			answers.push(answer);
			return answer;
		}, name);
		site.proxy.mode = "pass";
		const { status = 0 } = answers.at(-1) ?? {};
		try {
			const state = await each.state(site.look, name);
			all.push({ operation, status, state, before, after });
			await commitsAgain(site, name);
		} catch (error) {
			problems.push(`${name}, answered ${status}: ${error}`);
		}
	}
	return all;
}

/** The states before and after an undisturbed operation. */
async function rehearse(
	{ look }: Site,
	name: string,
	operation: Operation,
): Promise<readonly [string, string]> {
	await prepare(look, operation, `${name}-rehearsed`);
	const before = await operation.state(look, `${name}-rehearsed`);
	await operation.run(look, `${name}-rehearsed`);
	const after = await operation.state(look, `${name}-rehearsed`);
	assert.notEqual(before, after);
	return [before, after];
}

/** A table that is there takes commits. */
async function commitsAgain({ send, look }: Site, name: string): Promise<void> {
	const path = `${TABLES}/${name}-0`;
	if ((await look("GET", path)).status === 404) return;
	await succeed(send("POST", path, propertyCommit("again")));
}

function problemOf(dropped: Dropped): string | undefined {
	const { operation, status, state, before, after } = dropped;
	const what = `${operation}, answered ${status}: ${state}`;
	if (state !== before && state !== after) return `half of a ${what}`;
	if (status >= 200 && status < 300)
		return state === after ? undefined : `lost ${what}`;
	// Nobody else is at work, so nothing may be refused; 503 says that nothing happened.
	if (status === 503) return state === before ? undefined : `denied ${what}`;
	return status === 500 ? undefined : `wrong answer to ${what}`;
}

for (const [name, kind] of Object.entries(DATABASES))
	describe(`F11: replies of ${name} that are lost`, () => {
		it(`${DROPS} of them break no table, delete no live file, refuse nothing that was applied`, async (test) => {
			const site = await openSite(test, kind);
			const problems: string[] = [];
			const all = await dropReplies(site, DROPS, problems);
			problems.push(...all.flatMap((each) => problemOf(each) ?? []));
			assert.deepEqual(problems, []);
			assert.equal(site.proxy.cuts, DROPS);
			test.diagnostic(
				`answered ${all
					.map(({ status }) => status)
					.toSorted()
					.join(" ")}`,
			);
			assert.ok(all.some(({ status }) => status === 500));
			assert.ok(all.some(({ status }) => status < 300));
		});

		it("break tables where the unknown is taken for refused", async (test) => {
			const site = await openSite(test, kind, forgetful);
			const problems: string[] = [];
			const all = await dropReplies(site, EACH, problems);
			problems.push(...all.flatMap((each) => problemOf(each) ?? []));
			test.diagnostic(`${problems.length} problems: ${problems[0]}`);
			assert.ok(problems.length > 0);
		});
	});
