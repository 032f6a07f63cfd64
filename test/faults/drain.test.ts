import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { temporaryFolder } from "../support/folders.ts";
import { type Exit, startServer } from "../support/server.ts";
import { randomFrom } from "./powerLoss/disk.ts";
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
import { faultSeed, scaled } from "./support/scale.ts";

const LOOPS = scaled(5);
const CLIENTS = 8;
/** The listener is gone, or went while the connection waited for it: no request was sent. */
const NEVER_CONNECTED = /connect (ECONNREFUSED|ECONNRESET)/;
const MOST_COMMITS_BEFORE_STOP = 60;

/** What the clients saw of one server that was stopped under their load. */
interface Seen {
	readonly exit: Exit;
	/** Requests that were sent and never answered. */
	readonly unanswered: string[];
	/** Answers that are neither a success nor an honest "not now". */
	readonly strange: string[];
	/** Acknowledged commits that the next server does not know. */
	readonly lost: string[];
}

async function stopUnderLoad(
	dataDir: string,
	signal: NodeJS.Signals,
	commitsBefore: number,
): Promise<Seen> {
	const server = await startServer(dataDir);
	const send = await openClient(server.url);
	const unanswered: string[] = [];
	const strange: string[] = [];
	const acknowledged = new Map<string, string>();
	let commits = 0;
	let exit: Promise<Exit> | undefined;
	const client = async (index: number) => {
		for (let i = 0; ; i++) {
			const table = `t${index}`;
			const value = `${server.pid}-${i}`;
			const answer = await send(
				"POST",
				`${TABLES}/${table}`,
				propertyCommit(value),
			);
			if (answer.status === 200) {
				acknowledged.set(table, value);
				commits += 1;
				if (commits >= commitsBefore) exit ??= server.stop(signal);
				continue;
			}
			if (answer.status === 0 && NEVER_CONNECTED.test(answer.text)) return;
			if (answer.status === 0) {
				unanswered.push(`${table} ${value}: ${answer.text}`);
				return;
			}
			const isHonest =
				answer.status === 429 && answer.headers?.has("retry-after") === true;
			if (!isHonest) strange.push(`${answer.status} ${answer.text}`);
			return;
		}
	};
	await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(i)));
	if (exit === undefined) throw new Error(`no stop: ${strange} ${unanswered}`);
	return {
		exit: await exit,
		unanswered,
		strange,
		lost: await lostOf(dataDir, acknowledged, unanswered),
	};
}

async function lostOf(
	dataDir: string,
	acknowledged: ReadonlyMap<string, string>,
	unanswered: readonly string[],
): Promise<string[]> {
	const server = await startServer(dataDir);
	const send = await openClient(server.url);
	const lost: string[] = [];
	for (const [table, value] of acknowledged) {
		const { written } = tableView(
			await succeed(send("GET", `${TABLES}/${table}`)),
		);
		const maybe = unanswered.some((one) =>
			one.startsWith(`${table} ${written}:`),
		);
		if (written !== value && !maybe) lost.push(`${table}: ${written}`);
	}
	await server.stop();
	return lost;
}

async function preparedFolder(test: TestContext): Promise<string> {
	const dataDir = join(temporaryFolder(test), "data");
	const server = await startServer(dataDir);
	test.after(() => server.stop("SIGKILL"));
	const send: Send = await openClient(server.url);
	await createNamespace(send);
	for (let i = 0; i < CLIENTS; i++) {
		await succeed(send("POST", TABLES, createTableBody(`t${i}`)));
	}
	await server.stop();
	return dataDir;
}

describe("F21: a stop under load", () => {
	it("by SIGTERM answers what it accepted and ends with 0", async (test) => {
		const seed = faultSeed();
		test.diagnostic(`FAULT_SEED=${seed}`);
		const random = randomFrom(seed);
		const dataDir = await preparedFolder(test);
		for (let loop = 0; loop < LOOPS; loop++) {
			const commits = 1 + Math.floor(random() * MOST_COMMITS_BEFORE_STOP);
			assert.deepEqual(await stopUnderLoad(dataDir, "SIGTERM", commits), {
				exit: { code: 0, signal: null },
				unanswered: [],
				strange: [],
				lost: [],
			});
		}
	});

	it("by SIGKILL is seen to leave requests without an answer", async (test) => {
		const dataDir = await preparedFolder(test);
		const seen = await stopUnderLoad(dataDir, "SIGKILL", 20);
		assert.ok(seen.unanswered.length > 0);
		assert.notEqual(seen.exit.code, 0);
		assert.deepEqual(seen.lost, []);
	});
});
