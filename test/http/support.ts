import type { AdminDeps } from "../../src/admin/deps.ts";
import { seedDefaults } from "../../src/admin/seed.ts";
import type { CatalogDeps } from "../../src/catalog/deps.ts";
import { DEFAULT_CATALOG_LIMITS, openCatalog } from "../../src/catalog/deps.ts";
import { openMemoryStorage } from "../../src/files/memory/memoryStorage.ts";
import { authenticateNobody } from "../../src/http/authenticate.ts";
import type { InjectedAnswer } from "../../src/http/inject.ts";
import type { HttpLimits } from "../../src/http/limits.ts";
import { DEFAULT_HTTP_LIMITS } from "../../src/http/limits.ts";
import type { HttpServer } from "../../src/http/server.ts";
import { createServer } from "../../src/http/server.ts";
import { PangolinError } from "../../src/model/errors.ts";
import { metricsSink } from "../../src/observe/metrics.ts";
import type { Observation } from "../../src/observe/observation.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";

export interface TestServer {
	readonly http: HttpServer;
	readonly store: Store;
	readonly catalog: CatalogDeps;
	readonly observed: Observation[];
	readonly clock: { nowMillis: number };
	/** Sends a request without a port; an object becomes a JSON body. */
	send(
		method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS",
		url: string,
		body?: object | string | Buffer,
		headers?: Readonly<Record<string, string>>,
	): Promise<TestAnswer>;
}

export interface TestAnswer extends InjectedAnswer {
	/** The body as JSON; undefined when it is empty. */
	readonly json: Json;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely and fail where they are wrong
export type Json = any;

export interface TestOptions {
	readonly limits?: Partial<HttpLimits>;
	readonly boundAddress?: string;
	/** Wraps the store, to break it or to look on. */
	readonly wrapStore?: (store: Store) => Store;
}

/** The whole HTTP server over stores in memory, with the default catalog. */
export async function testServer(
	options: TestOptions = {},
): Promise<TestServer> {
	const time = { nowMillis: Date.UTC(2026, 0, 1) };
	const clock = (): number => time.nowMillis;
	const observed: Observation[] = [];
	const inner = openMemoryStore();
	const store = options.wrapStore?.(inner) ?? inner;
	const storage = openMemoryStorage();
	const newUuid = uuids(clock);
	const parts = {
		store,
		clock,
		newUuid,
		storageFor: () => storage,
	};
	const admin: AdminDeps = { ...parts, checkWarehouse: refuseForeignTypes };
	await seedDefaults({ ...admin, store: inner }, { type: "memory" });
	const metrics = metricsSink({ ready: () => true, residentBytes: () => 1 });
	const observe = (o: Observation): void => {
		observed.push(o);
		metrics.observe(o);
	};
	const catalog = openCatalog({
		...parts,
		observe,
		kickJobs: () => {},
		wait: async (millis) => {
			time.nowMillis += millis;
		},
		limits: DEFAULT_CATALOG_LIMITS,
	});
	const http = createServer({
		catalog,
		admin,
		observe,
		clock,
		newUuid,
		authenticate: authenticateNobody,
		auth: "none",
		boundAddress: options.boundAddress,
		renderMetrics: metrics.render,
		limits: { ...DEFAULT_HTTP_LIMITS, ...options.limits },
	});
	return {
		http,
		store,
		catalog,
		observed,
		clock: time,
		send: (method, url, body, headers) =>
			send(http, { method, url, body, headers }),
	};
}

/** Version 7, in the order in which they are made. */
function uuids(clock: () => number): () => string {
	let count = 0;
	return () => {
		count++;
		const time = clock().toString(16).padStart(12, "0");
		const tail = count.toString(16).padStart(12, "0");
		return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`;
	};
}

function refuseForeignTypes(config: Readonly<Record<string, string>>): void {
	if (config.type === undefined || config.type === "memory") return;
	throw new PangolinError("bad-request", "only memory here");
}

async function send(
	http: HttpServer,
	request: {
		method: Parameters<TestServer["send"]>[0];
		url: string;
		body: object | string | Buffer | undefined;
		headers: Readonly<Record<string, string>> | undefined;
	},
): Promise<TestAnswer> {
	const { method, url, body, headers } = request;
	const isRaw =
		body === undefined || typeof body === "string" || Buffer.isBuffer(body);
	const answer = await http.inject({
		method,
		url,
		headers: {
			...(body === undefined ? {} : { "content-type": "application/json" }),
			...headers,
		},
		body: isRaw ? body : JSON.stringify(body),
	});
	const isJson =
		answer.headers["content-type"] === "application/json" && method !== "HEAD";
	return { ...answer, json: isJson ? JSON.parse(answer.body) : undefined };
}

export const SCHEMA = {
	type: "struct",
	"schema-id": 0,
	fields: [{ id: 1, name: "id", required: false, type: "long" }],
};

/** A request for a table with one column. */
export function tableRequest(name: string, more: object = {}): object {
	return { name, schema: SCHEMA, ...more };
}

/** A request for a view over nothing. */
export function viewRequest(name: string): object {
	return {
		name,
		schema: SCHEMA,
		properties: {},
		"view-version": {
			"version-id": 1,
			"timestamp-ms": 1,
			"schema-id": 0,
			summary: {},
			representations: [{ type: "sql", sql: "select 1", dialect: "spark" }],
			"default-namespace": ["default"],
		},
	};
}

export const TABLES = "/v1/default/namespaces/default/tables";
export const VIEWS = "/v1/default/namespaces/default/views";

/** A server with the table `t` and the view `v` in the namespace `default`. */
export async function filledServer(): Promise<TestServer> {
	const server = await testServer();
	const table = await server.send("POST", TABLES, tableRequest("t"));
	const view = await server.send("POST", VIEWS, viewRequest("v"));
	if (table.status !== 200 || view.status !== 200)
		throw new Error(`${table.body} ${view.body}`);
	return server;
}
