import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import type { LineAt, Located, Store } from "../contract.ts";
import { isListing } from "../entryKeys.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import type { Sentence } from "./case.ts";
import { CASES } from "./suite.ts";

/** Stores that break one sentence each. */
const BROKEN: readonly {
	readonly sentence: Sentence;
	readonly how: string;
	readonly breakIt: (store: Store) => Partial<Store>;
}[] = [
	{
		sentence: "W1",
		how: "applies what comes before a refused change",
		breakIt: (store) => ({
			async apply(changes) {
				for (const [change, each] of changes.entries()) {
					const result = await store.apply([each]);
					if (result.outcome === "refused")
						return { ...result, at: { ...result.at, change } };
				}
				return { outcome: "applied", commits: [] };
			},
		}),
	},
	{
		sentence: "L7",
		how: "forgets the versions of entries",
		breakIt: (store) => ({
			apply: (changes) =>
				store.apply(
					changes.map((change) =>
						change.op === "advance"
							? {
									...change,
									entries: change.entries.map((entry) =>
										entry.op === "require"
											? { op: "require", key: entry.key }
											: entry,
									),
								}
							: change,
					),
				),
		}),
	},
	{
		sentence: "R2",
		how: "sorts names by UTF-16 units",
		breakIt: (store) => ({
			entries: {
				...store.entries,
				names: async (at, filter, { after = "", limit }) =>
					(await store.entries.names(at, filter, { limit: 1e6 }))
						.toSorted((a, b) => (a < b ? -1 : 1))
						.filter((name) => name > after)
						.slice(0, limit),
			},
		}),
	},
	{
		sentence: "R4",
		how: "forgets the history of files",
		breakIt: (store) => ({
			entries: {
				...store.entries,
				namesMetadataFile: (location) =>
					store.entries.namesMetadataFile(location, Number.MAX_SAFE_INTEGER),
			},
		}),
	},
	{
		sentence: "R11",
		how: "sees what a ref shows after it saw the ref",
		breakIt: (store) => ({
			refs: {
				...store.refs,
				async locate(tenant, catalog, name, look) {
					if (look === undefined || isListing(look))
						return store.refs.locate(tenant, catalog, name, look);
					const located = await store.refs.locate(tenant, catalog, name);
					if (located === undefined) return undefined;
					const row = await store.entries.get(shownBy(located), look);
					return { ...located, seen: { key: look, row } };
				},
			},
		}),
	},
	{
		sentence: "R11",
		how: "lists what a ref shows after it saw the ref",
		breakIt: (store) => ({
			refs: {
				...store.refs,
				async locate(tenant, catalog, name, look) {
					if (look === undefined || !isListing(look))
						return store.refs.locate(tenant, catalog, name, look);
					const located = await store.refs.locate(tenant, catalog, name);
					if (located === undefined) return undefined;
					const at = shownBy(located);
					const names = await store.entries.names(at, look, look.page);
					return { ...located, listed: { of: look, names } };
				},
			},
		}),
	},
];

function shownBy({ ref: { tenant, line, number } }: Located): LineAt {
	return { tenant, line, number: number ?? undefined };
}

describe("the suite catches a store that", () => {
	for (const { sentence, how, breakIt } of BROKEN) {
		it(how, async () => {
			const openEmpty = async () => {
				const store = openMemoryStore();
				return { ...store, ...breakIt(store) };
			};
			const fresh = (prefix: string) => `${prefix}-${randomUUID()}`;
			const failed = new Set<Sentence>();
			for (const each of CASES) {
				try {
					await each.run(await openEmpty(), { fresh, openEmpty });
				} catch (error) {
					assert.ok(error instanceof assert.AssertionError, String(error));
					failed.add(each.sentence);
				}
			}
			assert.ok(failed.has(sentence), `caught by ${[...failed].join(", ")}`);
		});
	}
});
