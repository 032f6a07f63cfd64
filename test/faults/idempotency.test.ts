import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { type App, createApp } from "../../src/app.ts";
import { temporaryFolder } from "../support/folders.ts";
import {
	type Answer,
	createNamespace,
	createTableBody,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
	tableView,
} from "./support/client.ts";

const PARALLEL = 16;
const KEY = "0190a4d5-7d2c-7c7a-8f00-1a2b3c4d5e6f";
const OTHER_KEY = "0190a4d5-7d2c-7c7a-8f00-1a2b3c4d5e70";
const LIFETIME_SECS = 60;

/** An app on a file whose clock the test moves. */
interface Timed {
	readonly send: Send;
	passSeconds(seconds: number): void;
	restart(): Promise<void>;
}

async function timedApp(test: TestContext): Promise<Timed> {
	const dataDir = temporaryFolder(test);
	let millis = Date.UTC(2027, 0, 1);
	const open = () =>
		createApp(
			{
				dataDir,
				noAuth: true,
				logLevel: "silent",
				idempotencyLifetimeSecs: LIFETIME_SECS,
			},
			{ clock: () => millis },
		);
	let app = await open();
	test.after(() => app.close());
	const prefix = await prefixOf(app);
	const send: Send = async (method, path, body, headers) => {
		const answer = await app.inject({
			method: method as "POST",
			url: `/v1/${prefix}${path}`,
			headers: {
				host: "127.0.0.1:8080",
				"content-type": "application/json",
				...headers,
			},
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
		return {
			status: answer.status,
			text: answer.body,
			headers: undefined,
		};
	};
	await createNamespace(send);
	return {
		send,
		passSeconds(seconds) {
			millis += seconds * 1000;
		},
		async restart() {
			await app.close();
			app = await open();
		},
	};
}

async function prefixOf(app: App): Promise<string> {
	const config = await app.inject({
		method: "GET",
		url: "/v1/config?warehouse=default",
		headers: { host: "127.0.0.1:8080" },
	});
	const { overrides } = JSON.parse(config.body) as {
		overrides: { prefix: string };
	};
	return overrides.prefix;
}

function withKey(key: string): Readonly<Record<string, string>> {
	return { "idempotency-key": key };
}

/** How many commits a table has behind it. */
async function commitsOf(send: Send, table: string): Promise<number> {
	const { text } = await succeed(send("GET", `${TABLES}/${table}`));
	const { metadata } = JSON.parse(text) as {
		metadata: { "metadata-log"?: readonly unknown[] };
	};
	return metadata["metadata-log"]?.length ?? 0;
}

/** The same commit many times at once. */
function together(
	send: Send,
	headers: (i: number) => Readonly<Record<string, string>>,
): Promise<Answer[]> {
	return Promise.all(
		Array.from({ length: PARALLEL }, (_, i) =>
			send("POST", `${TABLES}/t`, propertyCommit("same"), headers(i)),
		),
	);
}

async function withTable(test: TestContext): Promise<Timed> {
	const timed = await timedApp(test);
	for (const name of ["t", "u"]) {
		await succeed(timed.send("POST", TABLES, createTableBody(name)));
	}
	return timed;
}

describe("F17: an Idempotency-Key", () => {
	it("sent many times at once has one effect and one answer", async (test) => {
		const { send } = await withTable(test);
		const answers = await together(send, () => withKey(KEY));
		assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
		assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
		assert.equal(await commitsOf(send, "t"), 1);
	});

	it("of its own for each request has an effect each: what counts is the key", async (test) => {
		const { send } = await withTable(test);
		let value = 0;
		for (const key of [KEY, OTHER_KEY]) {
			value += 1;
			const body = propertyCommit(`${value}`);
			await succeed(send("POST", `${TABLES}/t`, body, withKey(key)));
		}
		assert.equal(await commitsOf(send, "t"), 2);
	});

	it("creates a table once, however often it is asked", async (test) => {
		const { send } = await timedApp(test);
		const create = () =>
			send("POST", TABLES, createTableBody("new"), withKey(KEY));
		const answers = await Promise.all(Array.from({ length: PARALLEL }, create));
		assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
		const uuids = answers.map((answer) => tableView(answer).uuid);
		assert.equal(new Set(uuids).size, 1);
		const plain = await send("POST", TABLES, createTableBody("new"));
		assert.equal(plain.status, 409);
	});

	it("is refused for another body, table or operation, without an effect", async (test) => {
		const { send } = await withTable(test);
		const commit = propertyCommit("first");
		await succeed(send("POST", `${TABLES}/t`, commit, withKey(KEY)));
		const others: readonly (readonly [string, string, unknown])[] = [
			["POST", `${TABLES}/t`, propertyCommit("second")],
			["POST", `${TABLES}/u`, commit],
			["DELETE", `${TABLES}/t`, undefined],
		];
		for (const [method, path, body] of others) {
			const answer = await send(method, path, body, withKey(KEY));
			assert.ok([400, 422].includes(answer.status), `${answer.status}`);
		}
		assert.equal(await commitsOf(send, "t"), 1);
		assert.equal(await commitsOf(send, "u"), 0);
	});

	it("is known after a restart", async (test) => {
		const { send, restart } = await withTable(test);
		const again = () =>
			send("POST", `${TABLES}/t`, propertyCommit("kept"), withKey(KEY));
		const first = await succeed(again());
		await restart();
		const second = await succeed(again());
		assert.equal(second.text, first.text);
		assert.equal(await commitsOf(send, "t"), 1);
	});

	it("answers a drop again instead of not finding the table", async (test) => {
		const { send } = await withTable(test);
		const drop = () => send("DELETE", `${TABLES}/t`, undefined, withKey(KEY));
		assert.equal((await drop()).status, 204);
		assert.equal((await drop()).status, 204);
		assert.equal((await send("DELETE", `${TABLES}/t`)).status, 404);
	});

	it("does not keep a failure: the retry may succeed", async (test) => {
		const { send } = await timedApp(test);
		const commit = () =>
			send("POST", `${TABLES}/late`, propertyCommit("x"), withKey(KEY));
		assert.equal((await commit()).status, 404);
		await succeed(send("POST", TABLES, createTableBody("late")));
		const again = await commit();
		assert.ok(again.status === 200 || again.status === 404);
		const fresh = await send(
			"POST",
			`${TABLES}/late`,
			propertyCommit("x"),
			withKey(OTHER_KEY),
		);
		assert.equal(fresh.status, 200);
	});

	it("may be used anew once it expired, not before", async (test) => {
		const { send, passSeconds } = await withTable(test);
		const commit = (value: string) =>
			send("POST", `${TABLES}/t`, propertyCommit(value), withKey(KEY));
		await succeed(commit("first"));
		passSeconds(LIFETIME_SECS - 1);
		await succeed(commit("first"));
		assert.equal(await commitsOf(send, "t"), 1);
		passSeconds(2);
		await succeed(commit("second"));
		assert.equal(await commitsOf(send, "t"), 2);
	});

	it("left out is found: a request repeated without it has its effect again", async (test) => {
		const { send } = await withTable(test);
		const first = propertyCommit("one");
		for (const body of [first, propertyCommit("two"), first]) {
			await succeed(send("POST", `${TABLES}/t`, body));
		}
		assert.equal(await commitsOf(send, "t"), 3);
	});
});
