import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { openTestCatalog } from "../../../../test/support/catalog.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../../test/support/property.ts";
import type { Store } from "../../../store/contract.ts";
import { openMemoryStore } from "../../../store/memory/memoryStore.ts";
import { openMemoryMover } from "../../../store/memory/moving.ts";
import type { MovedRow } from "../../../store/moving.ts";
import { emptyState, type State } from "../../../store/rules/state.ts";
import { openSqliteMover } from "../../../store/sqlite/mover.ts";
import { compare } from "./comparing.ts";
import type { Drawn } from "./operations.ts";
import { operations } from "./operations.ts";

/**
 * A catalog that moves to another store again and again, from memory to a SQLite
 * file and back, while random operations go on.
 */

const STEPS = 30;
/** Changes between one move and the next. */
const STAY = 4;

const folder = mkdtempSync(join(tmpdir(), "pangolin-moving-refs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

type Break = (row: MovedRow) => MovedRow;

async function movedOn(from: State, breakIt: Break): Promise<State> {
	const path = join(folder, `${files++}.db`);
	const middle = openSqliteMover(path);
	const rows = openMemoryMover(from).dump(undefined);
	const first = await middle.load(undefined, rows);
	assert.equal(first.outcome, "loaded");
	const to = emptyState();
	const second = await openMemoryMover(to).load(
		undefined,
		changed(middle.dump(undefined), breakIt),
	);
	assert.deepEqual(second, first);
	rmSync(path);
	return to;
}

async function* changed(rows: AsyncIterable<MovedRow>, breakIt: Break) {
	for await (const row of rows) yield breakIt(row);
}

/** A store that moves before each STAY-th change; `moves` counts them. */
function openTraveller(moves: { count: number }, breakIt: Break): Store {
	let state = emptyState();
	let changes = 0;
	const at = () => openMemoryStore(state);
	const role = <Role extends keyof Store>(name: Role): Store[Role] =>
		new Proxy({} as Store[Role] & object, {
			get: (_, method) => Reflect.get(Object(at()[name]), method),
		});
	return {
		description: "a store that moves",
		registry: role("registry"),
		refs: role("refs"),
		entries: role("entries"),
		commits: role("commits"),
		drops: role("drops"),
		merges: role("merges"),
		claims: role("claims"),
		history: role("history"),
		work: role("work"),
		async apply(set) {
			if (++changes % STAY === 0) {
				state = await movedOn(state, breakIt);
				moves.count++;
			}
			return at().apply(set);
		},
		ping: async () => undefined,
		close: async () => undefined,
	};
}

/** What the model says of a catalog on a store: nothing, or where it differs. */
async function saidOf(
	openStore: () => Store,
	drawn: readonly Drawn[],
): Promise<string> {
	try {
		await compare(await openTestCatalog({ openStore }), drawn);
		return "";
	} catch (error) {
		if (error instanceof assert.AssertionError) return error.message;
		throw error;
	}
}

/** To the model, moving or not makes no difference; whether the model is right is its own test's matter. */
function sameWhileMoving(moves: { count: number }, breakIt: Break) {
	return fc.asyncProperty(operations(STEPS), async (drawn) => {
		const said = await saidOf(() => openTraveller(moves, breakIt), drawn);
		assert.equal(said, await saidOf(openMemoryStore, drawn));
	});
}

describe("a catalog that moves on all the time", () => {
	it("is no other to the model than one that stays", async () => {
		const moves = { count: 0 };
		await checkProperty(
			sameWhileMoving(moves, (row) => row),
			{ runs: 10 },
		);
		assert.ok(moves.count > 10, `${moves.count} moves`);
	});

	const BROKEN: readonly [string, Break][] = [
		[
			"what commits merged",
			(row) =>
				row.part === "commit"
					? { ...row, commit: { ...row.commit, mergedParents: [] } }
					: row,
		],
		[
			"where branches forked",
			(row) =>
				row.part === "line" && row.value.parent !== null
					? {
							...row,
							value: {
								...row.value,
								parent: { ...row.value.parent, number: 1 },
							},
						}
					: row,
		],
	];
	for (const [what, breakIt] of BROKEN)
		it(`is seen to lose ${what}`, async () => {
			const broken = sameWhileMoving({ count: 0 }, breakIt);
			await assertFindsPlanted(broken, { runs: 300 });
		});
});
