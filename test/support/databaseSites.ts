import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
	createNamespace,
	createTableBody,
	openClient,
	type Send,
	succeed,
	TABLES,
} from "../faults/support/client.ts";
import { type CommitLoad, writtenOf } from "./commitLoad.ts";
import { temporaryFolder } from "./folders.ts";
import { runPangolin, startServer } from "./server.ts";
import { DATABASES } from "./sharedDatabases.ts";

/** Databases with two servers on them, to be backed up and restored. */

/** What a command says of a kind of database. */
export interface Kind {
	/** A `DATABASE_URL` of a new database with nothing in it, not even tables. */
	emptyUrl(): Promise<string>;
	/** That nothing is there. */
	readonly unused: RegExp;
	/** The `DATABASE_URL` of one that is not there. */
	readonly away: string;
}

const emptyUrlOf = (name: keyof typeof DATABASES) => async () =>
	(await DATABASES[name].open()).url;

export const KINDS: Readonly<Record<keyof typeof DATABASES, Kind>> = {
	PostgreSQL: {
		emptyUrl: emptyUrlOf("PostgreSQL"),
		unused: /no Pangolin has used it/,
		away: "postgres://postgres@127.0.0.1:1/away",
	},
	MongoDB: {
		emptyUrl: emptyUrlOf("MongoDB"),
		unused: /holds no store/,
		away: "mongodb://127.0.0.1:1/away",
	},
};

/** The tables of a site. */
export const NAMES = ["t0", "t1", "t2"];

export interface Site {
	readonly folder: string;
	readonly dataDir: string;
	readonly url: string;
	/** One for each of two servers. */
	readonly sends: readonly [Send, Send];
	stop(): Promise<void>;
}

async function serve(
	test: TestContext,
	dataDir: string,
	url: string,
): Promise<{ send: Send; stop: () => Promise<unknown> }> {
	const env = { DATABASE_URL: url };
	const server = await startServer(dataDir, { env });
	test.after(() => server.stop("SIGKILL"));
	return { send: await openClient(server.url), stop: () => server.stop() };
}

/** Two servers on one database, with some tables. */
export async function site(test: TestContext, kind: Kind): Promise<Site> {
	const folder = temporaryFolder(test);
	const dataDir = join(folder, "data");
	const url = await kind.emptyUrl();
	const first = await serve(test, dataDir, url);
	const second = await serve(test, dataDir, url);
	await createNamespace(first.send);
	for (const name of NAMES)
		await succeed(first.send("POST", TABLES, createTableBody(name)));
	const sends = [first.send, second.send] as const;
	const stop = async () => {
		await first.stop();
		await second.stop();
	};
	return { folder, dataDir, url, sends, stop };
}

/** Runs a command on a database. */
export async function pangolin(
	dataDir: string,
	url: string,
	...args: string[]
) {
	return await runPangolin(args, {
		env: { PANGOLIN_DATA_DIR: dataDir, DATABASE_URL: url },
	});
}

/** A command that must succeed. */
export async function done(dataDir: string, url: string, ...args: string[]) {
	const { code, output } = await pangolin(dataDir, url, ...args);
	assert.equal(code, 0, output);
	return output;
}

/** That a restored database is sound and holds what was acknowledged; a client reads and writes its tables. */
export async function assertRestored(
	test: TestContext,
	dataDir: string,
	url: string,
	acknowledged: CommitLoad["acknowledged"],
): Promise<void> {
	assert.match(await done(dataDir, url, "check"), /is sound/);
	const { send } = await serve(test, dataDir, url);
	for (const [table, value] of acknowledged)
		assert.ok((await writtenOf(send, table)) >= value, table);
	await succeed(send("POST", TABLES, createTableBody("later")));
	assert.match(await done(dataDir, url, "check"), /is sound/);
}
