import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../../../test/support/postgres.ts";
import { startTcpProxy } from "../../../test/support/tcpProxy.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import { claimOf, insertTenant, type World } from "../conformance/world.ts";
import { StoreUnavailable } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import type { LoadResult, MovedRow, Part } from "../moving.ts";
import { emptyState } from "../rules/state.ts";
import { openPostgresMover } from "./mover.ts";
import { openPostgresStore } from "./postgresStore.ts";

/** Something of everything, of one tenant. */
async function filled(): Promise<{ world: World; rows: MovedRow[] }> {
	const state = emptyState();
	const world = await fullWorld(openMemoryStore(state), {
		fresh: (prefix) => `${prefix}-${randomUUID()}`,
		openEmpty: () => Promise.reject(new Error("one store")),
	});
	const rows = openMemoryMover(state).dump(undefined);
	return { world, rows: await Array.fromAsync(rows) };
}

async function* listed(rows: readonly MovedRow[]) {
	yield* rows;
}

/** Whether somebody in a database waits for a lock, of whatever kind. */
async function isSomebodyWaiting(
	port: number,
	database: string,
): Promise<boolean> {
	const waiting = `SELECT FROM pg_stat_activity
		WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
	return (await asAdmin(port, waiting)).length > 0;
}

/**
 * A server's change set that comes while a load is at the first row of a part,
 * whose rows before are written.
 */
async function raced(
	test: TestContext,
	part: Part,
	scopeOf: (world: World) => TenantId | undefined,
	changeOf: (world: World, rows: readonly MovedRow[]) => Change,
): Promise<{ loaded: LoadResult; outcome: string; left: MovedRow[] }> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const address = addressOf(port, database);
	const mover = openPostgresMover(address);
	const server = await openPostgresStore({ address });
	test.after(() => server.close());
	const { world, rows } = await filled();
	let answer: Promise<{ outcome: string }> | undefined;
	let isAnswered = false;
	async function* meeting() {
		for (const row of rows) {
			yield row;
			if (row.part !== part || answer !== undefined) continue;
			answer = server.apply([changeOf(world, rows)]);
			const seen = () => {
				isAnswered = true;
			};
			void answer.then(seen, seen);
			while (!isAnswered && !(await isSomebodyWaiting(port, database)))
				await setTimeout(5);
		}
	}
	const loaded = await mover.load(scopeOf(world), meeting());
	assert.ok(answer);
	const { outcome } = await answer;
	const left = await Array.fromAsync(mover.dump(world.tenant));
	return { loaded, outcome, left };
}

const claimInside = (world: World, rows: readonly MovedRow[]): Change => {
	const held = rows.find((row) => row.part === "claim");
	assert.ok(held?.part === "claim");
	const stranger = { ...world, tenant: brandId<TenantId>("stranger") };
	const claim = claimOf(stranger, `${held.claim.location}inside/`);
	return { op: "claim", claim };
};

describe("beside a server, a load into PostgreSQL", () => {
	const scopes = {
		"a tenant": ({ tenant }: World) => tenant,
		"a whole store": () => undefined,
	};
	for (const [what, scopeOf] of Object.entries(scopes)) {
		it(`of ${what} lets nobody claim what it claims`, async (test) => {
			const { loaded, outcome } = await raced(
				test,
				"garbage",
				scopeOf,
				claimInside,
			);
			assert.equal(loaded.outcome, "loaded");
			assert.equal(outcome, "refused");
		});

		it(`of ${what} lets nobody make what it makes`, async (test) => {
			const { loaded, outcome, left } = await raced(
				test,
				"warehouse",
				scopeOf,
				({ tenant }) => insertTenant(tenant),
			);
			assert.equal(loaded.outcome, "loaded");
			assert.equal(outcome, "refused");
			assert.equal(left.filter(({ part }) => part === "tenant").length, 1);
		});
	}

	it("of a tenant keeps no other one waiting before its claims", async (test) => {
		const { loaded, outcome } = await raced(
			test,
			"dropped",
			({ tenant }) => tenant,
			(world) => {
				const stranger = { ...world, tenant: brandId<TenantId>("stranger") };
				const claim = claimOf(stranger, "memory:///elsewhere/");
				return { op: "claim", claim };
			},
		);
		assert.equal(loaded.outcome, "loaded");
		assert.equal(outcome, "applied");
	});
});

describe("a load into PostgreSQL whose connection is lost", () => {
	/** @param after the last text that the client sends */
	async function cutAfter(test: TestContext, after: string) {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const proxy = await startTcpProxy(port);
		test.after(() => proxy.close());
		const { rows } = await filled();
		const direct = openPostgresMover(addressOf(port, database));
		const mover = openPostgresMover(addressOf(proxy.port, database));
		async function* cut() {
			proxy.cutAfter = after;
			proxy.mode = "cutReply";
			yield* rows;
		}
		const failure = await mover.load(undefined, cut()).catch((error) => error);
		assert.ok(failure instanceof StoreUnavailable, String(failure));
		assert.equal(proxy.cuts, 1);
		const dumped = () => Array.fromAsync(direct.dump(undefined));
		const again = () => direct.load(undefined, listed(rows));
		return { failure, dumped, again, rows };
	}

	it("at its commit is neither done nor failed, and is refused where it was done", async (test) => {
		const { failure, dumped, again, rows } = await cutAfter(test, "COMMIT");
		assert.equal(failure.outcome, "unknown");
		assert.match(failure.message, /run the same import again, .*refused if/);
		assert.deepEqual(await dumped(), rows);
		assert.equal((await again()).outcome, "refused");
	});

	it("before its commit is not done, and can be done again", async (test) => {
		const { failure, dumped, again, rows } = await cutAfter(
			test,
			"json_populate_recordset",
		);
		assert.equal(failure.outcome, "not-applied");
		assert.deepEqual(await dumped(), []);
		assert.equal((await again()).outcome, "loaded");
		assert.deepEqual(await dumped(), rows);
	});
});

describe("a load into PostgreSQL", () => {
	it("refuses what PostgreSQL cannot keep, and says so", async () => {
		const { port } = await sharedCluster();
		const database = await newDatabase(port);
		const mover = openPostgresMover(addressOf(port, database));
		const id = brandId<TenantId>("t");
		const value = { id, name: "a\0b", properties: {} };
		await assert.rejects(
			mover.load(undefined, listed([{ part: "tenant", value, version: 1 }])),
			{ code: "bad-request", message: /a row holds what PostgreSQL cannot/ },
		);
	});
});
