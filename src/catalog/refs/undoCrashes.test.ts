import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	Death,
	type Life,
	mortalStorage,
	mortalStore,
} from "../../../test/support/mortal.ts";
import { shownBy } from "../../../test/support/operations.ts";
import { codeIs } from "../../../test/support/refs.ts";
import { claimStates, drop, dropped, kOf } from "../../../test/support/undo.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import type { Store } from "../../store/contract.ts";
import { StoreUnavailable } from "../../store/contract.ts";
import { dropNamespace } from "../namespaces.ts";
import { listCommits } from "./log.ts";
import { revertCommit } from "./revert.ts";
import { rollBack } from "./rollback.ts";
import { undrop } from "./undrop.ts";

const ONE = at("a", "one");
const TWO = at("a", "two");

async function commits({ deps }: TestCatalog): Promise<readonly string[]> {
	const log = await listCommits(deps, NO_AUTH_PRINCIPAL, "default", "main", {});
	return log.commits.map(({ id }) => id);
}

/** What a scenario began with, by the catalog's store. */
const BEFORE = new WeakMap<Store, { shown: unknown; commits: number }>();

async function remember(catalog: TestCatalog): Promise<void> {
	const shown = await shownBy(catalog);
	const { length } = await commits(catalog);
	BEFORE.set(catalog.store, { shown, commits: length });
}

/** Whether nothing happened; else exactly one commit did. */
async function isUntouched(survivor: TestCatalog): Promise<boolean> {
	const before = BEFORE.get(survivor.store);
	assert(before !== undefined);
	const made = (await commits(survivor)).length - before.commits;
	assert(made === 0 || made === 1, `${made} commits`);
	if (made === 0) assert.deepEqual(await shownBy(survivor), before.shown);
	return made === 0;
}

/** What is shown can be read and committed to, and holds its place. */
async function requireSound(
	survivor: TestCatalog,
	table: typeof ONE,
): Promise<void> {
	await setProperty(survivor, table, "sound", "yes");
	const { entry } =
		(await survivor.store.entries.get(survivor.scope.at, {
			space: "object",
			parent: table.namespace.join(".") as never,
			name: table.name,
		})) ?? {};
	assert(entry !== undefined);
	assert.deepEqual(await claimStates(survivor, entry.id), ["held"]);
}

interface Scenario {
	readonly name: string;
	/** Before any death. */
	prepare(catalog: TestCatalog): Promise<unknown>;
	run(catalog: TestCatalog): Promise<unknown>;
	/** Throws unless all of it happened or nothing. */
	check(survivor: TestCatalog): Promise<void>;
}

const UNDROP: Scenario = {
	name: "undrop",
	async prepare(catalog) {
		await makeTable(catalog, ONE);
		await setProperty(catalog, ONE, "k", "v");
		await drop(catalog, ONE);
		await dropNamespace(catalog.deps, catalog.scope, ["a"]);
		await remember(catalog);
	},
	run: ({ deps, scope }) =>
		undrop(deps, scope, { namespace: ["a"], name: "one" }),
	async check(survivor) {
		if (await isUntouched(survivor)) {
			assert.equal((await dropped(survivor)).length, 2);
			const { deps, scope } = survivor;
			await undrop(deps, scope, { namespace: ["a"], name: "one" });
		}
		assert.deepEqual(await dropped(survivor), []);
		assert.equal(await kOf(survivor, ONE), "v");
		await requireSound(survivor, ONE);
	},
};

const REVERT: Scenario = {
	name: "revert",
	async prepare(catalog) {
		await makeTable(catalog, ONE);
		await setProperty(catalog, ONE, "k", "v");
		await setProperty(catalog, ONE, "k", "wrong");
		await setProperty(catalog, ONE, "other", "later");
		await remember(catalog);
	},
	async run(catalog) {
		const { deps, scope } = catalog;
		const log = await deps.store.commits.commits(
			scope.at.tenant,
			scope.at.line,
			{ limit: 2 },
		);
		await revertCommit(deps, scope, { commit: log[1]?.id ?? "" });
	},
	async check(survivor) {
		const isNothing = await isUntouched(survivor);
		assert.equal(await kOf(survivor, ONE), isNothing ? "wrong" : "v");
		await requireSound(survivor, ONE);
	},
};

const ROLLBACK: Scenario = {
	name: "roll-back",
	async prepare(catalog) {
		await makeTable(catalog, ONE);
		await makeTable(catalog, TWO);
		await setProperty(catalog, ONE, "k", "v");
		const [to] = await commits(catalog);
		TARGETS.set(catalog.store, to ?? "");
		await setProperty(catalog, ONE, "k", "wrong");
		await drop(catalog, TWO);
		await makeTable(catalog, at("b", "new"));
		await remember(catalog);
	},
	run: ({ deps, scope, store }) =>
		rollBack(deps, scope, { to: TARGETS.get(store) ?? "" }),
	async check(survivor) {
		if (await isUntouched(survivor)) return;
		assert.equal(await kOf(survivor, ONE), "v");
		await requireSound(survivor, ONE);
		await requireSound(survivor, TWO);
		const gone = await dropped(survivor);
		assert.deepEqual(gone.map(({ name }) => name).sort(), ["b", "new"]);
	},
};
const TARGETS = new WeakMap<Store, string>();

