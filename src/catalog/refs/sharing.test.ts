import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../../test/support/catalog.ts";
import {
	atRef,
	CALLER,
	codeIs,
	counting,
	loadAt,
	STORES,
} from "../../../test/support/refs.ts";
import { brandId } from "../../model/ids.ts";
import { NO_AUTH_PRINCIPAL } from "../../model/principal.ts";
import { type Store, StoreUnavailable } from "../../store/contract.ts";
import { dropTable, unregisterTable } from "../dropTable.ts";
import { loadTable } from "../loadTable.ts";
import { rebuildTable } from "../rebuild.ts";
import { registerTable } from "../registers.ts";
import type { LoadedTable } from "../results.ts";
import { createBranch, deleteBranch } from "./branches.ts";
import { createTag } from "./tags.ts";

const TABLE = at("a", "t");
const { tenant } = NO_AUTH_PRINCIPAL;

function gcOf(loaded: LoadedTable): string | undefined {
	return metadataOf(loaded).properties["gc.enabled"];
}

function idOf(loaded: LoadedTable): string {
	return JSON.parse(loaded.body.toString()).id;
}

/** States of the claims of the table, and whether its job is there. */
async function claimsOf(
	{ store }: TestCatalog,
	loaded: LoadedTable,
): Promise<string[]> {
	const claims = await store.claims.claimsOf(tenant, brandId(idOf(loaded)));
	return claims.map(({ state }) => state);
}

async function branched(openStore: () => Store | Promise<Store>): Promise<{
	main: TestCatalog;
	dev: TestCatalog;
	created: LoadedTable;
}> {
	const main = await openTestCatalog({ openStore });
	const created = await makeTable(main, TABLE);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	return {
		main: await atRef(main, "main"),
		dev: await atRef(main, "dev"),
		created,
	};
}

