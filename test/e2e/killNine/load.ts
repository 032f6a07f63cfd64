import type { Attempt, Read, Violation } from "./history.ts";
import {
	conditionalCommit,
	type Reply,
	send,
	stateOf,
	type TableState,
	unconditionalCommit,
	uuidv7,
} from "./tableClient.ts";

/** What the load needs to know of the server, which is killed again and again. */
export interface Target {
	/** The base of the tables' URLs; waits while there is no server. */
	tablesUrl(): Promise<string>;
	acknowledged(): void;
	finished(): boolean;
	/** The servers' store goes away now and then: 503 says that nothing was done, 500 that it is not known. */
	readonly losesStore: boolean;
}

export interface Recorded {
	readonly attempts: Map<string, Attempt[]>;
	readonly reads: Map<string, Read[]>;
	readonly errors: Violation[];
}

export function emptyRecord(tables: readonly string[]): Recorded {
	return {
		attempts: new Map(tables.map((table) => [table, []])),
		reads: new Map(tables.map((table) => [table, []])),
		errors: [],
	};
}

export interface ClientOptions {
	/** Begins all its tokens. */
	readonly name: string;
	readonly target: Target;
	readonly random: () => number;
	readonly tables: readonly string[];
	readonly record: Recorded;
}

interface Client extends ClientOptions {
	readonly known: Map<string, TableState>;
}

const READ_SHARE = 0.25;
const CONDITIONAL_SHARE = 0.7;
const KEYED_SHARE = 0.5;

/** One client: reads and commits at random until the target is finished. */
export async function runClient(options: ClientOptions): Promise<void> {
	const { target, random, tables } = options;
	const client: Client = { ...options, known: new Map() };
	for (let step = 0; !target.finished(); step++) {
		const table = tables[Math.floor(random() * tables.length)] ?? "";
		const state = client.known.get(table);
		if (state === undefined || random() < READ_SHARE) await read(client, table);
		else await commit(client, table, state, step);
	}
}

async function read(client: Client, table: string): Promise<void> {
	const url = `${await client.target.tablesUrl()}/${table}`;
	const startedAt = performance.now();
	const reply = await send(url, "GET");
	if (reply.kind !== "answer") return;
	if (client.target.losesStore && reply.status === 503) return;
	if (reply.status !== 200) return reportError(client, table, reply);
	const state = stateOf(reply.body);
	client.known.set(table, state);
	client.record.reads
		.get(table)
		?.push({ location: state.metadataLocation, startedAt });
}

async function commit(
	client: Client,
	table: string,
	state: TableState,
	step: number,
): Promise<void> {
	const token = `${client.name}-${step}`;
	const body =
		client.random() < CONDITIONAL_SHARE
			? conditionalCommit(state, token, snapshotIdOf(client))
			: unconditionalCommit(state, token);
	const key = client.random() < KEYED_SHARE ? uuidv7() : undefined;
	const startedAt = performance.now();
	let breaks = 0;
	for (;;) {
		const url = `${await client.target.tablesUrl()}/${table}`;
		const answer = await send(
			url,
			"POST",
			body,
			key === undefined ? {} : { "idempotency-key": key },
		);
		const reply = isUnknown(client, answer) ? BROKEN : answer;
		if (reply.kind === "broken") breaks++;
		// Only with a key may a commit be repeated whose outcome is unknown.
		if (reply.kind !== "answer" && key !== undefined) continue;
		const outcome = outcomeOf(client, table, reply, breaks > 0);
		client.record.attempts
			.get(table)
			?.push({ token, startedAt, outcome, breaks });
		return;
	}
}

const BROKEN: Reply = { kind: "broken" };

/** As good as no answer. */
function isUnknown({ target }: Client, reply: Reply): boolean {
	return target.losesStore && reply.kind === "answer" && reply.status === 500;
}

function outcomeOf(
	client: Client,
	table: string,
	reply: Reply,
	repeated: boolean,
): Attempt["outcome"] {
	if (reply.kind !== "answer" || reply.status !== 200)
		client.known.delete(table);
	if (reply.kind === "broken") return "unknown";
	if (reply.kind === "unsent") return "refused";
	if (reply.status === 409 || reply.status === 429) return "refused";
	if (client.target.losesStore && reply.status === 503) return "refused";
	if (reply.status !== 200) {
		reportError(client, table, reply);
		return "unknown";
	}
	const state = stateOf(reply.body);
	client.known.set(table, state);
	client.target.acknowledged();
	return {
		location: state.metadataLocation,
		predecessor: state.predecessor,
		returnedAt: performance.now(),
		repeated,
	};
}

function reportError(
	client: Client,
	table: string,
	reply: Extract<Reply, { kind: "answer" }>,
): void {
	client.record.errors.push({
		kind: "server-error",
		table,
		detail: `${reply.status} ${JSON.stringify(reply.body).slice(0, 500)}`,
	});
}

/** Fits a double, so that JSON.parse keeps it. */
function snapshotIdOf(client: Client): number {
	return Math.floor(client.random() * 2 ** 52) + 1;
}
