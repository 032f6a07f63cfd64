import { setTimeout as wait } from "node:timers/promises";
import type { Tally } from "./closedLoop.ts";
import { drive, runClients } from "./closedLoop.ts";
import type { Connection, Reply } from "./connection.ts";
import { exchange, requestText } from "./connection.ts";
import type { Job, Outcome } from "./jobs.ts";
import { JAVA_RETRY } from "./jobs.ts";
import type { TableState } from "./tables.ts";
import {
	appendBody,
	setPropertyBody,
	snapshotIdOf,
	tableStateOf,
} from "./tables.ts";

/** The generator's own memory of the tables it appends to, by `port path`. */
const knownTables = new Map<string, TableState>();
let snapshotCounter = 0;

async function loadState(
	connection: Connection,
	path: string,
): Promise<TableState> {
	const reply = await exchange(connection, requestText("GET", path));
	if (reply.status !== 200) throw new Error(`GET ${path}: ${reply.status}`);
	return tableStateOf(String(reply.body));
}

function nextAppend(state: TableState): { body: string; after: TableState } {
	snapshotCounter += 1;
	const next = {
		id: snapshotIdOf(snapshotCounter + process.pid * 1_000_000),
		sequenceNumber: state.sequenceNumber + 1,
	};
	return {
		body: appendBody(state, next),
		after: {
			...state,
			snapshotId: next.id,
			sequenceNumber: next.sequenceNumber,
		},
	};
}

export function runAppend(
	job: Extract<Job, { kind: "append" }>,
): Promise<Outcome> {
	const ports = [job.port, ...(job.otherPorts ?? [])];
	return runClients(ports, job.clients, async (connection, index, tally) => {
		const mine = job.tables.filter((_, at) => at % job.clients === index);
		for (const path of mine) {
			const key = `${job.port} ${path}`;
			if (!knownTables.has(key)) {
				knownTables.set(key, await loadState(connection, path));
			}
		}
		const end = performance.now() + job.milliseconds;
		let at = 0;
		let pending: { key: string; after: TableState } | undefined;
		const next = () => {
			if (performance.now() >= end) return undefined;
			const path = mine[at++ % mine.length] ?? "";
			const key = `${job.port} ${path}`;
			const state = knownTables.get(key);
			if (state === undefined) throw new Error(`unknown table ${path}`);
			const { body, after } = nextAppend(state);
			pending = { key, after };
			return requestText("POST", path, body);
		};
		await drive(connection, tally, next, (reply) => {
			if (reply.status !== 200) throw new Error(`commit: ${reply.status}`);
			if (pending !== undefined) knownTables.set(pending.key, pending.after);
		});
	});
}

export function runGrow(job: Extract<Job, { kind: "grow" }>): Promise<Outcome> {
	return runClients(job.port, 1, async (connection, _, tally) => {
		let state = await loadState(connection, job.table);
		let left = job.commits;
		let pending = state;
		const next = () => {
			if (left === 0) return undefined;
			left -= 1;
			const { body, after } = nextAppend(state);
			pending = after;
			return requestText("POST", job.table, body);
		};
		await drive(connection, tally, next, (reply) => {
			if (reply.status !== 200) throw new Error(`commit: ${reply.status}`);
			state = pending;
		});
	});
}

/** As Java's `SnapshotProducer`: each attempt begins with a fresh load. */
export function runHotAsserting(
	job: Extract<Job, { kind: "hot-asserting" }>,
): Promise<Outcome> {
	const end = performance.now() + job.milliseconds;
	return runClients(job.port, job.clients, async (connection, _, tally) => {
		while (performance.now() < end) {
			await commitWithRetry(connection, job.table, end, tally);
		}
	});
}

async function commitWithRetry(
	connection: Connection,
	path: string,
	end: number,
	tally: Tally,
): Promise<void> {
	const start = performance.now();
	for (let attempt = 0; attempt <= JAVA_RETRY.retries; attempt++) {
		const { body } = nextAppend(await loadState(connection, path));
		const reply = await exchange(connection, requestText("POST", path, body));
		if (reply.status === 200) {
			tally.latenciesMs.push(performance.now() - start);
			return;
		}
		if (reply.status !== 409) throw unexpected(reply);
		tally.refused += 1;
		const waitMs = javaWaitMs(attempt);
		if (performance.now() + waitMs >= end) return;
		await wait(waitMs);
	}
}

function javaWaitMs(attempt: number): number {
	const base = Math.min(
		JAVA_RETRY.minWaitMs * JAVA_RETRY.factor ** attempt,
		JAVA_RETRY.maxWaitMs,
	);
	return base + Math.random() * base * 0.1;
}

let propertyCounter = 0;

export function runHotBlind(
	job: Extract<Job, { kind: "hot-blind" }>,
): Promise<Outcome> {
	const end = performance.now() + job.milliseconds;
	return runClients(job.port, job.clients, (connection, index, tally) => {
		const next = () => {
			if (performance.now() >= end) return undefined;
			propertyCounter += 1;
			const body = setPropertyBody(`client-${index}`, String(propertyCounter));
			return requestText("POST", job.table, body);
		};
		return drive(connection, tally, next, (reply) => {
			if (reply.status === 200) return;
			if (reply.status !== 409) throw unexpected(reply);
			tally.latenciesMs.pop();
			tally.refused += 1;
		});
	});
}

function unexpected(reply: Reply): Error {
	return new Error(`commit: ${reply.status} ${String(reply.body ?? "")}`);
}
