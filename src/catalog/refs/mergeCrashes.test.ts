import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	complete,
	conflicted,
	contentsOf,
	headOf,
	merge,
} from "../../../test/support/merges.ts";
import {
	Death,
	type Life,
	mortal,
	mortalStorage,
	mortalStore,
} from "../../../test/support/mortal.ts";
import { atRef, CALLER, loadAt } from "../../../test/support/refs.ts";
import { PangolinError } from "../../model/errors.ts";
import type { Change } from "../../store/changes.ts";
import { type Store, StoreUnavailable } from "../../store/contract.ts";
import { dropTable } from "../dropTable.ts";
import { createBranch } from "./branches.ts";
import { rebaseBranch } from "./rebase.ts";
import { listMerges, resolveConflict } from "./resolveMerge.ts";

const BOTH = at("a", "both");
const CLASH = at("a", "clash");
const GONE = at("a", "gone");
const NEW = at("a", "new");

/** Branches with something of everything: combined, made, dropped, and a conflict where that is wanted. */
async function prepare(catalog: TestCatalog, clashes: boolean): Promise<void> {
	for (const table of [BOTH, CLASH, GONE]) await makeTable(catalog, table);
	await createBranch(catalog.deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(catalog, "dev");
	await setProperty(dev, BOTH, "theirs", "1");
	await setProperty(catalog, BOTH, "ours", "1");
	await dropTable(dev.deps, dev.scope, GONE, { purge: false });
	await makeTable(dev, NEW);
	await setProperty(dev, CLASH, "k", "dev");
	if (clashes) await setProperty(catalog, CLASH, "k", "main");
}

interface Scenario {
	readonly name: string;
	readonly clashes: boolean;
	/** The branch that changes. */
	readonly branch: "main" | "dev";
	/** Before the server may die: what `run` needs. */
	prepare?(catalog: TestCatalog): Promise<string>;
	run(catalog: TestCatalog, prepared: string): Promise<unknown>;
	/** Of the operations, when all of it or nothing of it happened. */
	readonly operations: { readonly all: string; readonly nothing: string };
}

const SCENARIOS: readonly Scenario[] = [
	{
		name: "a merge",
		clashes: false,
		branch: "main",
		run: (catalog) => merge(catalog, "dev"),
		operations: { all: "Completed", nothing: "" },
	},
	{
		name: "the completion of a merge",
		clashes: true,
		branch: "main",
		async prepare(catalog) {
			const { id, conflicts } = await conflicted(catalog, "dev");
			for (const conflict of conflicts)
				await resolveConflict(catalog.deps, CALLER, conflict.id, {
					strategy: "TakeSource",
				});
			return id;
		},
		run: complete,
		operations: { all: "Completed", nothing: "Ready" },
	},
	{
		name: "a rebase",
		clashes: false,
		branch: "dev",
		run: ({ deps }) => rebaseBranch(deps, CALLER, "default", { name: "dev" }),
		operations: { all: "", nothing: "" },
	},
];

async function operationsOf({ deps }: Pick<TestCatalog, "deps">) {
	const list = await listMerges(deps, CALLER.principal, "default", {});
	return list.operations.map(({ status }) => status).join();
}

/** What a branch shows, and what the shown files say; fails when a file is missing. */
async function seenOn(catalog: TestCatalog, ref: string): Promise<object> {
	const branch = await atRef(catalog, ref);
	const names = Object.keys(await contentsOf(catalog, ref));
	const tables: [string, object][] = [];
	for (const name of names.filter((each) => each.startsWith("object"))) {
		const table = at(...name.slice("object ".length).split("."));
		const { properties } = metadataOf(await loadAt(branch, table));
		tables.push([name, properties]);
	}
	return Object.fromEntries(tables);
}

interface Dying {
	readonly diesAt: number;
	readonly survivesTouch: boolean;
}

/** @returns whether the server lived to the end of the scenario */
async function runAndDie(
	scenario: Scenario,
	{ diesAt, survivesTouch }: Dying,
	plant: (life: Life) => (store: Store) => Store = mortalStore,
): Promise<boolean> {
	const life: Life = {
		touches: 0,
		diesAt: Number.POSITIVE_INFINITY,
		survivesTouch,
	};
	const catalog = await openTestCatalog({
		store: plant(life),
		storage: mortalStorage(life, false),
		limits: { metadataCacheBytes: 0 },
	});
	await prepare(catalog, scenario.clashes);
	const prepared = (await scenario.prepare?.(catalog)) ?? "";
	const before = await seenOn(catalog, scenario.branch);
	life.touches = 0;
	life.diesAt = diesAt;
	let isAlive = true;
	try {
		await scenario.run(catalog, prepared);
	} catch (error) {
		if (!(error instanceof Death)) throw error;
		isAlive = false;
	}
	life.diesAt = Number.POSITIVE_INFINITY;
	const survivor = { ...catalog, deps: catalog.secondServer() };
	const after = await seenOn(survivor, scenario.branch);
	const hasChanged = JSON.stringify(after) !== JSON.stringify(before);
	const { all, nothing } = scenario.operations;
	assert.equal(await operationsOf(survivor), hasChanged ? all : nothing);
	if (hasChanged) assertWhole(after);
	await scenario.run(survivor, prepared);
	assertWhole(await seenOn(survivor, scenario.branch));
	return isAlive;
}

function assertWhole(seen: object): void {
	const tables = new Map<string, Record<string, string>>(Object.entries(seen));
	assert.deepEqual([...tables.keys()].sort(), [
		"object a.both",
		"object a.clash",
		"object a.new",
	]);
	const both = tables.get("object a.both");
	assert.deepEqual([both?.theirs, both?.ours], ["1", "1"]);
	assert.equal(tables.get("object a.clash")?.k, "dev");
}

const MOST_TOUCHES = 400;

describe("a server that dies at any touch of store or files leaves all or nothing of", () => {
	for (const scenario of SCENARIOS)
		for (const survivesTouch of [false, true])
			test(`${scenario.name}, ${survivesTouch ? "after" : "before"} the touch`, async () => {
				let diesAt = 1;
				while (!(await runAndDie(scenario, { diesAt, survivesTouch })))
					assert(++diesAt < MOST_TOUCHES);
				assert(diesAt > 10, "it died at many places");
			});
});

/** Planted: what belongs together is applied in parts, the commit last. */
function inParts(life: Life): (store: Store) => Store {
	const touch = mortal(life);
	return (store) => ({
		...store,
		async apply(changes) {
			if (life.diesAt === Number.POSITIVE_INFINITY) return store.apply(changes);
			let last: Awaited<ReturnType<Store["apply"]>> | undefined;
			const isCommit = ({ op }: Change): boolean => op === "advance";
			for (const change of [
				...changes.filter((each) => !isCommit(each)),
				...changes.filter(isCommit),
			]) {
				last = await touch(() => store.apply([change]));
				if (last.outcome === "refused") return last;
			}
			return last ?? store.apply([]);
		},
	});
}

for (const scenario of SCENARIOS)
	test(`planted: ${scenario.name} that is applied in parts is caught`, async () => {
		const deaths = Array.from({ length: 30 }, (_, i) =>
			runAndDie(scenario, { diesAt: i + 1, survivesTouch: true }, inParts),
		);
		const results = await Promise.allSettled(deaths);
		assert(results.some(({ status }) => status === "rejected"));
	});

/** How the reply to the commit's change set is lost. */
const LOSSES = {
	"applied, reply lost": { applies: true, outcome: "unknown" },
	"not applied, reply lost": { applies: false, outcome: "unknown" },
	refused: { applies: false, outcome: "not-applied" },
} as const;

describe("a lost reply to the change set of", () => {
	for (const scenario of SCENARIOS)
		for (const [how, loss] of Object.entries(LOSSES))
			test(`${scenario.name}: ${how}`, async () => {
				let isArmed = false;
				const catalog = await openTestCatalog({
					store: (store) => ({
						...store,
						async apply(changes) {
							const isIt =
								isArmed && changes.some(({ op }) => op === "advance");
							if (!isIt) return store.apply(changes);
							isArmed = false;
							if (loss.applies) await store.apply(changes);
							throw new StoreUnavailable(loss.outcome, "lost");
						},
					}),
				});
				await prepare(catalog, scenario.clashes);
				const prepared = (await scenario.prepare?.(catalog)) ?? "";
				const before = await filesIn(catalog.storage);
				const head = await headOf(catalog, "main");
				isArmed = true;
				if (loss.applies) {
					await scenario.run(catalog, prepared);
				} else {
					const code =
						loss.outcome === "unknown" ? "commit-state-unknown" : "unavailable";
					await assert.rejects(
						scenario.run(catalog, prepared),
						(error) => error instanceof PangolinError && error.code === code,
					);
					assert.equal(await headOf(catalog, "main"), head);
				}
				assert.equal(isArmed, false);
				const added = (await filesIn(catalog.storage)).length - before.length;
				assert.equal(added, loss.outcome === "unknown" ? 1 : 0);
				await scenario.run(catalog, prepared);
				assertWhole(await seenOn(catalog, scenario.branch));
			});
});
