import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { until } from "../../../test/support/until.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import type { LogDocument } from "./log.ts";
import { migrate } from "./migrate.ts";
import { createProgress } from "./progress.ts";
import { commit, read } from "./protocol.ts";
import type { Patience, Turns } from "./turns.ts";
import { createTurns } from "./turns.ts";

/** A test that waits in vain runs into its limit. */
const FOR_EVER: Patience = { deriving: 600_000, turn: 600_000 };
const NOT_AT_ALL: Patience = { deriving: -1, turn: -1 };
const OTHERS = () => false;
const LIMIT = { timeout: 60_000 };

interface Watched extends Database {
	/** How often somebody has begun to look at the watermark. */
	looks(): number;
}

interface Servers {
	readonly database: Watched;
	/** Servers that each wrote one entry, in this order. */
	readonly servers: readonly Turns[];
	writers(): Promise<readonly string[]>;
}

async function servers(
	test: TestContext,
	count: number,
	patience: Patience,
): Promise<Servers> {
	const database = await freshDatabase(test);
	const all = Array.from({ length: count }, () =>
		createTurns(database, patience),
	);
	for (const [i, each] of all.entries()) await each.raise(i + 1, true);
	return {
		database,
		servers: all,
		async writers() {
			const mark = await database.meta.findOne({ _id: "derived" });
			return mark?.writers ?? [];
		},
	};
}

async function freshDatabase(test: TestContext): Promise<Watched> {
	const database = await connect({ url: await freshMongoUrl() });
	test.after(() => database.client.close());
	await migrate(database);
	let looks = 0;
	const meta = Object.create(database.meta);
	meta.findOne = (...args: Parameters<Database["meta"]["findOne"]>) => {
		looks++;
		return database.meta.findOne(...args);
	};
	return { ...database, meta, looks: () => looks };
}

/** Whether something ended before it looked at the watermark some times more. */
async function endsSoon(
	{ looks }: Watched,
	waiting: Promise<unknown>,
): Promise<boolean> {
	let isOver = false;
	const over = waiting.then(() => {
		isOver = true;
	});
	// The one before the last was begun and answered after this call.
	const enough = looks() + 3;
	await until("looks", () => isOver || looks() >= enough);
	if (isOver) await over;
	return isOver;
}

describe("servers that write at once", () => {
	it("write at once as long as they lose no number", LIMIT, async (test) => {
		const { servers: all } = await servers(test, 2, FOR_EVER);
		for (const each of all) assert.equal(await each.mine(), 0);
	});

	it(
		"let those write that wrote before them, once they lost one",
		LIMIT,
		async (test) => {
			const { servers: all, database } = await servers(test, 3, FOR_EVER);
			const [first, second, third] = all;
			assert.ok(first && second && third);
			third.lost();
			const turn = third.mine();
			assert.equal(await endsSoon(database, turn), false);
			await first.raise(4, true);
			assert.equal(await endsSoon(database, turn), false);
			await second.raise(5, true);
			assert.equal(await turn, 5);
			await third.raise(6, true);
			first.lost();
			assert.equal(await first.mine(), 6);
		},
	);

	it(
		"do not wait for one that does not write any more, and forget it",
		LIMIT,
		async (test) => {
			const { servers: all, writers } = await servers(test, 2, NOT_AT_ALL);
			const [gone, left] = all;
			assert.ok(gone && left);
			const [own] = await writers();
			left.lost();
			assert.equal(await left.mine(), 2);
			// It had nothing to write, and does not wait again for that.
			assert.equal(await left.mine(), 0);
			await left.raise(3, true);
			assert.deepEqual(await writers(), [own]);
			await gone.raise(4, true);
			assert.equal((await writers()).length, 2);
		},
	);

	it(
		"do not wait for one that is gone, though another one writes on and on",
		LIMIT,
		async (test) => {
			const patience = { ...FOR_EVER, turn: 300 };
			const { servers: all } = await servers(test, 3, patience);
			const [, left, busy] = all;
			assert.ok(left && busy);
			left.lost();
			await busy.raise(4, true);
			let isOver = false;
			const turn = left.mine().finally(() => {
				isOver = true;
			});
			for (let n = 5; !isOver && !test.signal.aborted; n++)
				await busy.raise(n, true);
			assert.ok((await turn) > 3);
		},
	);

	it(
		"take over what others derived only with a write of their own after it",
		LIMIT,
		async (test) => {
			const { database } = await servers(test, 2, FOR_EVER);
			let writes = 0;
			const meta = Object.create(database.meta);
			meta.updateOne = (...args: Parameters<Database["meta"]["updateOne"]>) => {
				writes++;
				return database.meta.updateOne(...args);
			};
			const progress = createProgress(
				{ ...database, meta },
				{ settleMillis: 1000, patience: FOR_EVER },
			);
			progress.lost();
			await progress.turn();
			assert.equal(progress.known, 2);
			assert.equal(writes, 1);
		},
	);

	it("do not wait when they are new", LIMIT, async (test) => {
		const { database } = await servers(test, 2, FOR_EVER);
		const newcomer = createTurns(database, FOR_EVER);
		newcomer.lost();
		assert.equal(await newcomer.mine(), 2);
	});
});

describe("who finds an entry", () => {
	it("gives its writer a moment to derive it", LIMIT, async (test) => {
		const { servers: all, database } = await servers(test, 1, FOR_EVER);
		const finder = createTurns(database, FOR_EVER);
		const derived = finder.derivedTo(2, OTHERS);
		assert.equal(await endsSoon(database, derived), false);
		await all[0]?.raise(2, true);
		assert.equal(await derived, 2);
	});

	it("does not wait for ever", LIMIT, async (test) => {
		const { database } = await servers(test, 1, FOR_EVER);
		const finder = createTurns(database, NOT_AT_ALL);
		assert.equal(await finder.derivedTo(2, OTHERS), 1);
	});

	it(
		"does not wait for itself, though it found the entry before it knew that it wrote it",
		LIMIT,
		async (test) => {
			const database = await freshDatabase(test);
			let found: Promise<unknown> = Promise.resolve();
			const log = Object.create(database.log);
			log.insertOne = async (document: LogDocument) => {
				const inserted = await database.log.insertOne(document);
				found = progress.run(
					read<never>(progress.known),
					async () => undefined,
				);
				// By then the tail was read, and the watermark is looked at.
				await endsSoon(database, found);
				return inserted;
			};
			const progress = createProgress(
				{ ...database, log },
				{ settleMillis: 1000, patience: FOR_EVER },
			);
			const entry = { writer: "w", ends: [], rows: [] };
			const { number } = await progress.run(
				commit<never, { readonly entry: typeof entry }>(progress.known),
				async () => ({ entry }),
			);
			assert.equal(number, 1);
			assert.equal(await progress.rollTo(1), 1);
			await found;
		},
	);
});
