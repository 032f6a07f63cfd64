import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brandId } from "../../model/ids.ts";
import { insertTenant } from "../conformance/world.ts";
import { StoreUnavailable } from "../contract.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { applyGroup } from "./group.ts";
import { MIGRATIONS } from "./migrate.ts";
import { prepareForWriting } from "./openFile.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import { commitOf, createNamespace, filePath, SETUP } from "./testFile.ts";

function tenants(count: number) {
	return Array.from({ length: count }, (_, i) => [
		insertTenant(brandId(`t${i}`)),
	]);
}

describe("change sets that wait together", () => {
	it("are synced once", async (test) => {
		const store = await openSqliteStore({ path: filePath(test) });
		await store.apply(SETUP);
		const { transactions } = store.statistics;
		const results = await Promise.all(
			tenants(10).map((set) => store.apply(set)),
		);
		assert.ok(results.every((result) => result.outcome === "applied"));
		assert.ok(store.statistics.transactions - transactions <= 2);
		assert.equal(store.statistics.changeSets, 11);
		await store.close();
	});

	it("do not share their refusals", async (test) => {
		const store = await openSqliteStore({ path: filePath(test) });
		await store.apply(SETUP);
		const a = [commitOf([createNamespace("a")])];
		const b = [commitOf([createNamespace("b"), createNamespace("b")])];
		const c = [commitOf([createNamespace("c")])];
		const outcomes = await Promise.all([a, b, c].map((s) => store.apply(s)));
		assert.deepEqual(
			outcomes.map((result) =>
				result.outcome === "applied" ? result.commits[0]?.number : "refused",
			),
			[1, "refused", 2],
		);
		await store.close();
	});

	it("do not share the bug of one of them", () => {
		const db = openDatabase(":memory:", {});
		prepareForWriting(db, ":memory:", MIGRATIONS);
		const [good, other] = tenants(2);
		assert.ok(good && other);
		const bad = [insertTenant(undefined as never)];
		const { outcomes, fatal } = applyGroup(db, [good, bad, other]);
		assert.deepEqual(
			outcomes.map((outcome) => outcome.kind),
			["decided", "bug", "decided"],
		);
		assert.equal(fatal, undefined);
		const count = db.prepare("SELECT count(*) FROM tenants").get();
		assert.deepEqual(count, [2]);
	});
});

describe("the queue", () => {
	it("refuses what is too much, before any effect", async (test) => {
		const store = await openSqliteStore({ path: filePath(test), maxQueued: 3 });
		const results = await Promise.allSettled(
			tenants(5).map((set) => store.apply(set)),
		);
		const refused = results.filter((result) => result.status === "rejected");
		assert.equal(refused.length, 2);
		for (const { reason } of refused) {
			assert.ok(reason instanceof StoreUnavailable);
			assert.equal(reason.outcome, "not-applied");
			assert.equal(reason.code, "overloaded");
		}
		const all = await store.registry.tenants({ limit: 9 });
		assert.equal(all.length, 3);
		assert.equal((await store.apply(tenants(9)[8] ?? [])).outcome, "applied");
		await store.close();
	});
});

describe("without space", () => {
	it("nothing is applied, and the store goes on when there is some", () => {
		const db = openDatabase(":memory:", {});
		prepareForWriting(db, ":memory:", MIGRATIONS);
		const pages = Number(db.prepare("PRAGMA page_count").get()?.[0]);
		db.exec(`PRAGMA max_page_count = ${pages}`);
		const sets = tenants(200);
		const full = applyGroup(db, sets);
		assert.ok(
			full.outcomes.every(
				(outcome) =>
					outcome.kind === "unavailable" && outcome.outcome === "not-applied",
			),
		);
		assert.equal(full.fatal, undefined);
		db.exec("PRAGMA max_page_count = 100000");
		const again = applyGroup(db, sets);
		assert.ok(again.outcomes.every((outcome) => outcome.kind === "decided"));
	});
});

describe("a commit that fails", () => {
	/** The driver's error with this result code, when the transaction is to be committed. */
	function failing(db: Database, errcode: number): Database {
		const fail = () => {
			db.exec("ROLLBACK");
			throw Object.assign(new Error(`error ${errcode}`), { errcode });
		};
		return {
			...db,
			get inTransaction() {
				return db.inTransaction;
			},
			isOpen: true,
			prepare: (sql) =>
				sql === "COMMIT" ? { ...db.prepare(sql), run: fail } : db.prepare(sql),
		};
	}

	function outcomesAfter(errcode: number) {
		const db = openDatabase(":memory:", {});
		prepareForWriting(db, ":memory:", MIGRATIONS);
		const [set] = tenants(1);
		assert.ok(set);
		const group = applyGroup(failing(db, errcode), [set, set]);
		const outcomes = group.outcomes.map((outcome) =>
			outcome.kind === "unavailable" ? outcome.outcome : outcome.kind,
		);
		return { outcomes, isFatal: group.fatal !== undefined };
	}

	it("for want of space or by a failed write is not applied", () => {
		for (const errcode of [13, 778])
			assert.deepEqual(outcomesAfter(errcode), {
				outcomes: ["not-applied", "not-applied"],
				isFatal: false,
			});
	});

	it("in its sync is unknown for what was applied, and ends all writing", () => {
		for (const errcode of [1034, 10, 11])
			assert.deepEqual(outcomesAfter(errcode), {
				outcomes: ["unknown", "not-applied"],
				isFatal: true,
			});
	});
});
