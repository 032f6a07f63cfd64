import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { randomFrom } from "./powerLoss/disk.ts";
import {
	createNamespace,
	createTableBody,
	NAMESPACE,
	propertyCommit,
	type Send,
	succeed,
	TABLES,
} from "./support/client.ts";
import {
	type FaultyServer,
	startFaultyServer,
} from "./support/faultyServer.ts";
import { type Operation, written } from "./support/operation.ts";
import { faultSeed, scaled } from "./support/scale.ts";
import { CALLS } from "./support/shim.ts";
import { revert, rollBack, undrop } from "./support/undoOperations.ts";

/**
 * The process is killed at a system call that changes the disk, the N-th of an
 * operation. Between two such calls nothing durable changes, so this covers a
 * kill at every await of the operation.
 */
const KILLS_PER_OPERATION = scaled(7);

const commit: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", `${TABLES}/${name}-0`, propertyCommit("new"));
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

const transaction: Operation = {
	tables: 3,
	run: async (send, name) => {
		await send("POST", "/transactions/commit", {
			"table-changes": [0, 1, 2].map((i) => ({
				identifier: { namespace: [NAMESPACE], name: `${name}-${i}` },
				...(propertyCommit("new") as object),
			})),
		});
	},
	state: (send, name) =>
		written(
			send,
			[0, 1, 2].map((i) => `${name}-${i}`),
		),
};

/** The planted bug: several tables, but each on its own. */
const transactionInParts: Operation = {
	...transaction,
	run: async (send, name) => {
		for (const i of [0, 1, 2]) {
			await send("POST", `${TABLES}/${name}-${i}`, propertyCommit("new"));
		}
	},
};

const rename: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", "/tables/rename", {
			source: { namespace: [NAMESPACE], name: `${name}-0` },
			destination: { namespace: [NAMESPACE], name: `${name}-moved` },
		});
	},
	state: (send, name) => written(send, [`${name}-0`, `${name}-moved`]),
};

const drop: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("DELETE", `${TABLES}/${name}-0`);
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

const create: Operation = {
	tables: 0,
	run: async (send, name) => {
		await send("POST", TABLES, createTableBody(`${name}-0`));
	},
	state: (send, name) => written(send, [`${name}-0`]),
};

/** The management routes, seen from the catalog's: `fetch` resolves the dots. */
const BRANCHES = "/../../api/v1/branches";

const branch: Operation = {
	tables: 1,
	run: async (send, name) => {
		await send("POST", BRANCHES, { name });
	},
	state: (send, name) => branched(send, [name]),
};

const branchRename: Operation = {
	tables: 1,
	prepare: async (send, name) => {
		await succeed(send("POST", BRANCHES, { name }));
	},
	run: async (send, name) => {
		const change = { name: `${name}-moved`, protected: true };
		await send("PUT", `${BRANCHES}/${name}`, change);
	},
	state: (send, name) => branched(send, [name, `${name}-moved`]),
};

const branchDelete: Operation = {
	...branchRename,
	run: async (send, name) => {
		await send("DELETE", `${BRANCHES}/${name}`);
	},
};

/** Of each branch: what is said of it, and whether it shows the table made before it. */
async function branched(send: Send, names: readonly string[]): Promise<string> {
	const found: string[] = [];
	for (const name of names) {
		const table = `${TABLES}/${name.replace("-moved", "")}-0?branch=${name}`;
		const shown = await send("GET", `${BRANCHES}/${name}`);
		const { status } = await send("GET", table);
		const isProtected = shown.text.includes('"protected":true');
		found.push(`${shown.status} ${isProtected} ${status}`);
	}
	return found.join(", ");
}

/** A branch of three tables: one is changed there and on `main`, one is changed there, one dropped. */
async function diverge(send: Send, name: string): Promise<void> {
	await succeed(send("POST", BRANCHES, { name }));
	const at = (i: number): string => `${TABLES}/${name}-${i}@${name}`;
	await succeed(send("POST", at(0), propertyCommit("new")));
	await succeed(send("POST", at(1), propertyCommit("new")));
	await succeed(send("DELETE", at(2)));
	const updates = [{ action: "set-properties", updates: { other: "main" } }];
	const change = { requirements: [], updates };
	await succeed(send("POST", `${TABLES}/${name}-0`, change));
}

const merge: Operation = {
	tables: 3,
	prepare: diverge,
	run: async (send, name) => {
		await send("POST", `${BRANCHES}/merge`, { source_branch: name });
	},
	state: async (send, name) =>
		`${await merged(send, name, "main")} ${(await mergesOf(send, name)).map(({ status }) => status)}`,
};

const mergeCompletion: Operation = {
	...merge,
	prepare: async (send, name) => {
		await diverge(send, name);
		const clash = propertyCommit("old");
		await succeed(send("POST", `${TABLES}/${name}-1`, clash));
		await send("POST", `${BRANCHES}/merge`, { source_branch: name });
		const [operation] = await mergesOf(send, name);
		const url = `${MERGES}/${operation?.id}/conflicts`;
		const { text } = await succeed(send("GET", url));
		for (const { id } of JSON.parse(text)) {
			const resolve = `/../../api/v1/conflicts/${id}/resolve`;
			await succeed(send("POST", resolve, { strategy: "TakeSource" }));
		}
	},
	run: async (send, name) => {
		const [operation] = await mergesOf(send, name);
		await send("POST", `${MERGES}/${operation?.id}/complete`);
	},
};

const rebase: Operation = {
	...merge,
	run: async (send, name) => {
		await send("POST", `${BRANCHES}/${name}/rebase`, {});
	},
	state: (send, name) => merged(send, name, name),
};

const MERGES = "/../../api/v1/merge-operations";

async function mergesOf(
	send: Send,
	source: string,
): Promise<{ id: string; status: string }[]> {
	const url = "/../../api/v1/catalogs/default/merge-operations";
	const { text } = await succeed(send("GET", url));
	return JSON.parse(text).filter(
		(each: { source_branch: string }) => each.source_branch === source,
	);
}

/** What `diverge` changed, as a ref shows it. */
async function merged(send: Send, name: string, ref: string): Promise<string> {
	const names = [0, 1, 2].map((i) => `${name}-${i}@${ref}`);
	const first = await succeed(send("GET", `${TABLES}/${names[0]}`));
	return `${await written(send, names)} ${first.text.includes('"other":"main"')}`;
}

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

async function prepare(
	send: Send,
	operation: Operation,
	name: string,
): Promise<void> {
	for (let i = 0; i < operation.tables; i++) {
		await succeed(send("POST", TABLES, createTableBody(`${name}-${i}`)));
	}
	await operation.prepare?.(send, name);
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
