import assert from "node:assert/strict";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { createApp } from "../../src/app.ts";
import type { Observation } from "../../src/observe/observation.ts";
import { temporaryFolder } from "../support/folders.ts";
import type { Json } from "./support.ts";
import { tableRequest, viewRequest } from "./support.ts";

/** A server in this process with a warehouse in local folders. */
export interface LocalServer {
	/** Absolute paths, without a trailing slash. */
	readonly root: string;
	readonly further: string;
	readonly outside: string;
	readonly observed: Observation[];
	send(
		method: "GET" | "POST" | "PUT" | "DELETE",
		url: string,
		body?: object,
		tenant?: string,
	): Promise<{ status: number; json: Json }>;
	/** Creates a table and returns the answer's body. */
	table(name: string, more?: object): Promise<Json>;
	/** Resolves after the next job is finished. */
	nextJob(): Promise<Observation>;
}

/** Tables of the default catalog. */
export const TABLES = "/v1/default/namespaces/default/tables";

export async function localServer(test: TestContext): Promise<LocalServer> {
	const folder = realpathSync(temporaryFolder(test));
	const further = join(folder, "further");
	const outside = join(folder, "outside");
	mkdirSync(outside);
	writeFileSync(join(outside, "kept"), "kept");
	const observed: Observation[] = [];
	const waiting: ((o: Observation) => void)[] = [];
	const app = await createApp(
		{
			noAuth: true,
			dataDir: join(folder, "data"),
			databaseUrl: "sqlite::memory:",
			localRoots: [further],
		},
		{
			observe(observation) {
				observed.push(observation);
				if (observation.kind === "job-finished")
					for (const resolve of waiting.splice(0)) resolve(observation);
			},
		},
	);
	test.after(() => app.close());
	const send: LocalServer["send"] = async (method, url, body, tenant) => {
		const answer = await app.inject({
			method,
			url,
			headers: {
				host: "127.0.0.1",
				...(body === undefined ? {} : { "content-type": "application/json" }),
				...(tenant === undefined ? {} : { "x-pangolin-tenant": tenant }),
			},
			body: body && JSON.stringify(body),
		});
		const json = answer.body === "" ? undefined : JSON.parse(answer.body);
		return { status: answer.status, json };
	};
	return {
		root: join(folder, "data/warehouse"),
		further,
		outside,
		observed,
		send,
		async table(name, more = {}) {
			const answer = await send("POST", TABLES, tableRequest(name, more));
			assert.equal(answer.status, 200, JSON.stringify(answer.json));
			return answer.json;
		},
		nextJob: () => new Promise((resolve) => waiting.push(resolve)),
	};
}

/** A request for a view with a location or properties. */
export function viewAt(name: string, more: object): object {
	return { ...viewRequest(name), ...more };
}
