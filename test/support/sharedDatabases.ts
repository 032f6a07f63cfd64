import type { TestContext } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { openMongoStore } from "../../src/store/mongo/mongoStore.ts";
import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { addressOf } from "./emptyPostgres.ts";
import { mongoFolder, sharedMongo, startMongo } from "./mongo/mongo.ts";
import { LOG_INSERT } from "./mongo/proxy.ts";
import {
	asAdmin,
	type Cluster,
	sharedCluster,
	startCluster,
} from "./postgres.ts";
import {
	type CommandOptions,
	type ServerProcess,
	startServer,
} from "./server.ts";
import { type ProxyTarget, startTcpProxy } from "./tcpProxy.ts";

/** An empty database that any number of server processes share: those that start first make the schema. */
export interface SharedDatabase {
	/** A `DATABASE_URL`. */
	readonly url: string;
	/** Where a proxy to it leads. */
	readonly target: ProxyTarget;
	/** A `DATABASE_URL` that leads to a proxy. */
	urlAt(port: number): string;
	/** The store, as another server sees it. */
	openStore(): Promise<Store>;
	/** The store through a proxy, which does not wait long for lost answers. */
	openImpatient(port: number): Promise<Store>;
}

/** One on an engine of its own. */
export interface MortalDatabase extends SharedDatabase {
	/** Ends the engine as a crash does, and starts it again on its data. */
	crash(): Promise<void>;
}

export interface DatabaseKind {
	/** On the engine that the tests of this process share. */
	open(): Promise<SharedDatabase>;
	/** Until the test ends. */
	openMortal(test: TestContext): Promise<MortalDatabase>;
	/** What a server sends when it applies change sets, and never else. */
	readonly applies: string;
	/** What it sends when it takes the lease of a job, and never else. */
	readonly takesLease: string;
}

let made = 0;

async function postgresDatabase(cluster: Cluster): Promise<SharedDatabase> {
	const database = `servers_${process.pid}_${++made}`;
	await asAdmin(cluster.port, `CREATE DATABASE ${database}`);
	const urlAt = (port: number) =>
		`postgres://postgres@127.0.0.1:${port}/${database}`;
	// Here nobody waits for those.
	const openImpatient = (port: number) =>
		openPostgresStore({ address: addressOf(port, database) });
	return {
		url: urlAt(cluster.port),
		target: cluster.port,
		urlAt,
		openStore: () => openImpatient(cluster.port),
		openImpatient,
	};
}

function mongoDatabase(target: string, port?: number): SharedDatabase {
	const database = `servers_${process.pid}_${++made}`;
	const urlOn = (host: string) =>
		`mongodb://${host}/${database}?directConnection=true`;
	const urlAt = (at: number) => urlOn(`127.0.0.1:${at}`);
	const own =
		port === undefined ? urlOn(encodeURIComponent(target)) : urlAt(port);
	return {
		url: own,
		target,
		urlAt,
		openStore: () => openMongoStore({ url: own }),
		openImpatient: (at) =>
			openMongoStore({
				url: urlAt(at),
				settleMillis: 500,
				timeoutMillis: 1000,
			}),
	};
}

export const DATABASES: Readonly<
	Record<"PostgreSQL" | "MongoDB", DatabaseKind>
> = {
	PostgreSQL: {
		open: async () => postgresDatabase(await sharedCluster()),
		openMortal: async (test) => {
			const cluster = await startCluster();
			test.after(() => cluster.stop("immediate"));
			return {
				...(await postgresDatabase(cluster)),
				crash: async () => {
					await cluster.stop("immediate");
					await cluster.start();
				},
			};
		},
		applies: '{"locks":',
		takesLease: '"lease_owner":"',
	},
	MongoDB: {
		open: async () => mongoDatabase((await sharedMongo()).socketPath),
		openMortal: async (test) => {
			const folder = mongoFolder();
			let engine = await startMongo(folder);
			test.after(() => engine.stop());
			// Each life has a socket of its own.
			const proxy = await startTcpProxy(() => engine.socketPath);
			test.after(() => proxy.close());
			return {
				...mongoDatabase(engine.socketPath, proxy.port),
				crash: async () => {
					await engine.kill();
					engine = await startMongo(folder);
				},
			};
		},
		applies: LOG_INSERT,
		takesLease: '"leaseOwner":"',
	},
};

/** Starts a server on a database. @param url how it gets there, when not directly */
export function startServerOn(
	database: SharedDatabase,
	dataDir: string,
	{ url, env, ...options }: CommandOptions & { readonly url?: string } = {},
): Promise<ServerProcess> {
	return startServer(dataDir, {
		...options,
		env: { LOG_FORMAT: "json", DATABASE_URL: url ?? database.url, ...env },
	});
}
