import type { Connection } from "./load/connection.ts";
import { exchange, openConnection, requestText } from "./load/connection.ts";
import { createTableBody } from "./load/tables.ts";
import type { Helper, Server, ServerOptions } from "./processes.ts";
import { startServer } from "./processes.ts";
import type { Row } from "./report.ts";

/** How much is measured. */
export interface Sizes {
	readonly rounds: number;
	/** Of one run of the load generator. */
	readonly milliseconds: number;
	/** The large catalog of the growth cases. */
	readonly tables: number;
	/** The large table of the growth cases. */
	readonly snapshots: number;
}

/** What every case is given. */
export interface Bench {
	readonly sizes: Sizes;
	readonly command: readonly string[];
	readonly load: Helper;
	readonly bareHttp: Helper & { readonly port: number };
	readonly bareCommits: Helper;
	readonly bareJson: Helper;
	/** A fresh folder that goes when the bench ends. */
	newFolder(): string;
	/** The environment that gives a server a fresh database; empty: a SQLite file in its folder. */
	newStore(): Promise<Readonly<Record<string, string>>>;
	report(row: Row): void;
}

export const NAMESPACE = "bench";

/** A server with the little client that prepares its data. */
export interface Prepared {
	readonly server: Server;
	readonly connection: Connection;
	/** `/v1/<prefix>` */
	readonly base: string;
	readonly tablesPath: string;
	stop(): Promise<void>;
}

export async function prepare(
	bench: Bench,
	options: Partial<Omit<ServerOptions, "command">> = {},
): Promise<Prepared> {
	const server = await startServer({
		...options,
		command: bench.command,
		dataDir: options.dataDir ?? bench.newFolder(),
		env: { ...(await bench.newStore()), ...options.env },
	});
	const connection = await openConnection(server.port);
	const config = await requestJson<{ overrides: { prefix: string } }>(
		connection,
		"GET",
		"/v1/config?warehouse=default",
	);
	const base = `/v1/${config.overrides.prefix}`;
	const tablesPath = `${base}/namespaces/${NAMESPACE}/tables`;
	const known = await exchange(
		connection,
		requestText("HEAD", `${base}/namespaces/${NAMESPACE}`),
	);
	if (known.status === 404) {
		await requestJson(connection, "POST", `${base}/namespaces`, {
			namespace: [NAMESPACE],
		});
	}
	return {
		server,
		connection,
		base,
		tablesPath,
		async stop() {
			connection.close();
			await server.stop();
		},
	};
}

export async function requestJson<Body>(
	connection: Connection,
	method: string,
	path: string,
	body?: unknown,
): Promise<Body> {
	const text = body === undefined ? undefined : JSON.stringify(body);
	return JSON.parse(await requestBody(connection, method, path, text));
}

/** The answer's body as text; anything but 2xx is an error of the bench. */
export async function requestBody(
	connection: Connection,
	method: string,
	path: string,
	body?: string,
): Promise<string> {
	const reply = await exchange(connection, requestText(method, path, body));
	if (reply.status >= 300) {
		throw new Error(`${method} ${path}: ${reply.status} ${reply.body}`);
	}
	return String(reply.body);
}

/** Creates tables by parallel requests and gives their paths. */
export async function createTables(
	bench: Bench,
	prepared: Prepared,
	prefix: string,
	count: number,
): Promise<string[]> {
	const names = Array.from({ length: count }, (_, i) => `${prefix}_${i}`);
	await bench.load.ask({
		kind: "each",
		port: prepared.server.port,
		clients: 16,
		requests: names.map((name) =>
			requestText("POST", prepared.tablesPath, createTableBody(name)),
		),
		status: 200,
	});
	return names.map((name) => `${prepared.tablesPath}/${name}`);
}
