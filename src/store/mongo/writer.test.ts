import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { MongoNetworkError } from "mongodb";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { ApplyResult, ChangeSet } from "../changes.ts";
import {
	advanceOf,
	createNamespace,
	insertTenant,
	newWorld,
} from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import { connect } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openMongoStore } from "./mongoStore.ts";
import type { Progress } from "./progress.ts";
import { createProgress } from "./progress.ts";
import { createWriter } from "./writer.ts";

interface Counted {
	readonly store: Store;
	/** Applies change sets that wait together. @returns in how many entries of the log they are */
	entriesOf(sets: readonly ChangeSet[]): Promise<number>;
	/** What the last ones came to. */
	results(): readonly ApplyResult[];
}

async function counted(test: TestContext): Promise<Counted> {
	const url = await freshMongoUrl();
	const store = await openMongoStore({ url });
	const { client, log } = await connect({ url });
	test.after(() => Promise.all([store.close(), client.close()]));
	let results: readonly ApplyResult[] = [];
	return {
		store,
		results: () => results,
		async entriesOf(sets) {
			const before = await log.countDocuments();
			results = await Promise.all(sets.map((set) => store.apply(set)));
			return (await log.countDocuments()) - before;
		},
	};
}

/** A test that waits in vain runs into it. */
const LIMIT = { timeout: 60_000 };

/** A writer for which the test says when it is its turn. */
async function inTurns(test: TestContext) {
	const database = await connect({ url: await freshMongoUrl() });
	test.after(() => database.client.close());
	await migrate(database);
	const turns: PromiseWithResolvers<void>[] = [];
	const turn = () => {
		const next = Promise.withResolvers<void>();
		turns.push(next);
		return next.promise;
	};
	let lost = 0;
	const progress: Progress = Object.create(
		createProgress(database, { settleMillis: 1000 }),
		{ turn: { value: turn }, lost: { value: () => lost++ } },
	);
	const writer = createWriter(database, progress, 10);
	return { writer, database, log: database.log, turns, lost: () => lost };
}

const soon = () => new Promise(setImmediate);

const newTenant = () => insertTenant(brandId<TenantId>(randomUUID()));

describe("change sets of MongoDB that wait together", () => {
	it("travel in one entry of the log, commits to one line among them", async (test) => {
		const { store, entriesOf, results } = await counted(test);
		const world = await newWorld(store, {
			fresh: (prefix) => `${prefix}-${randomUUID()}`,
			openEmpty: async () => store,
		});
		const sets = Array.from({ length: 30 }, (_, i) => [
			advanceOf(world, [createNamespace(world, `n${i}`)]),
		]);
		assert.equal(await entriesOf(sets), 1);
		const numbers = results().flatMap((result) =>
			result.outcome === "applied"
				? result.commits.map(({ number }) => number)
				: [],
		);
		assert.deepEqual(
			numbers,
			sets.map((_, i) => i + 1),
		);
	});

	it("are refused alone there, and make no entry where nothing is left to do", async (test) => {
		const { entriesOf, results } = await counted(test);
		const twice = newTenant();
		assert.equal(await entriesOf([[twice], [twice], [newTenant()]]), 1);
		const outcomes = () => results().map(({ outcome }) => outcome);
		assert.deepEqual(outcomes(), ["applied", "refused", "applied"]);
		assert.equal(await entriesOf([[twice], [twice]]), 0);
		assert.deepEqual(outcomes(), ["refused", "refused"]);
	});

	it(
		"travel with those that came while others were let write first",
		LIMIT,
		async (test) => {
			const { writer, log, turns } = await inTurns(test);
			const first = writer.apply([newTenant()]);
			await soon();
			const second = writer.apply([newTenant()]);
			turns[0]?.resolve();
			for (const { outcome } of await Promise.all([first, second]))
				assert.equal(outcome, "applied");
			assert.equal(await log.countDocuments(), 1);
		},
	);

	it("are not applied where it cannot be seen whose turn it is", async (test) => {
		const { writer, log, turns } = await inTurns(test);
		const failing = writer.apply([newTenant()]);
		await soon();
		turns[0]?.reject(new MongoNetworkError("away"));
		await assert.rejects(failing, { outcome: "not-applied" });
		const next = writer.apply([newTenant()]);
		await soon();
		turns[1]?.resolve();
		assert.equal((await next).outcome, "applied");
		assert.equal(await log.countDocuments(), 1);
	});

	it(
		"wait for turns from then on where another server took their number, but not where that had them refused",
		LIMIT,
		async (test) => {
			const { writer, database, turns, lost } = await inTurns(test);
			const progress = createProgress(database, { settleMillis: 1000 });
			const other = createWriter(database, progress, 10);
			const same = newTenant();
			await other.apply([same]);
			const apply = async (set: ChangeSet) => {
				const applied = writer.apply(set);
				await soon();
				turns.at(-1)?.resolve();
				return (await applied).outcome;
			};
			assert.equal(await apply([same]), "refused");
			assert.equal(lost(), 0);
			await other.apply([newTenant()]);
			assert.equal(await apply([newTenant()]), "applied");
			assert.equal(lost(), 1);
		},
	);

	it("travel in as few entries as hold them", async (test) => {
		const { entriesOf } = await counted(test);
		const sets = (length: number) =>
			Array.from({ length }, () => [newTenant()]);
		assert.equal(await entriesOf(sets(64)), 1);
		assert.equal(await entriesOf(sets(130)), 3);
	});

	it("are told from those that do not: these have an entry each", async (test) => {
		const { entriesOf } = await counted(test);
		for (let i = 0; i < 3; i++)
			assert.equal(await entriesOf([[newTenant()]]), 1);
	});
});
