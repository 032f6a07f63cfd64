import assert from "node:assert/strict";
import {
	cpSync,
	existsSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { checkRows } from "../src/store/checking/checkRows.ts";
import { openMongoMover } from "../src/store/mongo/mover.ts";
import type { MovedRow, StoreMover } from "../src/store/moving.ts";
import { PARTS } from "../src/store/moving.ts";
import { openPostgresMover } from "../src/store/postgres/mover.ts";
import {
	createNamespace,
	createTableBody,
	openClient,
	type Send,
	succeed,
	TABLES,
} from "./faults/support/client.ts";
import {
	type CommitLoad,
	commitAlways,
	writtenOf,
} from "./support/commitLoad.ts";
import { addressOf } from "./support/emptyPostgres.ts";
import { temporaryFolder } from "./support/folders.ts";
import { freshMongoUrl } from "./support/mongo/mongo.ts";
import { asAdmin, sharedCluster } from "./support/postgres.ts";
import { runPangolin, startServer } from "./support/server.ts";

/** Backups of stores that many servers share (F24): taken while two of them serve, restored into an empty one. */

interface Kind {
	/** A `DATABASE_URL` of a new database with nothing in it, not even tables. */
	emptyUrl(): Promise<string>;
	mover(url: string): StoreMover;
	/** What says that nothing is there. */
	readonly unused: RegExp;
	/** Of a server that is not there. */
	readonly away: string;
}

let made = 0;

const KINDS: Readonly<Record<"PostgreSQL" | "MongoDB", Kind>> = {
	PostgreSQL: {
		async emptyUrl() {
			const cluster = await sharedCluster();
			const name = `backup_${process.pid}_${++made}`;
			await asAdmin(cluster.port, `CREATE DATABASE ${name}`);
			return cluster.url(name);
		},
		mover(url) {
			const { port, pathname } = new URL(url);
			return openPostgresMover(addressOf(Number(port), pathname.slice(1)));
		},
		unused: /no Pangolin has used it/,
		away: "postgres://postgres@127.0.0.1:1/away",
	},
	MongoDB: {
		emptyUrl: freshMongoUrl,
		mover: (url) => openMongoMover({ url }),
		unused: /holds no store/,
		away: "mongodb://127.0.0.1:1/away?serverSelectionTimeoutMS=500",
	},
};

const NAMES = ["t0", "t1", "t2"];

interface Site {
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
async function site(test: TestContext, kind: Kind): Promise<Site> {
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

async function pangolin(dataDir: string, url: string, ...args: string[]) {
	return await runPangolin(args, {
		env: { PANGOLIN_DATA_DIR: dataDir, DATABASE_URL: url },
	});
}

/** A command that must succeed. */
async function done(dataDir: string, url: string, ...args: string[]) {
	const { code, output } = await pangolin(dataDir, url, ...args);
	assert.equal(code, 0, output);
	return output;
}

/** That a restored database is sound and holds what was acknowledged; a client reads and writes its tables. */
async function assertRestored(
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

/** Rows that were read part by part, each when there were further commits. */
async function* slowly(
	load: CommitLoad,
	rowsOfPart: (part: MovedRow["part"]) => AsyncIterable<MovedRow>,
): AsyncGenerator<MovedRow> {
	for (const part of PARTS) {
		await load.more();
		for await (const row of rowsOfPart(part)) if (row.part === part) yield row;
	}
}

for (const [name, kind] of Object.entries(KINDS)) {
	describe(`a backup of ${name} under load`, () => {
		it("holds every commit that was answered before it began", async (test) => {
			const { folder, dataDir, url, sends } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			await load.more();
			const before = new Map(load.acknowledged);
			const file = join(folder, "backup");
			const output = await done(dataDir, url, "backup", "--to", file);
			await load.stop();
			assert.match(output, /rows: 100 %.*backup of .* written to/s);
			assert.equal(statSync(file).mode & 0o777, 0o600);

			const target = await kind.emptyUrl();
			const restored = await done(dataDir, target, "restore", "--from", file);
			assert.match(restored, /checking: 100 %.*rows: 100 %/s);
			await assertRestored(test, dataDir, target, before);
		});

		it("with the warehouse is complete: the folder alone brings everything back", async (test) => {
			const { folder, dataDir, url, sends, stop } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			await load.more();
			const before = new Map(load.acknowledged);
			const to = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", to, "--with-warehouse");
			await load.stop();
			await stop();
			rmSync(dataDir, { recursive: true });

			const target = await kind.emptyUrl();
			const half = join(folder, "half");
			cpSync(to, half, { recursive: true });
			const copy = join(half, "pangolin.export");
			truncateSync(copy, Math.floor(statSync(copy).size / 2));
			const cut = await pangolin(dataDir, target, "restore", "--from", half);
			assert.equal(cut.code, 1);
			assert.match(cut.output, /not complete/);
			assert.ok(existsSync(dataDir), "the files were there already");
			await done(dataDir, target, "restore", "--from", to);
			await assertRestored(test, dataDir, target, before);
		});

		it("is of one moment however long it takes, and one that is not is caught", async (test) => {
			const { url, sends } = await site(test, kind);
			const load = commitAlways(sends, NAMES);
			const mover = kind.mover(url);
			test.after(() => mover.close());
			const rows = mover.dump(undefined);
			const [first] = [await rows.next()];
			assert.ok(first.done !== true);
			const all = (async function* () {
				yield first.value;
				yield* rows;
			})();
			let held: MovedRow | undefined;
			const good = await checkRows(
				(async function* () {
					for await (const row of all) {
						if (row.part !== held?.part) await load.more();
						held = row;
						yield row;
					}
				})(),
			);
			assert.deepEqual(good, []);
			const torn = await checkRows(slowly(load, () => mover.dump(undefined)));
			await load.stop();
			assert.match(torn.join("\n"), /commits are not dense/);
			assert.match(torn.join("\n"), /a row is newer than its line/);
		});
	});

	describe(`backup, restore and check of ${name}`, () => {
		it("say what stands in their way, in one line, and do nothing", async (test) => {
			const { folder, dataDir, url } = await site(test, kind);
			const file = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", file);
			const refusals: [string, readonly string[], RegExp][] = [
				[url, ["backup", "--to", file], /backup exists already/],
				[url, ["restore", "--from", file], /it is not empty/],
				[kind.away, ["backup", "--to", `${file}2`], /away|127\.0\.0\.1:1/],
				[kind.away, ["check"], /away|127\.0\.0\.1:1/],
				[await kind.emptyUrl(), ["backup", "--to", `${file}2`], kind.unused],
				[await kind.emptyUrl(), ["check"], kind.unused],
			];
			writeFileSync(join(folder, "x.db"), "SQLite format 3\0");
			const sqlite = ["restore", "--from", join(folder, "x.db")];
			refusals.push([await kind.emptyUrl(), sqlite, /copy of a SQLite file/]);
			for (const [at, args, says] of refusals) {
				const { code, output } = await pangolin(dataDir, at, ...args);
				assert.equal(code, 1, output);
				assert.match(output, says);
				assert.match(output, /^pangolin: [^\n]+\n$/m);
			}
			assert.ok(!existsSync(`${file}2`));
		});

		it("take an export into a SQLite file as well", async (test) => {
			const { folder, dataDir, url, sends } = await site(test, kind);
			const file = join(folder, "backup");
			await done(dataDir, url, "backup", "--to", file);
			const written = await writtenOf(sends[0], "t0");
			const laptop = `sqlite://${join(folder, "laptop.db")}`;
			await done(dataDir, laptop, "restore", "--from", file);
			await assertRestored(test, dataDir, laptop, new Map([["t0", written]]));
		});
	});
}
