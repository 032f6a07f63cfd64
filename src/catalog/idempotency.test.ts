import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import { NO_AUTH_PRINCIPAL } from "../model/principal.ts";
import type { Change } from "../store/changes.ts";
import { type Store, StoreUnavailable } from "../store/contract.ts";
import { commitTable } from "./commitTable.ts";
import { type OnceRequest, runOnce } from "./idempotency.ts";
import type { IdempotencySlot } from "./idempotencySlot.ts";
import { loadTable } from "./loadTable.ts";
import { createNamespace } from "./namespaces.ts";
import { rebuildTable } from "./rebuild.ts";
import type { Answer } from "./recordedAnswers.ts";

const KEY = "0190aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
const TABLE = at("a", "t");

function codeIs(code: ErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

function requestFor(
	{ deps, scope }: TestCatalog,
	given: Partial<OnceRequest> = {},
): OnceRequest {
	return {
		principal: NO_AUTH_PRINCIPAL,
		operation: "updateTable",
		target: "a/t",
		key: KEY,
		bodyHash: "hash",
		rebuild: rebuildTable(deps, scope),
		...given,
	};
}

/** A commit that has another effect each time it runs. */
function commitOf(catalog: TestCatalog, runs: { count: number }) {
	return async (slot: IdempotencySlot): Promise<Answer> => {
		runs.count++;
		const { body, etag } = await commitTable(
			catalog.deps,
			{ ...catalog.scope, slot },
			TABLE,
			{
				requirements: [],
				updates: [
					{ action: "set-properties", updates: { runs: String(runs.count) } },
				],
			},
		);
		return { status: 200, body, etag };
	};
}

async function commitsTo({ deps, scope }: TestCatalog): Promise<number> {
	const loaded = await loadTable(deps, scope, TABLE, {});
	assert(loaded !== "not-modified");
	return metadataOf(loaded)["metadata-log"].length;
}

test("the same key sixteen times at once has one effect and one answer", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const answers = await Promise.all(
		Array.from({ length: 16 }, () =>
			runOnce(catalog.deps, requestFor(catalog), commitOf(catalog, runs)),
		),
	);
	assert.equal(runs.count, 1);
	assert.equal(await commitsTo(catalog), 1);
	for (const answer of answers) {
		assert.equal(String(answer.body), String(answers[0]?.body));
		assert.equal(answer.etag, answers[0]?.etag);
	}
});

test("two servers with the same key at once have one effect", async () => {
	const catalog = await openTestCatalog();
	const other = { ...catalog, deps: catalog.secondServer() };
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const answers = await Promise.all(
		[catalog, other].map((server) =>
			runOnce(server.deps, requestFor(server), commitOf(server, runs)),
		),
	);
	assert.equal(runs.count, 2);
	assert.equal(await commitsTo(catalog), 1);
	assert.equal(String(answers[0]?.body), String(answers[1]?.body));
	assert.equal((await filesIn(catalog.storage)).length, 2);
});

test("planted: without the record in the effect's change set there are two effects", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const apart = async (slot: IdempotencySlot): Promise<Answer> => {
		const answer = await commitOf(
			catalog,
			runs,
		)({
			record: () => [],
			applied: () => {},
		});
		slot.record({ kind: "empty" });
		return answer;
	};
	await Promise.all(
		[catalog, { ...catalog, deps: catalog.secondServer() }].map((server) =>
			runOnce(server.deps, requestFor(server), apart),
		),
	);
	assert.equal(await commitsTo(catalog), 2);
});

test("a key belongs to one operation, target, principal and body", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const run = commitOf(catalog, runs);
	await runOnce(catalog.deps, requestFor(catalog), run);
	const others: Partial<OnceRequest>[] = [
		{ operation: "dropTable" },
		{ target: "a/other" },
		{ bodyHash: "other" },
		{
			principal: {
				...NO_AUTH_PRINCIPAL,
				id: brandId("11111111-1111-4111-8111-111111111111"),
			},
		},
	];
	for (const other of others)
		await assert.rejects(
			runOnce(catalog.deps, requestFor(catalog, other), run),
			codeIs("idempotency-mismatch"),
		);
	assert.equal(runs.count, 1);
});

test("a key is free again after its time", async () => {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const run = commitOf(catalog, runs);
	await runOnce(catalog.deps, requestFor(catalog), run);
	catalog.moveClock(catalog.deps.limits.idempotencyLifetimeMillis + 1);
	await runOnce(catalog.deps, requestFor(catalog), run);
	await runOnce(catalog.deps, requestFor(catalog), run);
	assert.equal(runs.count, 2);
});

