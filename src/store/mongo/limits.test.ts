import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it, type TestContext } from "node:test";
import { MongoClient, MongoNetworkError, MongoServerError } from "mongodb";
import {
	freshMongoUrl,
	sharedMongo,
	urlOf,
} from "../../../test/support/mongo/mongo.ts";
import type { MongoProxy } from "../../../test/support/mongo/proxy.ts";
import { startProxy } from "../../../test/support/mongo/proxy.ts";
import { until } from "../../../test/support/until.ts";
import type { Report } from "./background.ts";
import type { Database } from "./database.ts";
import { connect, limitsOf } from "./database.ts";
import { OverdueError } from "./driverErrors.ts";
import type { Limits } from "./limits.ts";
import { limitDriver } from "./limits.ts";
import type { LogDocument } from "./log.ts";

/** More than sockets take in without a reader. */
const LARGE = "x".repeat(8 * 1024 * 1024);

const HOUR_MILLIS = 3_600_000;
const LONG: Limits = {
	lookMillis: HOUR_MILLIS,
	operationMillis: HOUR_MILLIS,
	againMillis: HOUR_MILLIS,
};
const nothing = () => undefined;

async function behindProxy(
	test: TestContext,
): Promise<Database & { readonly proxy: MongoProxy }> {
	const { socketPath } = await sharedMongo();
	const proxy = await startProxy(socketPath);
	const url = urlOf(proxy.socketPath);
	const database = await connect({ url, timeoutMillis: 1000 });
	test.after(async () => {
		await database.client.close();
		await proxy.close();
	});
	return { ...database, proxy };
}

describe("an operation that the driver never ends", () => {
	it("is given up, and the client connects anew", async (test) => {
		const { proxy, client, db, log } = await behindProxy(test);
		const bare = client.db(db.databaseName).collection<LogDocument>("log");
		proxy.spoilInsert("stall");
		const opened = once(client, "open");
		const without = bare.insertOne({ _id: 1, writer: LARGE });
		await spoilt(proxy);
		proxy.spoilInsert("stall");
		await assert.rejects(
			log.insertOne({ _id: 1, writer: LARGE }),
			OverdueError,
		);
		await opened;
		assert.equal(await log.countDocuments(), 0);
		// What is not limited is waited for even now.
		const pending = Symbol();
		const soon = turn().then(() => pending);
		assert.equal(await Promise.race([without, soon]), pending);
	});

	it("is given up when the client closes", async (test) => {
		const { proxy, client, log } = await behindProxy(test);
		proxy.spoilInsert("stall");
		let given: unknown;
		log.insertOne({ _id: 1, writer: LARGE }).catch((error) => {
			given = error;
		});
		await spoilt(proxy);
		await client.close();
		await turn();
		assert.ok(given instanceof OverdueError);
	});

	it("is given up when the server was lost and found meanwhile", async (test) => {
		const client = new MongoClient(await freshMongoUrl());
		test.after(() => client.close());
		const limit = limitDriver(client, { ...LONG, againMillis: 10 }, nothing);
		const before = limit(new Promise(() => undefined));
		becomes(client, "Standalone", "Unknown");
		const opened = once(client, "open");
		becomes(client, "Unknown", "Standalone");
		await assert.rejects(before, OverdueError);
		await opened;
	});
});

/** Tells a client what one of its servers was and is, as the driver does. */
function becomes(client: MongoClient, before: string, now: string): void {
	client.emit("serverDescriptionChanged", {
		address: "lost:1",
		previousDescription: { type: before },
		newDescription: { type: now },
	} as never);
}

/** Resolves when the first insert was spoilt. */
const spoilt = (proxy: MongoProxy) =>
	until("a spoilt insert", () => proxy.spoilt > 0);

/** A client with a bug of the driver, or at a server that does not take it. */
class BadClient extends MongoClient {
	isStuck = false;
	attempts = 0;
	/** What an attempt to connect ends with; undefined: it succeeds. */
	failure: Error | undefined = new MongoServerError({
		message: "no such user",
		code: 18,
	});
	closeFailure: Error | undefined;

	override async connect(): Promise<this> {
		this.attempts++;
		await turn();
		if (this.failure !== undefined) throw this.failure;
		return this;
	}

	override async close(): Promise<void> {
		if (this.isStuck) await new Promise(() => undefined);
		if (this.closeFailure !== undefined) throw this.closeFailure;
	}
}

const turn = () => new Promise(setImmediate);

async function turns(): Promise<void> {
	for (let i = 0; i < 50; i++) await turn();
}

/** It connects anew after an operation that never ends, and again after each attempt that fails. */
async function triesThrice(
	test: TestContext,
	client: BadClient,
	report: Report,
): Promise<void> {
	test.mock.timers.enable({ apis: ["setTimeout"] });
	const limit = limitDriver(client, LONG, report);
	const given = limit(new Promise(() => undefined));
	test.mock.timers.tick(HOUR_MILLIS);
	await assert.rejects(given, OverdueError);
	for (const attempts of [1, 2, 3]) {
		await turns();
		assert.equal(client.attempts, attempts);
		test.mock.timers.tick(1000);
	}
}

