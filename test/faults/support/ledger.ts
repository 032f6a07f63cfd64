import assert from "node:assert/strict";
import {
	advanceOf,
	createNamespace,
	namespaceKey,
	newWorld,
	type World,
} from "../../../src/store/conformance/world.ts";
import { type Store, StoreUnavailable } from "../../../src/store/contract.ts";

let made = 0;

/** A world of its own in a store that others may use too. */
export function openWorld(store: Store): Promise<World> {
	const fresh = (prefix: string) => `${prefix}-${process.pid}-${++made}`;
	const openEmpty = async () => {
		throw new Error("one store is enough here");
	};
	return newWorld(store, { fresh, openEmpty });
}

export type Said = "applied" | "not-applied" | "unknown";

/** What a store said of every commit, to compare it with what there is. */
export interface Ledger {
	/** Makes a namespace by a commit of its own, and notes the answer. */
	commit(store: Store): Promise<Said>;
	/**
	 * Nothing confirmed is missing, nothing excluded is there, the numbers are
	 * dense, and nothing was done twice.
	 */
	check(store: Store): Promise<void>;
	readonly said: ReadonlyMap<string, Said>;
}

export function openLedger(world: World): Ledger {
	const said = new Map<string, Said>();
	const { tenant, line } = world;
	return {
		said,
		async commit(store) {
			const name = world.tools.fresh("n");
			const answer = await answerOf(() =>
				store.apply([advanceOf(world, [createNamespace(world, name)])]),
			);
			said.set(name, answer);
			return answer;
		},
		async check(store) {
			for (const [name, answer] of said) {
				const row = await store.entries.get(
					{ tenant, line },
					namespaceKey(name),
				);
				if (answer === "unknown") continue;
				assert.equal(
					row !== undefined,
					answer === "applied",
					`${name} was said to be ${answer}`,
				);
			}
			const head = (await store.refs.line(tenant, line))?.head ?? 0;
			const commits = await store.commits.commits(tenant, line, { limit: 1e6 });
			assert.deepEqual(
				commits.map(({ number }) => number),
				Array.from({ length: head }, (_, i) => head - i),
			);
			const names = commits.flatMap(({ keys }) => keys.map(({ name }) => name));
			assert.equal(
				new Set(names).size,
				names.length,
				"a commit was applied twice",
			);
		},
	};
}

async function answerOf(
	apply: () => ReturnType<Store["apply"]>,
): Promise<Said> {
	try {
		const { outcome } = await apply();
		assert.equal(outcome, "applied", "nothing here can be refused");
		return "applied";
	} catch (error) {
		if (error instanceof StoreUnavailable) return error.outcome;
		throw error;
	}
}
