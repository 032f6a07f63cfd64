import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	openTestCatalog,
	runJobs,
	setProperty,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import { CALLER, codeIs, loadAt, STORES } from "../../test/support/refs.ts";
import { dropTable } from "../catalog/dropTable.ts";
import { listCommits } from "../catalog/refs/log.ts";
import { revertCommit } from "../catalog/refs/revert.ts";
import { rollBack } from "../catalog/refs/rollback.ts";
import { undrop } from "../catalog/refs/undrop.ts";
import type { Change } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import { startJobs } from "./runner.ts";

const DAY = 24 * 60 * 60 * 1000;
const TABLE = at("ns", "t");
const CLEANING = { cleanMillis: DAY / 24 };

/** A catalog whose next commit comes after `before` was done, as if it had been slow. */
interface Slow {
	readonly catalog: TestCatalog;
	armed(before: () => Promise<void>): void;
}

async function slowCatalog(
	openStore: () => Store | Promise<Store>,
	passes: (change: Change) => boolean,
): Promise<Slow> {
	let before: (() => Promise<void>) | undefined;
	const catalog = await openTestCatalog({
		openStore,
		store: (store) => ({
			...store,
			async apply(changes) {
				if (changes.some(({ op }) => op === "advance")) {
					const run = before;
					before = undefined;
					await run?.();
				}
				return store.apply(changes.filter(passes));
			},
		}),
	});
	await makeTable(catalog, TABLE);
	for (const value of ["1", "2"])
		await setProperty(catalog, TABLE, "version", value);
	await runJobs(catalog, CLEANING);
	return {
		catalog,
		armed: (run) => {
			before = run;
		},
	};
}

/** As if the retention were over. */
async function cleanLater({
	deps,
	store,
	storage,
}: TestCatalog): Promise<void> {
	const runner = startJobs({
		...deps,
		store,
		storageFor: () => storage,
		clock: () => deps.clock() + 8 * DAY,
		settings: CLEANING,
	});
	await runner.idle();
	await runner.stop();
}

type Undo = (
	catalog: TestCatalog,
	newest: string,
	older: string,
) => Promise<unknown>;

const UNDO: readonly (readonly [string, Undo])[] = [
	[
		"revert",
		({ deps, scope }, commit) => revertCommit(deps, scope, { commit }),
	],
	["roll-back", ({ deps, scope }, _, to) => rollBack(deps, scope, { to })],
];

/** @returns whether main can still be read by a server that has nothing in memory */
async function survives(
	openStore: () => Store | Promise<Store>,
	undo: Undo,
	passes: (change: Change) => boolean = () => true,
): Promise<boolean> {
	const { catalog, armed } = await slowCatalog(openStore, passes);
	const { commits } = await listCommits(
		catalog.deps,
		CALLER.principal,
		"default",
	);
	const [newest, older] = commits;
	assert.ok(newest && older);
	const before = await filesIn(catalog.storage);
	armed(() => cleanLater(catalog));
	const error = await undo(catalog, newest.id, older.id).catch((e) => e);
	const files = await filesIn(catalog.storage);
	assert.ok(files.length < before.length, "it was cleaned meanwhile");
	const fresh = { ...catalog, deps: catalog.secondServer() };
	const isReadable = await loadAt(fresh, TABLE).then(
		() => true,
		() => false,
	);
	if (isReadable) assert.ok(codeIs("ref-not-found")(error), String(error));
	return isReadable;
}

for (const [store, openStore] of STORES) {
	for (const [name, undo] of UNDO) {
		test(`a ${name} that is overtaken by a cleaning is refused, on ${store}`, async () => {
			assert.equal(await survives(openStore, undo), true);
		});
	}
}

test("control: without the check of the catalog's version the tests above fail", async () => {
	const passes = (change: Change) =>
		!(
			"collection" in change &&
			change.collection === "catalog" &&
			change.op === "check"
		);
	for (const [store, openStore] of STORES)
		for (const [name, undo] of UNDO)
			assert.equal(
				await survives(openStore, undo, passes),
				false,
				`${name} on ${store}`,
			);
});

test("an undrop that is overtaken by a cleaning brings back what is there, or nothing", async () => {
	for (const [, openStore] of STORES) {
		const { catalog, armed } = await slowCatalog(openStore, () => true);
		const { deps, scope } = catalog;
		await dropTable(deps, scope, TABLE, { purge: false });
		armed(() => cleanLater(catalog));
		const request = { namespace: TABLE.namespace, name: TABLE.name };
		const error = await undrop(deps, scope, request).catch((e) => e);
		assert.ok(codeIs("asset-not-found")(error), String(error));
		const files = await filesIn(catalog.storage);
		assert.ok(files.some((file) => file.includes("/00002-")));
	}
});
