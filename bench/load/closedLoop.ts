import type { Connection, Reply } from "./connection.ts";
import { openConnection } from "./connection.ts";
import type { Outcome } from "./jobs.ts";

/** Latencies of one run, in milliseconds. */
export interface Tally {
	readonly latenciesMs: number[];
	refused: number;
}

export function newTally(): Tally {
	return { latenciesMs: [], refused: 0 };
}

/** Opens one connection per client, to the ports in turn, runs each client to its end and sums up. */
export async function runClients(
	port: number | readonly number[],
	clients: number,
	client: (
		connection: Connection,
		index: number,
		tally: Tally,
	) => Promise<void>,
): Promise<Outcome> {
	const ports = typeof port === "number" ? [port] : port;
	const connections = await Promise.all(
		Array.from({ length: clients }, (_, i) =>
			openConnection(ports[i % ports.length] ?? 0),
		),
	);
	const tally = newTally();
	const start = performance.now();
	await Promise.all(
		connections.map((connection, index) => client(connection, index, tally)),
	);
	const seconds = (performance.now() - start) / 1000;
	for (const connection of connections) connection.close();
	return outcomeOf(tally, seconds);
}

function outcomeOf(tally: Tally, seconds: number): Outcome {
	const sorted = Float64Array.from(tally.latenciesMs).sort();
	const at = (share: number) =>
		sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ??
		Number.NaN;
	return {
		operations: sorted.length,
		refused: tally.refused,
		seconds,
		p50Ms: at(0.5),
		p99Ms: at(0.99),
	};
}

/**
 * One client's loop by callbacks (a promise per request would be half of the
 * generator's time): takes requests until there are none.
 */
export function drive(
	connection: Connection,
	tally: Tally,
	next: () => string | undefined,
	check: (reply: Reply) => void,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const step = () => {
			const request = next();
			if (request === undefined) return resolve();
			const start = performance.now();
			connection.send(
				request,
				false,
				(reply) => {
					tally.latenciesMs.push(performance.now() - start);
					try {
						check(reply);
					} catch (error) {
						return reject(error);
					}
					step();
				},
				reject,
			);
		};
		step();
	});
}

export function expectStatus(status: number): (reply: Reply) => void {
	return (reply) => {
		if (reply.status !== status) {
			throw new Error(`expected ${status}, got ${reply.status}`);
		}
	};
}
