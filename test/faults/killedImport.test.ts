import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { checkRows } from "../../src/store/checking/checkRows.ts";
import { fullWorld } from "../../src/store/conformance/fullWorld.ts";
import { FORMAT } from "../../src/store/exportFile/format.ts";
import { writeExport } from "../../src/store/exportFile/writeExport.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";
import { openMemoryMover } from "../../src/store/memory/moving.ts";
import { inspectMongo } from "../../src/store/mongo/check.ts";
import { openMongoStore } from "../../src/store/mongo/mongoStore.ts";
import type { MovedRow } from "../../src/store/moving.ts";
import { inspectPostgres } from "../../src/store/postgres/check.ts";
import { openPostgresStore } from "../../src/store/postgres/postgresStore.ts";
import { emptyState } from "../../src/store/rules/state.ts";
import { inspectSqlite } from "../../src/store/sqlite/check.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqliteStore.ts";
import { addressOf, newDatabase } from "../support/emptyPostgres.ts";
import { temporaryFolder } from "../support/folders.ts";
import { freshMongoUrl, sharedMongo, urlOf } from "../support/mongo/mongo.ts";
import { startProxy } from "../support/mongo/proxy.ts";
import { openMoverAt } from "../support/movers.ts";
import { sharedCluster, untilNobodyIsIn } from "../support/postgres.ts";
import { runPangolin } from "../support/server.ts";

/**
 * An import, or a restore of an export, is killed (SIGKILL) on its way, among
 * others before its first row and between its last row and the commit. The store
 * then holds nothing of it, and the same command succeeds afterwards.
 */

const CHILD = fileURLToPath(
	new URL("./support/mortalImport.ts", import.meta.url),
);

interface Target {
	/** A `DATABASE_URL`; nothing is there. */
	readonly url: string;
	/** The next start, which recovers what it finds. */
	restart(): Promise<void>;
	/** @returns what is wrong with how the rows are kept */
	inspect(): Promise<readonly string[]>;
}

const TARGETS: Readonly<Record<string, (folder: string) => Promise<Target>>> = {
	"a SQLite file": async (folder) => {
		const path = join(folder, "pangolin.db");
		return {
			url: `sqlite://${path}`,
			restart: async () => (await openSqliteStore({ path })).close(),
			inspect: async () => inspectSqlite(path),
		};
	},
	PostgreSQL: async () => {
		const { port, url } = await sharedCluster();
		const database = await newDatabase(port);
		const address = addressOf(port, database);
		return {
			url: url(database),
			restart: async () => {
				await untilNobodyIsIn(port, database);
				await (await openPostgresStore({ address })).close();
			},
			inspect: () => inspectPostgres(address),
		};
	},
	MongoDB: async () => {
		const url = await freshMongoUrl();
		return {
			url,
			restart: async () => (await openMongoStore({ url })).close(),
			inspect: () => inspectMongo({ url }),
		};
	},
};

/** An export of a store with something of everything, and its rows. */
async function exported(
	folder: string,
): Promise<{ file: string; rows: MovedRow[] }> {
	const state = emptyState();
	const fresh = (prefix: string) => `${prefix}-${randomUUID()}`;
	const openEmpty = () => Promise.reject(new Error("one store"));
	for (let tenants = 0; tenants < 20; tenants++)
		await fullWorld(openMemoryStore(state), { fresh, openEmpty });
	const mover = openMemoryMover(state);
	const file = join(folder, "export.pangolin");
	await writeExport(file, mover.dump(undefined), {
		header: { format: FORMAT, time: "", tenant: null, version: "" },
		sign: undefined,
		onRows: () => undefined,
	});
	return { file, rows: await Array.fromAsync(mover.dump(undefined)) };
}

/** All rows in the store of a URL. */
async function rowsAt(url: string): Promise<MovedRow[]> {
	const mover = openMoverAt(url);
	try {
		return await Array.fromAsync(mover.dump(undefined));
	} finally {
		await mover.close();
	}
}

async function* each(rows: readonly MovedRow[]) {
	yield* rows;
}

