import { randomUUID } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { resolve } from "node:path";
import type { AdminDeps } from "./admin/deps.ts";
import { seedDefaults } from "./admin/seed.ts";
import {
	type CatalogDeps,
	type CatalogLimits,
	type CatalogParts,
	DEFAULT_CATALOG_LIMITS,
	openCatalog,
} from "./catalog/deps.ts";
import { type Closing, closeInReverse } from "./closing.ts";
import { storeAddress } from "./config/databaseUrl.ts";
import type { Config } from "./config/options.ts";
import { ConfigError, completeConfig } from "./config/readConfig.ts";
import type { FileStorage } from "./files/contract.ts";
import {
	DEFAULT_STORAGE_CONFIG,
	type LocalWarehouses,
	openWarehouseStorages,
} from "./files/warehouseStorages.ts";
import { authenticateNobody } from "./http/authenticate.ts";
import type { InjectedAnswer, InjectedRequest } from "./http/inject.ts";
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from "./http/limits.ts";
import { createServer, type Drained, type HttpServer } from "./http/server.ts";
import { type JobRunner, startJobs } from "./jobs/runner.ts";
import { assert } from "./model/errors.ts";
import { type Clock, type NewUuid, uuidV7 } from "./model/ids.ts";
import type { Observe } from "./observe/observation.ts";
import {
	type LogOutput,
	openSinks,
	type SinkOptions,
} from "./observe/sinks.ts";
import type { Store } from "./store/contract.ts";

/** The composition root: the only file that knows every part, and the adapters. */

export interface App {
	/** Takes the port. @throws errors of the system, such as EADDRINUSE */
	listen(): Promise<{ readonly url: string }>;
	/** Answers a request without a port. */
	inject(request: InjectedRequest): Promise<InjectedAnswer>;
	/**
	 * Refuses new requests, finishes those in work, stops the background work, lets
	 * go of the store. Idempotent. `cut`: some were still in work when the grace
	 * period ended.
	 */
	close(): Promise<Drained>;
	/** One line for people: which store, where. */
	readonly store: string;
	/** The folder where tables of the default warehouse go. */
	readonly warehouse: string;
	readonly observe: Observe;
	/** Resolves when the server must not go on, because the disk lost what it had confirmed. */
	readonly failure: Promise<Error>;
	readonly deps: CatalogDeps;
}

/** What a caller may exchange; tests do. */
export interface Overrides {
	readonly clock?: Clock;
	readonly newUuid?: NewUuid;
	/** Sees every observation, beside log and metrics. */
	readonly observe?: Observe;
	/** Where the log goes; without it there is none. */
	readonly logOutput?: LogOutput;
}

/**
 * Puts the parts together and opens the store: after it, requests can be served.
 * @throws ConfigError for a configuration that cannot be used
 * @throws Error in one clear line when the store or a folder cannot be opened
 */
export async function createApp(
	given: Partial<Config> = {},
	overrides: Overrides = {},
): Promise<App> {
	const config = completeConfig(given);
	requireNoAuth(config);
	const closing = closeInReverse();
	try {
		return await compose(config, overrides, closing);
	} catch (error) {
		await closing.run();
		throw error;
	}
}

/** Nobody can authenticate yet: who starts a server must have said that everybody may do everything. */
function requireNoAuth(config: Config): void {
	if (config.noAuth) return;
	throw new ConfigError([
		"users and tokens have not landed yet, so the server only starts without authentication, for this machine alone: set PANGOLIN_NO_AUTH=1 (`npm start` does; `noAuth: true` in a program)",
	]);
}

async function compose(
	config: Config,
	overrides: Overrides,
	closing: Closing,
): Promise<App> {
	const clock = overrides.clock ?? Date.now;
	const newUuid = overrides.newUuid ?? (() => uuidV7(clock(), randomUUID()));
	const failed = Promise.withResolvers<Error>();
	const sinks = await openSinks(sinkOptions(config, overrides, clock));
	const store = await openStore(config, {
		onFatal: (message) => failed.resolve(new Error(message)),
		report: (where, error) =>
			sinks.observe({ kind: "background-error", where, error }),
	});
	closing.add(() => store.close());
	const local = await openLocalFiles(config);
	closing.add(() => local.storage.close());
	const memory = await openMemoryFiles(config, clock);
	const warehouses = openWarehouseStorages(local, memory);

	let jobs: JobRunner | undefined;
	const parts: CatalogParts = {
		store,
		storageFor: warehouses.storageFor,
		clock,
		newUuid,
		observe: sinks.observe,
		kickJobs: () => jobs?.kick(),
		wait: (millis) => new Promise((resolve) => setTimeout(resolve, millis)),
		limits: catalogLimits(config),
	};
	const catalog = openCatalog(parts);
	const admin: AdminDeps = {
		store,
		clock,
		newUuid,
		storageFor: warehouses.storageFor,
		checkWarehouse: warehouses.checkConfig,
	};
	await seedDefaults(admin, DEFAULT_STORAGE_CONFIG);
	jobs = startJobs({
		...parts,
		settings: { cleanMillis: config.cleanIntervalSecs * 1000 },
	});
	closing.add(jobs.stop);

	const http = createServer({
		catalog,
		admin,
		observe: sinks.observe,
		clock,
		newUuid,
		authenticate: authenticateNobody,
		auth: "none",
		boundAddress: config.bindAddress,
		renderMetrics: sinks.renderMetrics,
		limits: httpLimits(config),
	});
	closing.add(() => http.close());
	sinks.watchReady(() => http.isReady());
	return {
		...serverOf(http, config, closing),
		store: store.description,
		warehouse: warehouseFolder(config),
		observe: sinks.observe,
		failure: failed.promise,
		deps: catalog,
	};
}

