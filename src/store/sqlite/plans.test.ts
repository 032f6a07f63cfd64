import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brandId } from "../../model/ids.ts";
import { objectKey } from "../conformance/world.ts";
import { createReadCache } from "./cache.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { runLongRead } from "./longReads.ts";
import type { ReadContext } from "./readers/readers.ts";
import {
	claimReader,
	commitReader,
	dropReader,
	entryReader,
	historyReader,
	mergeReader,
	refReader,
	registryReader,
	workReader,
} from "./readers/readers.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	AT_MAIN,
	CATALOG,
	commitOf,
	createNamespace,
	createTable,
	filePath,
	MAIN,
	SETUP,
	TENANT,
} from "./testFile.ts";

/** The database, with a note of every statement that reads. */
function watched(db: Database): { db: Database; seen: Set<string> } {
	const seen = new Set<string>();
	const prepare = (sql: string) => {
		if (sql.startsWith("SELECT")) seen.add(sql);
		return db.prepare(sql);
	};
	return { db: { ...db, prepare, inTransaction: false, isOpen: true }, seen };
}

function contextOf(db: Database): ReadContext {
	return {
		db,
		cache: createReadCache(),
		pool: {
			run: async (call) => runLongRead(db, call) as never,
			close: async () => undefined,
		},
		read: async (run) => run(),
	};
}

function stepsOf(db: Database, sql: string): string[] {
	return db
		.prepare(`EXPLAIN QUERY PLAN ${sql}`)
		.all()
		.map((row) => String(row[3]));
}

/** Steps of a plan that read a whole table or sort. */
function slowSteps(db: Database, sql: string): string[] {
	return stepsOf(db, sql).filter((step) => {
		if (/^SCAN (json_each|\(|CONSTANT)/.test(step)) return false;
		// One asset has few keys: taking them together may sort.
		if (step.includes("TEMP B-TREE")) return !sql.includes("UNION SELECT");
		return /^SCAN (?!.*USING)/.test(step);
	});
}

describe("every read", () => {
	it("DO6: uses an index and sorts nothing, however many rows there are", async (test) => {
		const path = filePath(test);
		const store = await openSqliteStore({ path });
		await store.apply(SETUP);
		const entries = [createNamespace("a"), createTable(["a"], "t")];
		await store.apply([commitOf(entries)]);
		await store.close();
		const file = openDatabase(path, {});
		const { db, seen } = watched(file);
		await readAll(contextOf(db));
		assert.ok(seen.size > 20);
		for (const sql of seen) assert.deepEqual(slowSteps(file, sql), [], sql);
		const [next = ""] = [...seen].filter((sql) =>
			/superseded_by_asset/.test(sql),
		);
		assert.match(
			stepsOf(file, next).join(),
			/\(line,space,parent,name,from_number\)>/,
			"all earlier rows of a key are passed over at once",
		);
		const slow = "SELECT id FROM commits WHERE message = 'm' ORDER BY author";
		assert.equal(slowSteps(file, slow).length, 2, "a slow one is seen");
		file.close();
	});

	it("is one statement for an entry of a branch without ancestors, and none when it is read again", async (test) => {
		const path = filePath(test);
		const store = await openSqliteStore({ path });
		await store.apply(SETUP);
		const entries = [createNamespace("a"), createTable(["a"], "t")];
		await store.apply([commitOf(entries)]);
		await store.close();
		const file = openDatabase(path, { readOnly: true });
		let count = 0;
		const prepare = (sql: string) => {
			count++;
			return file.prepare(sql);
		};
		const db = { ...file, prepare, inTransaction: false, isOpen: true };
		const context = contextOf(db);
		const read = async (name: string) => {
			const key = objectKey(["a"], name);
			await refReader(context).locate(TENANT, "cat", "main", key);
			await entryReader(context).get(AT_MAIN, key);
		};
		await read("other");
		count = 0;
		await read("t");
		assert.equal(count, 1);
		await read("t");
		assert.equal(count, 1);
		file.close();
	});
});

async function readAll(context: ReadContext): Promise<void> {
	const page = { limit: 9 };
	const after = { after: "a", limit: 9 };
	const registry = registryReader(context);
	const refs = refReader(context);
	const entries = entryReader(context);
	const commits = commitReader(context);
	const history = historyReader(context);
	const work = workReader(context);
	const asset = brandId<never>("id-t");
	const bounded = { ...AT_MAIN, number: 1 };
	const filter = { parent: objectKey(["a"], "t").parent };
	const folder = "memory:///t/";
	await registry.tenant(TENANT);
	await registry.tenants({ after: TENANT, limit: 9 });
	await registry.warehouse(TENANT, "w");
	await registry.warehouses(TENANT, after);
	await registry.catalog(TENANT, "cat");
	await registry.catalogs(TENANT, after);
	await refs.locate(TENANT, "cat", "main");
	await refs.ref(TENANT, CATALOG, "main");
	await refs.refs(TENANT, CATALOG, after);
	await refs.line(TENANT, MAIN);
	await refs.isPinned(TENANT, MAIN, 1);
	for (const at of [AT_MAIN, bounded]) {
		await entries.get(at, objectKey(["a"], "t"));
		await entries.list(at, { ...filter, kinds: ["table"] }, after);
		await entries.names(at, { ...filter, kinds: ["table"] }, after);
		await entries.list(at, { ...filter, kinds: ["table", "view"] }, after);
		await entries.all(at, page);
	}
	await entries.get({ ...AT_MAIN, number: 0 }, objectKey(["a"], "t"));
	await entries.namesMetadataFile("memory:///t/0.metadata.json", 0);
	await entries.isReachable(TENANT, asset);
	await commits.commits(TENANT, MAIN, page);
	await commits.commit(TENANT, MAIN, 1);
	await commits.byId(TENANT, CATALOG, brandId("commit"));
	await commits.numberAt(TENANT, MAIN, 5);
	await commits.newestMerge(TENANT, MAIN, 5);
	await commits.ofKey(TENANT, MAIN, objectKey(["a"], "t"), page);
	const drop = { number: 9, asset };
	await dropReader(context).dropped(TENANT, MAIN, { after: drop, limit: 9 });
	const merges = mergeReader(context);
	await merges.operation(TENANT, brandId("o"));
	await merges.operations(TENANT, CATALOG, { limit: 9 });
	await merges.conflict(TENANT, brandId("c"));
	await merges.conflicts(TENANT, brandId("o"), { limit: 9 });
	await entries.refsShowing(TENANT, CATALOG, asset, 9);
	await claimReader(context).overlapping(folder, 9);
	await claimReader(context).claimsOf(TENANT, asset);
	const ever = { fromMicros: 0, toMicros: 9 };
	await history.lines(TENANT, CATALOG, { after: MAIN, limit: 9 });
	await history.expired(TENANT, MAIN, ever, 9);
	await history.isKept(TENANT, MAIN, 1);
	await history.garbage(TENANT, CATALOG, page);
	await history.metadataOf(TENANT, asset, page);
	await work.idempotency(TENANT, "k");
	await work.expiredIdempotency(5, 9);
	await work.job(TENANT, brandId("j"));
	await work.dueJobs(5, 9);
	await work.reports(TENANT, asset, after);
	await work.nextJobAtMillis();
}