/** The same key at two servers at once, after the time of its first use. */
async function usedTwiceAgain(change: (store: Store) => Store) {
	const catalog = await openTestCatalog({ store: change });
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	const run = commitOf(catalog, runs);
	await runOnce(catalog.deps, requestFor(catalog), run);
	catalog.moveClock(catalog.deps.limits.idempotencyLifetimeMillis + 1);
	const servers = [catalog, { ...catalog, deps: catalog.secondServer() }];
	const answers = await Promise.all(
		servers.map((server) =>
			runOnce(server.deps, requestFor(server), commitOf(server, runs)),
		),
	);
	assert.equal(runs.count, 3, "both ran");
	const texts = new Set(answers.map(({ body }) => String(body)));
	return { effects: (await commitsTo(catalog)) - 1, answers: texts.size };
}

test("a key that is free again has one effect at two servers at once", async () => {
	const found = await usedTwiceAgain((store) => store);
	assert.deepEqual(found, { effects: 1, answers: 1 });
});

test("planted: whoever puts an expired record away by its key alone has a second effect", async () => {
	const careless = (store: Store): Store => ({
		...store,
		async apply(changes) {
			const [first, ...others] = changes;
			if (first?.op !== "update" || first.collection !== "idempotency")
				return await store.apply(changes);
			const { collection, key, value } = first;
			await store.apply([{ op: "delete", collection, key }]);
			const insert: Change = { op: "insert", collection, value };
			return await store.apply([insert, ...others]);
		},
	});
	const found = await usedTwiceAgain(careless);
	assert.deepEqual(found, { effects: 2, answers: 2 });
});

test("an error that would come again is recorded, 409 included", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope } = catalog;
	let runs = 0;
	const run = async (slot: IdempotencySlot): Promise<Answer> => {
		runs++;
		const request = { namespace: ["a"] };
		const result = await createNamespace(deps, { ...scope, slot }, request);
		return { status: 200, body: JSON.stringify(result) };
	};
	const request = requestFor(catalog, { operation: "createNamespace" });
	await createNamespace(deps, scope, { namespace: ["a"] });
	const expected = {
		code: "already-exists",
		message: "Namespace already exists: a",
	};
	await assert.rejects(runOnce(deps, request, run), expected);
	await assert.rejects(runOnce(deps, request, run), expected);
	assert.equal(runs, 1);
});

test("a failure that may pass is not recorded", async () => {
	const catalog = await openTestCatalog();
	const { deps } = catalog;
	const failures: Error[] = [
		new PangolinError("overloaded", "full"),
		new PangolinError("location-busy", "wait"),
		new StoreUnavailable("unknown", "lost"),
		new Error("a bug"),
	];
	for (const failure of failures)
		await assert.rejects(
			runOnce(deps, requestFor(catalog), () => Promise.reject(failure)),
			failure,
		);
	const answer = { status: 204, body: null };
	const { status } = await runOnce(
		deps,
		requestFor(catalog),
		async () => answer,
	);
	assert.equal(status, 204);
});

test("an answer without an effect is recorded too", async () => {
	const catalog = await openTestCatalog();
	let runs = 0;
	const run = async (): Promise<Answer> => {
		runs++;
		return { status: 200, body: `{"runs":${runs}}` };
	};
	const request = requestFor(catalog);
	const first = await runOnce(catalog.deps, request, run);
	const second = await runOnce(catalog.secondServer(), request, run);
	assert.deepEqual(second.body, first.body);
	assert.equal(runs, 1);
});

test("the same key after a lost reply gives the answer of the effect", async () => {
	let isLost = false;
	const catalog = await openTestCatalog({
		store: (store: Store) => ({
			...store,
			apply: async (changes) => {
				const result = await store.apply(changes);
				if (isLost) throw new StoreUnavailable("unknown", "the reply was lost");
				return result;
			},
			commits: {
				...store.commits,
				commits: async (...args) => {
					if (isLost) throw new StoreUnavailable("not-applied", "away");
					return store.commits.commits(...args);
				},
			},
		}),
	});
	await makeTable(catalog, TABLE);
	const runs = { count: 0 };
	isLost = true;
	await assert.rejects(
		runOnce(catalog.deps, requestFor(catalog), commitOf(catalog, runs)),
		codeIs("commit-state-unknown"),
	);
	isLost = false;
	const answer = await runOnce(
		catalog.deps,
		requestFor(catalog),
		commitOf(catalog, runs),
	);
	assert.equal(answer.status, 200);
	assert.equal(runs.count, 1);
	assert.equal(await commitsTo(catalog), 1);
});

test("a key must be a UUID", async () => {
	const catalog = await openTestCatalog();
	for (const key of ["", "x", `${KEY}0`, KEY.replaceAll("-", "")])
		await assert.rejects(
			runOnce(catalog.deps, requestFor(catalog, { key }), async () => ({
				status: 204,
				body: null,
			})),
			codeIs("bad-request"),
		);
});
