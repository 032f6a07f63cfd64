import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { openTestCatalog } from "../../../../test/support/catalog.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../../test/support/property.ts";
import { runsOn, STORES } from "../../../../test/support/refs.ts";
import type { Store } from "../../../store/contract.ts";
import { compare } from "./comparing.ts";
import { operations } from "./operations.ts";

/** How long the drawn histories are; see also PROPERTY_RUNS. */
const STEPS = Number(process.env.MODEL_STEPS ?? 40);

type Open = () => Store | Promise<Store>;

function sameAsCopies(open: Open, breakIt?: (store: Store) => Partial<Store>) {
	return fc.asyncProperty(operations(STEPS), async (drawn) => {
		const catalog = await openTestCatalog({
			openStore: open,
			store: (store) => ({ ...store, ...breakIt?.(store) }),
		});
		try {
			await compare(catalog, drawn);
		} finally {
			await catalog.store.close();
		}
	});
}

describe("a catalog with branches and tags is as if each were a copy", () => {
	for (const [name, open] of STORES)
		it(name, () =>
			checkProperty(sameAsCopies(open), { runs: runsOn(name, 25) }),
		);
});

describe("the comparison catches a store that", () => {
	const BROKEN: readonly [string, (store: Store) => Partial<Store>][] = [
		[
			"shows the head where an older number was asked for",
			({ entries }) => ({
				entries: {
					...entries,
					get: ({ tenant, line }, key) => entries.get({ tenant, line }, key),
				},
			}),
		],
		[
			"lets a branch begin one commit too early",
			(store) => ({
				apply: (changes) =>
					store.apply(
						changes.map((change) => {
							if (change.op !== "insert" || change.collection !== "line")
								return change;
							const { parent } = change.value;
							const number = Math.max(0, (parent?.number ?? 0) - 1);
							const earlier = parent && { ...parent, number };
							return { ...change, value: { ...change.value, parent: earlier } };
						}),
					),
			}),
		],
		[
			"does not see that refs share a table",
			({ entries }) => ({
				entries: {
					...entries,
					refsShowing: async () => [],
				},
			}),
		],
	];
	const [, open] = STORES[0] ?? [];
	for (const [how, breakIt] of BROKEN)
		it(how, async () => {
			assert.ok(open !== undefined);
			await assertFindsPlanted(sameAsCopies(open, breakIt), { runs: 100 });
		});
});
