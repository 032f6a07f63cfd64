import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	stagedCreate,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import {
	Death,
	type Life,
	mortalStorage,
	mortalStore,
} from "../../test/support/mortal.ts";
import { dropTable } from "./dropTable.ts";
import { loadTable, tableExists } from "./loadTable.ts";
import { registerTable } from "./registers.ts";
import { renameTable } from "./renames.ts";
import { commitTransaction } from "./transactions.ts";

const ONE = at("a", "one");
const TWO = at("a", "two");
const NEW = at("a", "new");

interface Scenario {
	readonly name: string;
	run(catalog: TestCatalog): Promise<unknown>;
	/** Throws unless all of it happened or nothing. */
	check(survivor: TestCatalog): Promise<void>;
}

async function kOf(
	{ deps, scope }: TestCatalog,
	identifier: typeof ONE,
): Promise<string | undefined> {
	const loaded = await loadTable(deps, scope, identifier, {});
	assert(loaded !== "not-modified");
	return metadataOf(loaded).properties.k;
}

const SCENARIOS: readonly Scenario[] = [
	{
		name: "commit",
		run: (catalog) => setProperty(catalog, ONE, "k", "new"),
		check: async (survivor) => {
			await kOf(survivor, ONE);
			await setProperty(survivor, ONE, "k", "later");
			assert.equal(await kOf(survivor, ONE), "later");
		},
	},
	{
		name: "transaction with a staged create",
		run: async (catalog) => {
			const create = await stagedCreate(catalog, NEW);
			const updates = [
				{ action: "set-properties", updates: { k: "new" } } as const,
			];
			await commitTransaction(catalog.deps, catalog.scope, [
				{ identifier: ONE, requirements: [], updates },
				create,
				{ identifier: TWO, requirements: [], updates },
			]);
		},
		check: async (survivor) => {
			const one = await kOf(survivor, ONE);
			assert.equal(await kOf(survivor, TWO), one);
			const { deps, scope } = survivor;
			assert.equal(await tableExists(deps, scope, NEW), one === "new");
			if (one === "new") await kOf(survivor, NEW);
		},
	},
	{
		name: "rename",
		run: ({ deps, scope }) =>
			renameTable(deps, scope, { source: ONE, destination: NEW }),
		check: async (survivor) => {
			const { deps, scope } = survivor;
			const isOld = await tableExists(deps, scope, ONE);
			assert.notEqual(await tableExists(deps, scope, NEW), isOld);
			await kOf(survivor, isOld ? ONE : NEW);
		},
	},
	{
		name: "drop with purge",
		run: ({ deps, scope }) => dropTable(deps, scope, ONE, { purge: true }),
		check: async (survivor) => {
			const { deps, scope, store } = survivor;
			const isThere = await tableExists(deps, scope, ONE);
			const jobs = await store.work.dueJobs(Number.MAX_SAFE_INTEGER, 9);
			assert.equal(jobs.length, isThere ? 0 : 1);
			if (isThere) await kOf(survivor, ONE);
		},
	},
	{
		name: "drop and register",
		run: async (catalog) => {
			const { deps, scope } = catalog;
			const loaded = await loadTable(deps, scope, ONE, {});
			assert(loaded !== "not-modified");
			await dropTable(deps, scope, ONE, { purge: false });
			await registerTable(deps, scope, ["a"], {
				name: "new",
				"metadata-location": loaded.metadataLocation ?? "",
			});
		},
		check: async (survivor) => {
			const { deps, scope } = survivor;
			for (const identifier of [ONE, NEW])
				if (await tableExists(deps, scope, identifier))
					await kOf(survivor, identifier);
		},
	},
];

/** @returns whether the server lived to the end of the scenario */
async function runAndDie(
	scenario: Scenario,
	death: { diesAt: number; survivesTouch: boolean },
	isLazy = false,
): Promise<boolean> {
	const life: Life = {
		touches: 0,
		diesAt: Number.POSITIVE_INFINITY,
		survivesTouch: death.survivesTouch,
	};
	const catalog = await openTestCatalog({
		store: mortalStore(life),
		storage: mortalStorage(life, isLazy),
		limits: { metadataCacheBytes: 0 },
	});
	await makeTable(catalog, ONE);
	await makeTable(catalog, TWO);
	await new Promise(setImmediate);
	life.touches = 0;
	life.diesAt = death.diesAt;
	let isAlive = true;
	try {
		await scenario.run(catalog);
	} catch (error) {
		if (!(error instanceof Death)) throw error;
		isAlive = false;
	}
	await new Promise(setImmediate);
	life.touches = 0;
	life.diesAt = Number.POSITIVE_INFINITY;
	const survivor = { ...catalog, deps: catalog.secondServer() };
	await scenario.check(survivor);
	return isAlive;
}

const MOST_TOUCHES = 60;

describe("a server that dies at any touch of store or files leaves all or nothing", () => {
	for (const scenario of SCENARIOS)
		for (const survivesTouch of [false, true])
			test(`${scenario.name}, ${survivesTouch ? "after" : "before"} the touch`, async () => {
				let diesAt = 1;
				while ((await runAndDie(scenario, { diesAt, survivesTouch })) === false)
					assert(++diesAt < MOST_TOUCHES);
				assert(diesAt > 2, "it died at least at two places");
			});
});

test("planted: a pointer that moves before its file is written is caught", async () => {
	const [commit] = SCENARIOS;
	assert(commit !== undefined);
	const attempts: Promise<boolean>[] = [];
	for (let diesAt = 1; diesAt < 8; diesAt++)
		attempts.push(runAndDie(commit, { diesAt, survivesTouch: true }, true));
	const results = await Promise.allSettled(attempts);
	assert(
		results.some(
			({ status, ...rest }) =>
				status === "rejected" &&
				"reason" in rest &&
				String(rest.reason).includes("Failed to open input stream"),
		),
	);
});
