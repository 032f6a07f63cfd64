import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "./context.ts";

/** What makes the environment for each server's store. */
type Open = () => Promise<Bench["newStore"]>;

/** Where the catalog can live; the databases are the tests' own, as durable as a user's. */
export const STORES: Readonly<Record<string, Open>> = {
	sqlite: async () => async () => ({}),
	memory: async () => async () => ({ DATABASE_URL: "memory:" }),
	postgres: async () => {
		const { asAdmin, startCluster } = await import(
			"../test/support/postgres.ts"
		);
		const { port, url } = await startCluster({
			fsync: "on",
			full_page_writes: "on",
			shared_buffers: "128MB",
		});
		let databases = 0;
		return async () => {
			const name = `bench_${++databases}`;
			await asAdmin(port, `CREATE DATABASE ${name}`);
			return { DATABASE_URL: url(name) };
		};
	},
	mongo: async () => {
		const { startMongo, urlOf } = await import(
			"../test/support/mongo/mongo.ts"
		);
		// Not in memory, as the tests have it.
		const folder = mkdtempSync(join(tmpdir(), "pangolin-bench-mongo-"));
		const { socketPath } = await startMongo(folder);
		let databases = 0;
		return async () => ({
			DATABASE_URL: urlOf(socketPath, `bench_${++databases}`),
		});
	},
};