for (const [name, openStore] of STORES)
	describe(`shared tables on ${name}`, () => {
		test("a table that one ref shows is served as its file says", async () => {
			const { main, dev } = await branched(openStore);
			const own = at("a", "own");
			assert.equal(gcOf(await makeTable(dev, own)), undefined);
			assert.equal(gcOf(await loadAt(dev, own)), undefined);
			await dropTable(dev.deps, dev.scope, TABLE, { purge: false });
			assert.equal(gcOf(await loadAt(main, TABLE)), undefined);
		});

		test("a table that two refs show is served with gc.enabled=false", async () => {
			const { main, dev } = await branched(openStore);
			for (const side of [main, dev]) {
				assert.equal(gcOf(await loadAt(side, TABLE)), "false");
				assert.equal(
					gcOf(await loadAt(side, TABLE, { snapshots: "refs" })),
					"false",
				);
				const committed = await setProperty(side, TABLE, "k", "v");
				assert.equal(gcOf(committed), "false");
				const again = await setProperty(side, TABLE, "gc.enabled", "true");
				assert.equal(gcOf(again), "false");
				const location = side.storage.canonical(again.metadataLocation ?? "");
				const file = JSON.parse((await side.storage.read(location)).toString());
				assert.equal(file.properties["gc.enabled"], "true");
				const rebuild = rebuildTable(side.deps, side.scope);
				const { body, etag } = await rebuild(
					again.metadataLocation ?? "",
					idOf(again),
				);
				assert.deepEqual(
					{ body, etag },
					{ body: again.body, etag: again.etag },
				);
			}
		});

		test("a client that deletes old metadata files itself is told to leave those of a shared table", async () => {
			const { main, dev } = await branched(openStore);
			const property = "write.metadata.delete-after-commit.enabled";
			const of = (table: LoadedTable) => metadataOf(table).properties[property];
			const own = at("a", "own");
			await makeTable(dev, own);
			assert.equal(of(await setProperty(dev, own, property, "true")), "true");
			for (const side of [main, dev]) {
				assert.equal(
					of(await setProperty(side, TABLE, property, "true")),
					"false",
				);
				await setProperty(side, TABLE, "gc.enabled", "false");
				assert.equal(of(await loadAt(side, TABLE)), "false");
			}
			await dropTable(dev.deps, dev.scope, TABLE, { purge: false });
			assert.equal(of(await loadAt(main, TABLE)), "true");
		});

		test("what stands still is never cleaned up", async () => {
			const main = await openTestCatalog({ openStore });
			await makeTable(main, TABLE);
			const past = await atRef(main, "2100-01-01");
			assert.equal(gcOf(await loadAt(past, TABLE)), "false");
			assert.equal(gcOf(await loadAt(main, TABLE)), undefined);
			await createTag(main.deps, CALLER, "default", { name: "v1" });
			assert.equal(gcOf(await loadAt(await atRef(main, "v1"), TABLE)), "false");
			assert.equal(
				gcOf(await loadAt(await atRef(main, "main"), TABLE)),
				"false",
			);
		});

		test("the entity tag changes when a table becomes shared, and back", async () => {
			const main = await openTestCatalog({ openStore });
			const { deps } = main;
			await makeTable(main, TABLE);
			const alone = await loadAt(main, TABLE);
			const given = (etag: string) => ({ ifNoneMatch: etag });
			await createBranch(deps, CALLER, "default", { name: "dev" });
			const { scope } = await atRef(main, "main");
			const shared = await loadAt({ deps, scope }, TABLE, given(alone.etag));
			assert.equal(gcOf(shared), "false");
			assert.notEqual(shared.etag, alone.etag);
			assert.equal(
				await loadTable(deps, scope, TABLE, given(shared.etag)),
				"not-modified",
			);
			const cold = main.secondServer();
			assert.equal(
				await loadTable(cold, scope, TABLE, given(shared.etag)),
				"not-modified",
			);
			await deleteBranch(deps, CALLER, "default", "dev");
			assert.deepEqual(
				await loadAt({ deps, scope }, TABLE, given(shared.etag)),
				alone,
			);
		});

		test("a drop gives up the claims only when no other ref shows the table", async () => {
			const { main, dev, created } = await branched(openStore);
			await dropTable(main.deps, main.scope, TABLE, { purge: false });
			assert.deepEqual(await claimsOf(main, created), ["held"]);
			const request = {
				name: "u",
				"metadata-location": created.metadataLocation ?? "",
			};
			await assert.rejects(
				registerTable(main.deps, main.scope, ["a"], request),
				codeIs("already-exists"),
			);
			await dropTable(dev.deps, dev.scope, TABLE, { purge: false });
			assert.deepEqual(await claimsOf(main, created), ["dropped"]);
			await registerTable(main.deps, main.scope, ["a"], request);
		});

		test("a purge of a table that another ref shows leaves its claims and waits", async () => {
			const { main, dev, created } = await branched(openStore);
			await dropTable(main.deps, main.scope, TABLE, { purge: true });
			assert.deepEqual(await claimsOf(main, created), ["held"]);
			assert.equal(main.kicks(), 1);
			await setProperty(dev, TABLE, "k", "v");
			await dropTable(dev.deps, dev.scope, TABLE, { purge: true });
			assert.deepEqual(await claimsOf(main, created), ["purging"]);
		});

		test("unregistering a shared table answers with gc.enabled=false", async () => {
			const { main } = await branched(openStore);
			const last = await unregisterTable(main.deps, main.scope, TABLE);
			assert.equal(gcOf(last), "false");
		});

		test("a table replaced by a register keeps its claims while another ref shows it", async () => {
			const { main, created } = await branched(openStore);
			const other = await makeTable(main, at("a", "other"));
			await dropTable(main.deps, main.scope, at("a", "other"), {
				purge: false,
			});
			await registerTable(main.deps, main.scope, ["a"], {
				name: "t",
				"metadata-location": other.metadataLocation ?? "",
				overwrite: true,
			});
			assert.deepEqual(await claimsOf(main, created), ["held"]);
		});

		test("a table that was dropped is not taken over while a ref of its past shows it", async () => {
			const main = await openTestCatalog({ openStore });
			const { deps } = main;
			const created = await makeTable(main, TABLE);
			const before = new Date(deps.clock()).toISOString();
			main.moveClock(1000);
			await dropTable(deps, main.scope, TABLE, { purge: false });
			await createTag(deps, CALLER, "default", { name: "past", at: before });
			await assert.rejects(
				registerTable(deps, main.scope, ["a"], {
					name: "u",
					"metadata-location": created.metadataLocation ?? "",
				}),
				codeIs("already-exists"),
			);
		});

		test("the place of a table that went with its branch can be taken", async () => {
			const { main, dev } = await branched(openStore);
			const location = "memory://warehouse/chosen";
			const make = (catalog: TestCatalog) =>
				makeTable(catalog, at("a", "chosen"), { location });
			await make(dev);
			await assert.rejects(make(main), codeIs("already-exists"));
			await deleteBranch(main.deps, CALLER, "default", "dev");
			await make(main);
		});
	});

