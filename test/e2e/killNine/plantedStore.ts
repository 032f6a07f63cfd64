import { setTimeout as delay } from "node:timers/promises";
import type { ChangeSet, EntryChange } from "../../../src/store/changes.ts";
import type { Store } from "../../../src/store/contract.ts";

/*
 * Bugs that the commit-history checker must catch. They live here, around
 * a healthy store, and nowhere in the product.
 */

const HEAD_START_MILLIS = 15;

/** Says `applied` first and writes afterwards, or not. */
export function acknowledgingBeforeWriting(store: Store): Store {
	let written = Promise.resolve();
	return {
		...store,
		apply: async (changes) => {
			if (swaps(changes).length === 0) return await store.apply(changes);
			const write = async () => {
				await delay(HEAD_START_MILLIS);
				await store.apply(changes);
			};
			written = written.then(write).catch(() => undefined);
			return { outcome: "applied", commits: [] };
		},
	};
}

const PATIENCE_MILLIS = 200;

/** Is not ready any more after the first commit that failed, or that the database did not answer at once. */
export function stayingAway(store: Store): Store {
	let failure: Promise<never> | undefined;
	const stayAway = (error: unknown) => {
		failure ??= Promise.reject(error);
		failure.catch(() => undefined);
	};
	return {
		...store,
		ping: () => failure ?? store.ping(),
		apply: async (changes) => {
			const timer = setTimeout(
				() => stayAway(new Error("no answer")),
				PATIENCE_MILLIS,
			);
			try {
				return await store.apply(changes);
			} catch (error) {
				stayAway(error);
				throw error;
			} finally {
				clearTimeout(timer);
			}
		},
	};
}

/** Compares the versions with a read of its own, and writes some time after that, whatever is there by then. */
export function comparingBeforeWriting(store: Store): Store {
	return {
		...store,
		apply: async (changes) => {
			if (!(await versionsHold(store, changes)))
				return await store.apply(changes);
			await delay(HEAD_START_MILLIS);
			for (;;) {
				const result = await store.apply(
					await withCurrentVersions(store, changes),
				);
				if (result.outcome === "applied" || result.reason !== "stale")
					return result;
			}
		},
	};
}

type Swap = Extract<EntryChange, { op: "replace" }>;

function swaps(changes: ChangeSet): Swap[] {
	return changes.flatMap((change) =>
		change.op === "advance"
			? change.entries.filter((entry) => entry.op === "replace")
			: [],
	);
}

async function versionsHold(
	store: Store,
	changes: ChangeSet,
): Promise<boolean> {
	for (const change of changes) {
		if (change.op !== "advance") continue;
		for (const swap of swaps([change])) {
			const row = await store.entries.get(change, swap.key);
			if (row?.version.number !== swap.ifVersion.number) return false;
		}
	}
	return swaps(changes).length > 0;
}

async function withCurrentVersions(
	store: Store,
	changes: ChangeSet,
): Promise<ChangeSet> {
	return await Promise.all(
		changes.map(async (change) => {
			if (change.op !== "advance") return change;
			const entries = change.entries.map(async (entry) => {
				if (entry.op !== "replace") return entry;
				const row = await store.entries.get(
					{ tenant: change.tenant, line: change.line },
					entry.key,
				);
				return { ...entry, ifVersion: row?.version ?? entry.ifVersion };
			});
			return { ...change, entries: await Promise.all(entries) };
		}),
	);
}
