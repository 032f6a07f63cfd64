import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { randomFrom } from "./powerLoss/disk.ts";
import { createNamespace } from "./support/client.ts";
import {
	branch,
	branchDelete,
	branchRename,
	commit,
	create,
	drop,
	merge,
	mergeCompletion,
	rebase,
	rename,
	transaction,
	transactionInParts,
} from "./support/contentOperations.ts";
import {
	type FaultyServer,
	startFaultyServer,
} from "./support/faultyServer.ts";
import { type Operation, prepare } from "./support/operation.ts";
import { faultSeed, scaled } from "./support/scale.ts";
import { CALLS } from "./support/shim.ts";
import { revert, rollBack, undrop } from "./support/undoOperations.ts";

/**
 * The process is killed at a system call that changes the disk, the N-th of an
 * operation. Between two such calls nothing durable changes, so this covers a
 * kill at every await of the operation.
 */
const KILLS_PER_OPERATION = scaled(7);

/** States that were found after a kill, and those that may be found. */
interface Outcome {
	readonly found: Set<string>;
	readonly allowed: readonly string[];
}

async function killAtSampledCalls(
	test: TestContext,
	operation: Operation,
): Promise<Outcome> {
	const seed = faultSeed();
	test.diagnostic(`FAULT_SEED=${seed}`);
	const random = randomFrom(seed);
	const server = await startFaultyServer(test);
	await createNamespace(server.send);
	const { calls, allowed } = await rehearse(server, operation);
	const found = new Set<string>();
	for (let i = 0; i < KILLS_PER_OPERATION; i++) {
		const share = (i + random()) / KILLS_PER_OPERATION;
		const nth = 1 + Math.floor(share * calls);
		const name = `killed-${i}`;
		await prepare(server.send, operation, name);
		server.faults.arm({ calls: CALLS.any, nth, action: "kill" });
		await operation.run(server.send, name);
		await server.restart();
		const state = await operation.state(server.send, name);
		test.diagnostic(`killed at call ${nth} of ${calls}: ${state}`);
		found.add(state);
	}
	return { found, allowed };
}

/** Runs the operation undisturbed, to know its states and how many calls it makes. */
async function rehearse(
	server: FaultyServer,
	operation: Operation,
): Promise<{ calls: number; allowed: readonly string[] }> {
	await prepare(server.send, operation, "rehearsed");
	const before = await operation.state(server.send, "rehearsed");
	server.faults.arm({ calls: CALLS.any, nth: 1_000_000, action: "kill" });
	await operation.run(server.send, "rehearsed");
	const calls = server.faults.seen();
	server.faults.disarm();
	const after = await operation.state(server.send, "rehearsed");
	assert.notEqual(before, after);
	assert.ok(calls > 3, `the operation changes the disk (${calls} calls)`);
	return { calls, allowed: [before, after] };
}

describe("F18 F19: a kill in the middle", () => {
	const operations = {
		...{ commit, transaction, rename, drop, create },
		...{ branch, branchRename, branchDelete },
		...{ undrop, revert, rollBack },
		...{ merge, mergeCompletion, rebase },
	};
	for (const [name, operation] of Object.entries(operations)) {
		it(`of a ${name} leaves all of it or nothing`, async (test) => {
			const { found, allowed } = await killAtSampledCalls(test, operation);
			const others = [...found].filter((state) => !allowed.includes(state));
			assert.deepEqual(others, []);
		});
	}

	it("is found where a transaction is done in parts", async (test) => {
		const { found, allowed } = await killAtSampledCalls(
			test,
			transactionInParts,
		);
		assert.ok([...found].some((state) => !allowed.includes(state)));
	});
});
