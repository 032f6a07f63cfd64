import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openEmptyPostgres } from "../../../test/support/emptyPostgres.ts";
import { openEmptyMongo } from "../../../test/support/mongo/emptyMongo.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../test/support/property.ts";
import type { Store } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import type { Line } from "../records.ts";
import { openSqliteStore } from "../sqlite/sqliteStore.ts";
import type { Drawn } from "./commands.ts";
import { changeSetsUpTo } from "./commands.ts";
import { readEverything } from "./readings.ts";
import { BASE, resolve, withCommitIds } from "./resolve.ts";

/** Change sets that are applied to all stores, in histories of up to `MODEL_STEPS`; `MODEL_OPERATIONS=20000` is the long run. */
const OPERATIONS = Number(process.env.MODEL_OPERATIONS ?? 60);
const STEPS = Number(process.env.MODEL_STEPS ?? 30);
const HISTORIES_AT_ONCE = 5;

type Open = () => Promise<Store>;

const sqliteInMemory: Open = async () => openSqliteStore({ path: ":memory:" });

/** Applies the same sets to some stores and to the memory store and compares all they say. */
async function compare(
	opens: readonly Open[],
	drawnSets: readonly Drawn[][],
): Promise<void> {
	const model = openMemoryStore();
	const stores = await Promise.all(opens.map((open) => open()));
	// Plain objects: fast-check's have no prototype, which a comparison would see.
	const sets = structuredClone(drawnSets);
	try {
		for (const [index, drawn] of [undefined, ...sets].entries()) {
			const changes = drawn === undefined ? BASE : await resolve(model, drawn);
			const set = withCommitIds(changes, index);
			const expected = await model.apply(set);
			await all(stores, (store) => store.apply(set), expected);
		}
		await all(stores, readEverything, await readEverything(model));
	} finally {
		await Promise.all(stores.map((store) => store.close()));
	}
}

/** Asks all stores at once. */
async function all(
	stores: readonly Store[],
	ask: (store: Store) => Promise<unknown>,
	expected: unknown,
): Promise<void> {
	const answers = await Promise.all(stores.map(ask));
	for (const [i, { description }] of stores.entries())
		assert.deepEqual(
			{ [description]: answers[i] },
			{ [description]: expected },
		);
}

function sameAsMemory(...opens: readonly Open[]) {
	return fc.asyncProperty(changeSetsUpTo(STEPS), (sets) =>
		compare(opens, sets),
	);
}

describe("the memory store and others give the same answers", () => {
	it("SQLite, PostgreSQL and MongoDB, side by side", async (test) => {
		const opens = [sqliteInMemory, openEmptyPostgres, openEmptyMongo];
		let [histories, operations] = [0, 0];
		const property = fc.asyncProperty(changeSetsUpTo(STEPS), async (sets) => {
			await compare(opens, sets);
			histories++;
			operations += sets.length;
		});
		const first = randomInt(2 ** 31);
		for (let seed = first; operations < OPERATIONS; seed++)
			await checkProperty(property, { runs: HISTORIES_AT_ONCE, seed });
		test.diagnostic(
			`${operations} change sets in ${histories} histories, seeds from ${first}`,
		);
	});

	it("SQLite in memory", () =>
		checkProperty(sameAsMemory(sqliteInMemory), { runs: 300 }));

	it("SQLite in a file", async () => {
		const path = join(tmpdir(), `pangolin-model-${process.pid}.db`);
		const removeAll = () => {
			for (const end of ["", "-wal", "-shm", ".lock"])
				rmSync(path + end, { force: true });
		};
		const open = () => {
			removeAll();
			return openSqliteStore({ path });
		};
		await checkProperty(sameAsMemory(open), { runs: 15 });
		removeAll();
	});
});

/** Says of a line that it has its filter, but reads without. */
function forgetFilters(store: Store): Partial<Store> {
	const filters = new Map<string, Line["filter"]>();
	return {
		async apply(changes) {
			const lines = changes.filter(
				(change) => change.op === "insert" && change.collection === "line",
			);
			const result = await store.apply(
				changes.map((change) =>
					change.op === "insert" && change.collection === "line"
						? { ...change, value: { ...change.value, filter: null } }
						: change,
				),
			);
			for (const { value } of result.outcome === "applied" ? lines : [])
				filters.set(`${value.tenant} ${value.id}`, value.filter);
			return result;
		},
		refs: {
			...store.refs,
			async line(tenant, id) {
				const line = await store.refs.line(tenant, id);
				return (
					line && { ...line, filter: filters.get(`${tenant} ${id}`) ?? null }
				);
			},
		},
	};
}

describe("the comparison catches a store that", () => {
	const BROKEN: readonly [string, (store: Store) => Partial<Store>][] = [
		[
			"shows the head where an older number was asked for",
			(store) => ({
				entries: {
					...store.entries,
					get: ({ tenant, line }, key) =>
						store.entries.get({ tenant, line }, key),
				},
			}),
		],
		["forgets the filter of a partial branch", forgetFilters],
		[
			"forgets that an entry was required",
			(store) => ({
				apply: (changes) =>
					store.apply(
						changes.map((change) =>
							change.op === "advance"
								? {
										...change,
										entries: change.entries.filter(
											(entry) => entry.op !== "require",
										),
									}
								: change,
						),
					),
			}),
		],
	];
	for (const [how, breakIt] of BROKEN) {
		it(how, async () => {
			const open = async () => {
				const store = openMemoryStore();
				return { ...store, ...breakIt(store) };
			};
			await assertFindsPlanted(sameAsMemory(open), { runs: 300 });
		});
	}
});