/** Planted: the commit comes apart, its entries one by one, and the claims after them. */
function inParts(store: Store): Store {
	return {
		...store,
		async apply(changes) {
			const advance = changes.find(({ op }) => op === "advance");
			if (advance?.op !== "advance" || advance.entries.length < 2)
				return store.apply(changes);
			const others = changes.filter((each) => each !== advance);
			for (const [i, entry] of advance.entries.entries()) {
				const id = `${advance.commit.id}-${i}` as typeof advance.commit.id;
				const commit = { ...advance.commit, id };
				const result = await store.apply([
					{ ...advance, commit, entries: [entry] },
				]);
				if (result.outcome === "refused") return result;
			}
			return store.apply(others);
		},
	};
}

interface Dying {
	readonly diesAt: number;
	readonly survivesTouch: boolean;
	readonly plant?: ((store: Store) => Store) | undefined;
}

/** @returns whether the server lived to the end of the scenario */
async function runAndDie(
	scenario: Scenario,
	{ diesAt, survivesTouch, plant }: Dying,
): Promise<boolean> {
	const immortal = Number.POSITIVE_INFINITY;
	const life: Life = { touches: 0, diesAt: immortal, survivesTouch };
	const around = mortalStore(life);
	const catalog = await openTestCatalog({
		store: (store) => plant?.(around(store)) ?? around(store),
		storage: mortalStorage(life, false),
		limits: { metadataCacheBytes: 0 },
	});
	await scenario.prepare(catalog);
	life.touches = 0;
	life.diesAt = diesAt;
	let isAlive = true;
	try {
		await scenario.run(catalog);
	} catch (error) {
		if (!(error instanceof Death)) throw error;
		isAlive = false;
	}
	life.diesAt = immortal;
	await scenario.check({ ...catalog, deps: catalog.secondServer() });
	return isAlive;
}

const MOST_TOUCHES = 500;

/** @returns at how many touches it could die */
async function dieEverywhere(
	scenario: Scenario,
	survivesTouch: boolean,
	plant?: Dying["plant"],
): Promise<number> {
	for (let diesAt = 1; diesAt < MOST_TOUCHES; diesAt++)
		if (await runAndDie(scenario, { diesAt, survivesTouch, plant }))
			return diesAt - 1;
	assert.fail("the scenario has no end");
}

describe("a server that dies at any touch of store or files has undone all or nothing", () => {
	for (const scenario of [UNDROP, REVERT, ROLLBACK])
		for (const survivesTouch of [false, true])
			test(`${scenario.name}, ${survivesTouch ? "after" : "before"} the touch`, async () => {
				const deaths = await dieEverywhere(scenario, survivesTouch);
				assert(deaths > 10, `it died at ${deaths} places`);
			});
});

for (const scenario of [UNDROP, ROLLBACK])
	test(`planted: ${scenario.name} in several steps is caught`, async () => {
		await assert.rejects(
			dieEverywhere(scenario, true, inParts),
			assert.AssertionError,
		);
	});

/** The reply to the change set that undoes is lost, once. */
function losing(isApplied: boolean): (store: Store) => Store {
	let isFirst = true;
	return (store) => ({
		...store,
		async apply(changes) {
			const isUndo = changes.some(
				(each) =>
					each.op === "advance" &&
					/^(undrop|revert|roll)/.test(each.commit.message),
			);
			if (!isUndo || !isFirst) return store.apply(changes);
			isFirst = false;
			if (isApplied) await store.apply(changes);
			throw new StoreUnavailable("unknown", "the reply was lost");
		},
	});
}

describe("when the store's reply is lost", () => {
	for (const scenario of [UNDROP, REVERT, ROLLBACK]) {
		test(`${scenario.name} that was applied is found in the log`, async () => {
			const catalog = await openTestCatalog({ store: losing(true) });
			await scenario.prepare(catalog);
			await scenario.run(catalog);
			assert.equal(await isUntouched(catalog), false);
			await scenario.check(catalog);
		});

		test(`${scenario.name} that was not applied is not taken for done or refused`, async () => {
			const catalog = await openTestCatalog({ store: losing(false) });
			await scenario.prepare(catalog);
			await assert.rejects(
				async () => scenario.run(catalog),
				codeIs("commit-state-unknown"),
			);
			assert.equal(await isUntouched(catalog), true);
			await scenario.check(catalog);
		});
	}
});