describe("a client that must connect anew", () => {
	it("pauses between attempts that fail at once", async (test) => {
		const client = new BadClient("mongodb://nobody.test");
		await triesThrice(test, client, nothing);
		await client.close();
		await turns();
		const { attempts } = client;
		test.mock.timers.tick(1000);
		await turns();
		assert.equal(client.attempts, attempts);
	});

	it("does so for a server that is asked, not for another of its set", async (test) => {
		const client = new BadClient("mongodb://nobody.test");
		test.mock.timers.enable({ apis: ["setTimeout"] });
		const limits = { ...LONG, againMillis: 1000 };
		const limit = limitDriver(client, limits, nothing);
		const givenUp = assert.rejects(
			limit(new Promise(() => undefined)),
			OverdueError,
		);
		for (const [kind, attempts] of [
			["RSSecondary", 0],
			["RSPrimary", 1],
		] as const) {
			becomes(client, kind, "Unknown");
			becomes(client, "Unknown", kind);
			test.mock.timers.tick(999);
			await turns();
			assert.equal(client.attempts, 0);
			test.mock.timers.tick(1);
			await turns();
			assert.equal(client.attempts, attempts);
		}
		await givenUp;
		await client.close();
	});

	it("looks for the server on after an error that is none of the driver's, and tells it once", async (test) => {
		const client = new BadClient("mongodb://nobody.test");
		test.mock.timers.enable({ apis: ["setTimeout"] });
		const told: unknown[] = [];
		const limit = limitDriver(client, LONG, (_, error) => told.push(error));
		const bug = new TypeError("a bug of the driver");
		for (const [round, failing] of ["connect", "close"].entries()) {
			client.failure = failing === "connect" ? bug : undefined;
			client.closeFailure = failing === "close" ? bug : undefined;
			client.attempts = 0;
			const given = limit(new Promise(() => undefined));
			test.mock.timers.tick(HOUR_MILLIS);
			await assert.rejects(given, OverdueError);
			for (let attempts = 1; attempts <= 3; attempts++) {
				await turns();
				assert.equal(client.attempts, failing === "connect" ? attempts : 1);
				test.mock.timers.tick(1000);
			}
			client.failure = undefined;
			await turns();
			test.mock.timers.tick(1000);
			await turns();
			assert.deepEqual(told, Array(round + 1).fill(bug));
		}
		client.closeFailure = undefined;
		await client.close();
	});

	it("does not tell that the server is away", async (test) => {
		const client = new BadClient("mongodb://nobody.test");
		client.failure = new MongoNetworkError("away");
		await triesThrice(test, client, () => assert.fail("told"));
		await client.close();
	});

	it("waits for what began anew as long as an answer may take, where these are known to take long", () => {
		assert.equal(limitsOf({ answerMillis: 120_000 }).againMillis, 120_000);
		const { againMillis, operationMillis } = limitsOf({});
		assert.ok(againMillis < operationMillis / 3);
	});

	it("closes in time also when the driver does not", async (test) => {
		const client = new BadClient("mongodb://nobody.test");
		client.isStuck = true;
		test.mock.timers.enable({ apis: ["setTimeout"] });
		limitDriver(client, LONG, nothing);
		const closed = client.close();
		test.mock.timers.tick(HOUR_MILLIS);
		await closed;
	});
});

describe("rows that come in several batches", () => {
	it("are all there", async () => {
		const { client, parts } = await connect({ url: await freshMongoUrl() });
		const numbers = Array.from({ length: 250 }, (_, i) => String(i + 100));
		await parts.insertMany(numbers.map((_id) => ({ _id, ends: [], rows: [] })));
		const found = parts.find({}, { sort: { _id: 1 }, batchSize: 100 });
		const ids = (await found.toArray()).map(({ _id }) => _id);
		assert.deepEqual(ids, numbers);
		const one = parts.find({}, { sort: { _id: 1 }, batchSize: 100 });
		const last = (await Array.fromAsync(one)).at(-1);
		assert.equal(last?._id, "349");
		assert.deepEqual(await parts.find({ _id: "1" }).toArray(), []);
		await client.close();
	});
});

describe("the driver's look at a server", () => {
	it("that never ends makes the client connect anew", async (test) => {
		const url = await freshMongoUrl();
		const { client, log } = await connect({ url, timeoutMillis: 1000 });
		test.after(() => client.close());
		const opened = once(client, "open");
		const look = { connectionId: "stuck", awaited: false };
		client.emit("serverHeartbeatStarted", look as never);
		await opened;
		assert.equal(await log.countDocuments(), 0);
	});

	it("that never ends is none of a client that was closed", async () => {
		const url = await freshMongoUrl();
		const { client, log } = await connect({ url, timeoutMillis: 1000 });
		const closing = once(client, "topologyClosed");
		const look = { connectionId: "stuck", awaited: false };
		client.emit("serverHeartbeatStarted", look as never);
		await closing;
		await client.close();
		await assert.rejects(log.countDocuments());
	});
});
