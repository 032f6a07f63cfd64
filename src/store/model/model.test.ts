import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openEmptyPostgres } from "../../../test/support/emptyPostgres.ts";
import { openEmptyMongo } from "../../../test/support/mongo/emptyMongo.ts";
import { checkProperty } from "../../../test/support/property.ts";
import type { Store } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import type { Line } from "../records.ts";
import { openSqliteStore } from "../sqlite/sqliteStore.ts";
import type { Drawn } from "./commands.ts";
import { changeSets } from "./commands.ts";
import { readEverything } from "./readings.ts";
import { BASE, resolve, withCommitIds } from "./resolve.ts";

/** Applies the same sets to a store and to the memory store and compares all they say. */
async function compare(
	store: Store,
	drawnSets: readonly Drawn[][],
): Promise<void> {
	const model = openMemoryStore();
	// Plain objects: fast-check's have no prototype, which a comparison would see.
	const sets = structuredClone(drawnSets);
	try {
		for (const [index, drawn] of [undefined, ...sets].entries()) {
			const changes = drawn === undefined ? BASE : await resolve(model, drawn);
			const set = withCommitIds(changes, index);
			const expected = await model.apply(set);
			assert.deepEqual(await store.apply(set), expected);
		}
		assert.deepEqual(await readEverything(store), await readEverything(model));
	} finally {
		await store.close();
	}
}

function sameAsMemory(open: () => Promise<Store>) {
	return fc.asyncProperty(changeSets, async (sets) =>
		compare(await open(), sets),
	);
}

describe("the memory store and another one give the same answers", () => {
	it("SQLite in memory", () =>
		checkProperty(
			sameAsMemory(() => openSqliteStore({ path: ":memory:" })),
			{ runs: 300 },
		));

	it("PostgreSQL", () =>
		checkProperty(
			sameAsMemory(() => openEmptyPostgres()),
			{ runs: 40 },
		));

	it("MongoDB", () =>
		checkProperty(
			sameAsMemory(() => openEmptyMongo()),
			{ runs: 25 },
		));

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
			await assert.rejects(checkProperty(sameAsMemory(open), { runs: 300 }));
		});
	}
});