interface Killed {
	/** What the store holds after it. */
	readonly left: MovedRow[];
	/** What a check says of that. */
	readonly problems: readonly string[];
	readonly file: string;
	readonly url: string;
	readonly rows: MovedRow[];
}

/** Runs an import that dies when this share of the rows was given. */
async function killedAt(
	test: TestContext,
	openTarget: (folder: string) => Promise<Target>,
	share: number,
	how = "import",
): Promise<Killed> {
	const folder = temporaryFolder(test);
	const { file, rows } = await exported(folder);
	const row = Math.floor(share * rows.length);
	const { url, restart, inspect } = await openTarget(folder);
	const { signal, code, output } = await runPangolin(
		[file, url, String(row), how],
		{ command: [process.execPath, CHILD] },
	);
	assert.equal(signal, share > 1 ? null : "SIGKILL", `${code} ${output}`);
	await restart();
	const left = await rowsAt(url);
	const problems = [...(await inspect()), ...(await checkRows(each(left)))];
	return { left, problems, file, url, rows };
}

/** By which command, and at which share of the rows; a restore of a copy comes down to an import. */
const KILLS: readonly (readonly ["import" | "restore", number])[] = [
	...[0, 0.01, 0.3, 0.8, 1].map((share) => ["import", share] as const),
	...[0.3, 1].map((share) => ["restore", share] as const),
];

for (const [name, openTarget] of Object.entries(TARGETS))
	describe(`an import into ${name} that is killed`, () => {
		for (const [command, share] of KILLS)
			it(`when ${share * 100} % of the rows were given by ${command} leaves nothing, and can be run again`, async (test) => {
				const killed = await killedAt(test, openTarget, share, command);
				const { left, problems, file, url, rows } = killed;
				assert.deepEqual(left, []);
				assert.deepEqual(problems, []);
				const again = await runPangolin([command, "--from", file], {
					env: { DATABASE_URL: url },
				});
				assert.equal(again.code, 0, again.output);
				assert.deepEqual(await rowsAt(url), rows);
			});

		it("is whole when it was not killed: the kill is what is tested", async (test) => {
			const { left, problems, rows } = await killedAt(test, openTarget, 2);
			assert.deepEqual(left, rows);
			assert.deepEqual(problems, []);
		});

		it("after a part of it was made durable on its own would be seen", async (test) => {
			const killed = await killedAt(test, openTarget, 0.5, "inParts");
			assert.notDeepEqual(killed.left, []);
			assert.notDeepEqual(killed.problems, []);
		});
	});

/** Runs an import into MongoDB that dies when its entry is in the log and nothing follows from it yet. */
async function killedAfterEntry(
	test: TestContext,
	how = "import",
): Promise<Omit<Killed, "problems">> {
	const folder = temporaryFolder(test);
	const { file, rows } = await exported(folder);
	const { socketPath } = await sharedMongo();
	const database = `killed-${randomUUID()}`;
	const proxy = await startProxy(socketPath);
	test.after(() => proxy.close());
	const killed = Promise.withResolvers<void>();
	proxy.spoilInsert("drop-answer", () => {
		// Nothing more of it arrives: no row is derived.
		proxy.cut(true);
		killed.resolve();
	});
	const child = await runPangolin(
		[file, urlOf(proxy.socketPath, database), "-1", how],
		{ command: [process.execPath, CHILD], killed: killed.promise },
	);
	assert.equal(child.signal, "SIGKILL", child.output);
	const url = urlOf(socketPath, database);
	return { left: await rowsAt(url), file, url, rows };
}

describe("an import into MongoDB that is killed after its entry was inserted", () => {
	it("is whole for whoever looks next, and is not done twice", async (test) => {
		const { left, file, url, rows } = await killedAfterEntry(test);
		assert.deepEqual(left, rows);
		const again = await runPangolin(["import", "--from", file], {
			env: { DATABASE_URL: url },
		});
		assert.equal(again.code, 1);
		assert.match(again.output, /not empty/);
	});

	it("would be seen if it were said to be derived before it is", async (test) => {
		const { left } = await killedAfterEntry(test, "derivedEarly");
		assert.deepEqual(left, []);
	});
});
