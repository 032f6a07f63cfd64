import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { randomFrom } from "./powerLoss/disk.ts";
import {
	type Answer,
	createNamespace,
	createTableBody,
	propertyCommit,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";
import {
	type FaultyServer,
	startFaultyServer,
} from "./support/faultyServer.ts";
import { isReady } from "./support/readiness.ts";
import { faultSeed, scaled } from "./support/scale.ts";
import { CALLS, type Fault } from "./support/shim.ts";

const TABLE = `${TABLES}/t`;
const ATTEMPTS = scaled(24);
/** More than one commit takes, so that a fault may also hit a checkpoint or nothing. */
const CALLS_PER_COMMIT = 40;

async function serverWithTable(test: TestContext): Promise<FaultyServer> {
	const server = await startFaultyServer(test);
	await createNamespace(server.send);
	await succeed(server.send("POST", TABLES, createTableBody("t")));
	return server;
}

/** What clients may believe of the table's `written`: the last acknowledged value or one whose answer was a failure since then. */
interface Belief {
	possible: (string | undefined)[];
}

/** Commits under a fault; an answer is a success or a server error, never a conflict. */
async function commitUnderFault(
	server: FaultyServer,
	fault: Fault,
	value: string,
	belief: Belief,
): Promise<Answer> {
	server.faults.arm(fault);
	const answer = await server.send("POST", TABLE, propertyCommit(value));
	server.faults.disarm();
	const text = `${answer.status} ${answer.text} under ${JSON.stringify(fault)}`;
	assert.ok(answer.status === 200 || answer.status >= 500, text);
	if (answer.status === 200) belief.possible = [value];
	else belief.possible.push(value);
	return answer;
}

/** Loads the table; the pointer's file is there and the value is a possible one. */
async function findWrong(
	server: FaultyServer,
	belief: Belief,
): Promise<string | undefined> {
	const loaded = await server.send("GET", TABLE);
	if (loaded.status !== 200) return `load: ${loaded.status} ${loaded.text}`;
	const { written } = tableView(loaded);
	if (!belief.possible.includes(written)) {
		return `${written} is there, ${belief.possible} was expected`;
	}
	belief.possible = [written];
	return undefined;
}

function integrityOf(dataDir: string): unknown {
	const database = new DatabaseSync(join(dataDir, "pangolin.db"));
	try {
		return database.prepare("PRAGMA integrity_check").get()?.integrity_check;
	} finally {
		database.close();
	}
}

describe("F4 F5: an I/O error", () => {
	for (const error of ["ENOSPC", "EIO"] as const) {
		it(`${error} at the N-th call is no false answer and no damage`, async (test) => {
			await errorAtNthCalls(test, error);
		});
	}

	it("of a sync stops the server, and the next one finds a valid file", async (test) => {
		const seed = faultSeed();
		test.diagnostic(`FAULT_SEED=${seed}`);
		for (const nth of syncCalls()) await failedSync(test, nth);
	});

	it("is found when it is swallowed", async (test) => {
		const server = await serverWithTable(test);
		const belief: Belief = { possible: [undefined] };
		const swallowed: Fault = {
			calls: CALLS.write,
			nth: 1,
			action: "lie",
			sticky: true,
		};
		await commitUnderFault(server, swallowed, "swallowed", belief);
		await server.restart();
		assert.notEqual(await findWrong(server, belief), undefined);
	});

	it("is survived when a write is only short", async (test) => {
		const server = await serverWithTable(test);
		for (let nth = 1; nth <= 8; nth++) {
			server.faults.arm({ calls: CALLS.write, nth, action: "short" });
			await succeed(server.send("POST", TABLE, propertyCommit(`${nth}`)));
			assert.equal(server.faults.fired(), 1);
			const { written } = tableView(await server.send("GET", TABLE));
			assert.equal(written, `${nth}`);
		}
		await server.stop();
		assert.equal(integrityOf(server.dataDir), "ok");
	});
});

async function errorAtNthCalls(
	test: TestContext,
	error: "ENOSPC" | "EIO",
): Promise<void> {
	const seed = faultSeed();
	test.diagnostic(`FAULT_SEED=${seed}`);
	const random = randomFrom(seed);
	const server = await serverWithTable(test);
	const belief: Belief = { possible: [undefined] };
	const calls = CALLS.any & ~CALLS.sync;
	let fired = 0;
	for (let i = 0; i < ATTEMPTS; i++) {
		const nth = i < 12 ? i + 1 : 1 + Math.floor(random() * CALLS_PER_COMMIT);
		const fault: Fault = { calls, nth, action: "error", error };
		await commitUnderFault(server, fault, `under-${i}`, belief);
		fired += server.faults.fired();
		if (!(await isReady(server.process().url))) await server.restart();
		assert.equal(await findWrong(server, belief), undefined, `nth ${nth}`);
		await succeed(server.send("POST", TABLE, propertyCommit(`after-${i}`)));
		belief.possible = [`after-${i}`];
	}
	assert.ok(fired > ATTEMPTS / 4, `only ${fired} errors were met`);
	await server.restart();
	assert.equal(await findWrong(server, belief), undefined);
	await server.stop();
	assert.equal(integrityOf(server.dataDir), "ok");
}

/** The syncs of one commit: its file, its folder, the write-ahead log. */
function syncCalls(): readonly number[] {
	return [1, 2, 3];
}

async function failedSync(test: TestContext, nth: number): Promise<void> {
	const server = await serverWithTable(test);
	const belief: Belief = { possible: [undefined] };
	const fault: Fault = {
		calls: CALLS.sync,
		nth,
		action: "error",
		error: "EIO",
	};
	const answer = await commitUnderFault(server, fault, "unsynced", belief);
	assert.equal(server.faults.fired(), 1);
	assert.notEqual(answer.status, 200);
	await server.restart();
	assert.equal(await findWrong(server, belief), undefined);
	await succeed(server.send("POST", TABLE, propertyCommit("later")));
	await server.stop();
	assert.equal(integrityOf(server.dataDir), "ok");
}
