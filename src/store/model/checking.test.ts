import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { checkProperty } from "../../../test/support/property.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { ChangeSet } from "../changes.ts";
import { checkRows } from "../checking/checkRows.ts";
import type { Store } from "../contract.ts";
import { keyText } from "../entryKeys.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import { emptyState } from "../rules/state.ts";
import { changeSets, type Drawn, LINES } from "./commands.ts";
import { BASE, resolve, withCommitIds } from "./resolve.ts";

/** As use cases do: an asset has one name, and what a line inherits stays the same. */
function asUsed(drawn: readonly Drawn[]): Drawn[] {
	return drawn
		.filter(
			(each) =>
				!("change" in each) ||
				each.change.op !== "update" ||
				each.change.collection !== "line",
		)
		.map((each) => {
			if (!("advance" in each)) return each;
			const entries = each.entries.map((entry) => {
				const id = brandId<never>(`${entry.entry.id} ${keyText(entry.key)}`);
				return { ...entry, entry: { ...entry.entry, id } };
			});
			return { ...each, entries };
		});
}

const step = fc.oneof(
	{ weight: 3, arbitrary: changeSets.map((sets) => ({ sets, limit: 0 })) },
	{
		weight: 1,
		arbitrary: fc
			.integer({ min: 1, max: 4 })
			.map((limit) => ({ sets: [], limit })),
	},
);

/** Forgets rows that expired, and with `lines` begins with those that nothing needs. */
async function forget(store: Store, limit: number): Promise<void> {
	const tenant = brandId<TenantId>("t0");
	for (const line of LINES.map((id) => brandId<LineId>(id))) {
		const ended = { fromMicros: 0, toMicros: 99 };
		const rows = await store.history.expired(tenant, line, ended, limit);
		const { toMicros } = ended;
		await store.apply([{ op: "forget", tenant, line, rows, toMicros }]);
		await store.apply([{ op: "forgetLine", tenant, line, limit }]);
	}
}

describe("what the contract lets a store become", () => {
	it("is sound to the check of rows, whatever was changed and forgotten", () =>
		checkProperty(
			fc.asyncProperty(fc.array(step, { maxLength: 4 }), async (steps) => {
				const state = emptyState();
				const store = openMemoryStore(state);
				const mover = openMemoryMover(state);
				let made = 0;
				const apply = async (changes: ChangeSet) => {
					await store.apply(withCommitIds(changes, made++));
					const problems = await checkRows(mover.dump(undefined));
					assert.deepEqual(problems, [], JSON.stringify(changes));
				};
				await apply(BASE);
				for (const { sets, limit } of steps) {
					for (const drawn of sets)
						await apply(await resolve(store, asUsed(drawn)));
					if (limit > 0) await forget(store, limit);
					await apply([]);
				}
			}),
			{ runs: 60 },
		));
});
