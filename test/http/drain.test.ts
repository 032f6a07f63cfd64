import assert from "node:assert/strict";
import { test } from "node:test";
import type { Store } from "../../src/store/contract.ts";
import { exchange, open, parse, received, request } from "./socket.ts";
import { testServer } from "./support.ts";

interface Held {
	readonly wrapStore: (store: Store) => Store;
	/** Resolves when a write has reached the store. */
	readonly reached: Promise<void>;
	release(): void;
	writes(): number;
}

/** A store whose writes wait until they are let go. */
function heldStore(): Held {
	const reached = Promise.withResolvers<void>();
	const released = Promise.withResolvers<void>();
	let count = 0;
	return {
		reached: reached.promise,
		release: () => released.resolve(),
		writes: () => count,
		wrapStore: (store) => ({
			...store,
			apply: async (changes) => {
				count++;
				reached.resolve();
				await released.promise;
				return store.apply(changes);
			},
		}),
	};
}

const JSON_TYPE = "Content-Type: application/json";
const BODY = '{"namespace":["late"]}';
const CREATE = request(
	"POST",
	"/v1/default/namespaces",
	[JSON_TYPE, "Connection: keep-alive", `Content-Length: ${BODY.length}`],
	BODY,
);

test("F21: a stop finishes what has begun, refuses what has not, and is clean", async (t) => {
	const held = heldStore();
	const server = await testServer({ wrapStore: held.wrapStore });
	t.after(() => server.http.close());
	const { port } = await server.http.listen(0, "127.0.0.1");
	const begun = exchange(port, CREATE);
	const half = await open(port);
	const halfAnswered = received(half);
	half.write(CREATE.slice(0, -4));
	await held.reached;

	const drained = server.http.drain();
	assert.equal(server.http.isReady(), false);
	half.write(CREATE.slice(-4));
	const refused = await exchange(port, CREATE);
	const halfRefused = parse(await halfAnswered);
	for (const answer of [refused, halfRefused]) {
		assert.equal(answer.status, 429);
		assert.equal(answer.headers.get("connection"), "close");
		assert.match(answer.headers.get("retry-after") ?? "", /^[1-9][0-9]*$/);
	}
	const ready = await exchange(port, request("GET", "/health/ready"));
	assert.equal(ready.status, 503);
	assert.equal(JSON.parse(ready.body).status, "draining");
	const live = await exchange(port, request("GET", "/health/live"));
	assert.equal(live.status, 200);

	held.release();
	const finished = await begun;
	assert.equal(finished.status, 200);
	assert.equal(finished.headers.get("connection"), "close");
	assert.equal(await drained, "clean");
	assert.equal(held.writes(), 1, "what was refused had no effect");
	await assert.rejects(open(port), { code: "ECONNREFUSED" });
});

test("F21: after the grace period the stop is not clean", async (t) => {
	const held = heldStore();
	const server = await testServer({
		wrapStore: held.wrapStore,
		limits: { drainGraceMillis: 30 },
	});
	t.after(() => server.http.close());
	const { port } = await server.http.listen(0, "127.0.0.1");
	const socket = await open(port);
	const answered = received(socket);
	socket.write(CREATE);
	await held.reached;
	assert.equal(await server.http.drain(), "cut");
	assert.equal(await answered, "");
	held.release();
});

test("a stop does not wait for idle connections or half requests", async () => {
	const server = await testServer();
	const { port } = await server.http.listen(0, "127.0.0.1");
	const idle = await open(port);
	const idleClosed = received(idle);
	const half = await open(port);
	const halfClosed = received(half);
	half.write("POST /v1/default/namespaces HTTP/1.1\r\nHost: local");
	assert.equal(await server.http.drain(), "clean");
	await idleClosed;
	await halfClosed;
	assert.equal(
		await server.http.drain(),
		"clean",
		"a second stop is the first one",
	);
	await server.http.close();
});

test("requests over the limits are refused with 429 before any effect, and the others finish", async () => {
	const held = heldStore();
	const server = await testServer({
		wrapStore: held.wrapStore,
		limits: { mutations: { concurrent: 1, queued: 1 } },
	});
	const create = (name: string) =>
		server.send("POST", "/v1/default/namespaces", { namespace: [name] });
	const first = create("a");
	await held.reached;
	const second = create("b");
	const third = await create("c");
	assert.equal(third.status, 429);
	assert.equal(third.headers["retry-after"], "1");
	held.release();
	assert.equal((await first).status, 200);
	assert.equal((await second).status, 200);
	const list = await server.send("GET", "/v1/default/namespaces");
	assert.deepEqual(list.json.namespaces, [["a"], ["b"], ["default"]]);
});

test("over the total limit everything but health is refused with 429", async () => {
	const held = heldStore();
	const server = await testServer({
		wrapStore: held.wrapStore,
		limits: { maxInFlight: 1 },
	});
	const first = server.send("POST", "/v1/default/namespaces", {
		namespace: ["a"],
	});
	await held.reached;
	assert.equal((await server.send("GET", "/v1/config")).status, 429);
	assert.equal((await server.send("GET", "/health/ready")).status, 200);
	held.release();
	assert.equal((await first).status, 200);
	assert.equal((await server.send("GET", "/v1/config")).status, 200);
});

test("large bodies together are bounded: one more is refused with 429 before it is read", async (t) => {
	const server = await testServer({ limits: { maxBodyBytes: 1_000_000 } });
	t.after(() => server.http.close());
	const { port } = await server.http.listen(0, "127.0.0.1");
	const big = ["Content-Length: 900000", JSON_TYPE];
	const slow = await open(port);
	slow.write(request("POST", "/v1/default/namespaces", big, "{"));
	// Its headers are read before the next connection's.
	await exchange(port, request("GET", "/health/live"));
	const refused = await exchange(
		port,
		request("POST", "/v1/default/namespaces", big, "{"),
	);
	assert.equal(refused.status, 429);
	const closed = received(slow);
	slow.destroy();
	await closed;
});
