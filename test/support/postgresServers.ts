import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { addressOf } from "./emptyPostgres.ts";
import { asAdmin, type Cluster, sharedCluster } from "./postgres.ts";
import {
	type CommandOptions,
	type ServerProcess,
	startServer,
} from "./server.ts";

/** One database and one folder of files that any number of server processes share. */
export interface PostgresSite {
	readonly cluster: Cluster;
	readonly database: string;
	/** @param port where the database is reached, when not directly */
	start(
		options?: CommandOptions & { readonly port?: number },
	): Promise<ServerProcess>;
	/** The store, as another server sees it. */
	openStore(): ReturnType<typeof openPostgresStore>;
}

let made = 0;

/**
 * An empty database: the servers that start first make the schema.
 * @param cluster by default the one that all tests use
 */
export async function postgresSite(
	dataDir: string,
	cluster?: Cluster,
): Promise<PostgresSite> {
	const own = cluster ?? (await sharedCluster());
	const database = `servers_${process.pid}_${++made}`;
	await asAdmin(own.port, `CREATE DATABASE ${database}`);
	return {
		cluster: own,
		database,
		start: ({ port = own.port, env, ...options } = {}) =>
			startServer(dataDir, {
				...options,
				env: {
					LOG_FORMAT: "json",
					DATABASE_URL: `postgres://postgres@127.0.0.1:${port}/${database}`,
					...env,
				},
			}),
		openStore: () =>
			openPostgresStore({ address: addressOf(own.port, database) }),
	};
}