function serverOf(
	http: HttpServer,
	config: Config,
	closing: Closing,
): Pick<App, "listen" | "inject" | "close"> {
	return {
		listen: async () => {
			const { port } = await http.listen(config.port, config.bindAddress);
			return { url: urlOf(config.bindAddress, port) };
		},
		inject: (request) => http.inject(request),
		close: async () => {
			const drained = await http.drain();
			await closing.run();
			return drained;
		},
	};
}

/** What stores say where nobody waits for an answer. */
interface StoreListeners {
	readonly onFatal: (message: string) => void;
	readonly report: (where: string, error: unknown) => void;
}

async function openStore(
	config: Config,
	{ onFatal, report }: StoreListeners,
): Promise<Store> {
	const address = storeAddress(config);
	if (address.kind === "memory") {
		const { openMemoryStore } = await import("./store/memory/memoryStore.ts");
		return openMemoryStore();
	}
	if (address.kind === "postgres") {
		const { openPostgresStore } = await import(
			"./store/postgres/postgresStore.ts"
		);
		return await openPostgresStore({
			address: { ...address.url, passwordFile: config.databasePasswordFile },
			maxConnections: config.databaseMaxConnections,
			maxQueued: config.writeQueueLimit,
			statementMillis: config.databaseStatementTimeoutSecs * 1000,
		});
	}
	if (address.kind === "mongo") {
		const { openMongoStore } = await import("./store/mongo/mongoStore.ts");
		return await openMongoStore({
			...address,
			maxConnections: config.databaseMaxConnections,
			maxQueued: config.writeQueueLimit,
			report,
		});
	}
	const { openSqliteStore } = await import("./store/sqlite/sqliteStore.ts");
	if (address.kind === "sqlite-memory")
		return await openSqliteStore({ path: ":memory:" });
	await makePrivateFile(config, address.path);
	return await openSqliteStore({
		path: address.path,
		maxConnections: config.databaseMaxConnections,
		maxQueued: config.writeQueueLimit,
		onFatal,
	});
}

/** Makes a file that is missing. The data folder is the server's user's alone; SQLite gives its logs the file's own mode. */
export async function makePrivateFile(
	config: Config,
	path: string,
): Promise<void> {
	if (config.databaseUrl === "") await makeDataFolder(config);
	const file = await open(path, "a", 0o600);
	await file.close();
}

export async function makeDataFolder(config: Config): Promise<void> {
	await mkdir(resolve(config.dataDir), { recursive: true, mode: 0o700 });
}

/** One storage for all local warehouses: its roots say who may touch what. */
export async function openLocalFiles(config: Config): Promise<LocalWarehouses> {
	await makeDataFolder(config);
	const { openLocalStorage } = await import("./files/local/localStorage.ts");
	const storage = await openLocalStorage({
		roots: [
			warehouseFolder(config),
			ownWarehousesFolder(config),
			...config.localRoots,
		],
	});
	const [first, parent, ...accepted] = storage.roots;
	assert(
		first !== undefined && parent !== undefined,
		"local storage keeps the order of its roots",
	);
	return {
		storage,
		defaultFolders: [first, ...accepted],
		parentFolder: parent,
		acceptedFolders: accepted,
	};
}

/** Where the tables of the default warehouse go. */
export function warehouseFolder(config: Config): string {
	return resolve(config.dataDir, "warehouse");
}

/** Where every other warehouse has its folder. */
export function ownWarehousesFolder(config: Config): string {
	return resolve(config.dataDir, "warehouses");
}

/** Files in memory only beside a store in memory: pointers must not outlive them. */
async function openMemoryFiles(
	config: Config,
	clock: Clock,
): Promise<FileStorage | undefined> {
	if (!storeAddress(config).kind.endsWith("memory")) return undefined;
	const { openMemoryStorage } = await import("./files/memory/memoryStorage.ts");
	return openMemoryStorage(undefined, clock);
}

function sinkOptions(
	config: Config,
	overrides: Overrides,
	clock: Clock,
): SinkOptions {
	return {
		logFormat: config.logFormat,
		logLevel: config.logLevel,
		logOutput: overrides.logOutput,
		metricsEnabled: config.metricsEnabled,
		residentBytes: () => process.memoryUsage.rss(),
		also: overrides.observe,
		clock,
	};
}

function catalogLimits(config: Config): CatalogLimits {
	return {
		...DEFAULT_CATALOG_LIMITS,
		metadataCacheBytes: config.metadataCacheBytes,
		idempotencyLifetimeMillis: config.idempotencyLifetimeSecs * 1000,
	};
}

function httpLimits(config: Config): HttpLimits {
	return {
		...DEFAULT_HTTP_LIMITS,
		requestTimeoutMillis: config.requestTimeoutSecs * 1000,
		maxConnections: config.maxConnections,
		maxInFlight: config.maxConcurrentRequests,
		drainGraceMillis: config.shutdownGraceSecs * 1000,
	};
}

function urlOf(address: string, port: number): string {
	return `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
}