test("a load in a catalog with one ref asks no more than before", async () => {
	const calls: string[] = [];
	const main = await openTestCatalog(counting(calls));
	await makeTable(main, TABLE);
	const callsOf = async (catalog: TestCatalog) => {
		await loadAt(catalog, TABLE);
		calls.length = 0;
		await loadAt(catalog, TABLE);
		return [...calls];
	};
	assert.deepEqual(await callsOf(main), ["get"]);
	calls.length = 0;
	await atRef(main, "main");
	assert.deepEqual(calls, ["locate"]);
	await createBranch(main.deps, CALLER, "default", { name: "dev" });
	const dev = await atRef(main, "dev");
	assert.deepEqual(await callsOf(dev), ["get", "refsShowing"]);
});

test("a shared table's answer is made once per file", async () => {
	const { main } = await branched(STORES[0]?.[1] ?? assert.fail());
	const first = await loadAt(main, TABLE);
	assert.equal((await loadAt(main, TABLE)).body, first.body);
});

test("a commit whose refs cannot be looked up is still answered, guarded", async () => {
	let isDown = false;
	const main = await openTestCatalog({
		store: (store) => ({
			...store,
			entries: {
				...store.entries,
				refsShowing: async (...args) => {
					if (isDown) throw new StoreUnavailable("not-applied", "down");
					return store.entries.refsShowing(...args);
				},
			},
		}),
	});
	await makeTable(main, TABLE);
	await createTag(main.deps, CALLER, "default", { name: "before" });
	const own = at("a", "own");
	await makeTable(main, own);
	const scoped = await atRef(main, "main");
	assert.equal(gcOf(await setProperty(scoped, own, "k", "1")), undefined);
	isDown = true;
	assert.equal(gcOf(await setProperty(scoped, own, "k", "2")), "false");
});

/** The claims of a table that is dropped on `main` while a branch with it is made. */
async function claimsAfterRace(
	bug: (store: Store) => Store,
): Promise<string[]> {
	let isArmed = false;
	const main = await openTestCatalog({
		store: (store) => {
			const apply: Store["apply"] = async (changes) => {
				const isDrop = changes.some(
					(change) =>
						change.op === "advance" &&
						change.entries.some(({ op }) => op === "drop"),
				);
				if (isArmed && isDrop) {
					isArmed = false;
					await createBranch(main.deps, CALLER, "default", { name: "late" });
				}
				return store.apply(changes);
			};
			return bug({ ...store, apply });
		},
	});
	const created = await makeTable(main, TABLE);
	isArmed = true;
	await dropTable(main.deps, main.scope, TABLE, { purge: false });
	assert.equal(isArmed, false);
	await loadAt(await atRef(main, "late"), TABLE);
	return claimsOf(main, created);
}

test("a branch that is made during a drop keeps the table's claims", async () => {
	assert.deepEqual(await claimsAfterRace((store) => store), ["held"]);
});

test("control: without the check of main's version the test above fails", async () => {
	const bug = (store: Store): Store => ({
		...store,
		apply: (changes) => store.apply(changes.filter(({ op }) => op !== "check")),
	});
	assert.deepEqual(await claimsAfterRace(bug), ["dropped"]);
});
