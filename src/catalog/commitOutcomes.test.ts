import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	setProperty,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import { PangolinError } from "../model/errors.ts";
import { type Store, StoreUnavailable } from "../store/contract.ts";
import { loadTable } from "./loadTable.ts";
import type { LoadedTable } from "./results.ts";

/** What happens to the answers of a store's writes. */
interface Wire {
	state:
		| "whole"
		| "lost-after-apply"
		| "lost-before-apply"
		| "refused"
		| "lies";
}

function over(wire: Wire): (store: Store) => Store {
	return (store) => ({
		...store,
		async apply(changes) {
			switch (wire.state) {
				case "whole":
					return store.apply(changes);
				case "lost-after-apply":
					await store.apply(changes);
					throw new StoreUnavailable("unknown", "the reply was lost");
				case "lost-before-apply":
					throw new StoreUnavailable("unknown", "the request was lost");
				case "refused":
					throw new StoreUnavailable("not-applied", "the queue is full");
				case "lies":
					await store.apply(changes);
					throw new StoreUnavailable("not-applied", "any error means lost");
			}
		},
	});
}

const TABLE = at("a", "t");

async function tableBehind(wire: Wire): Promise<TestCatalog> {
	const catalog = await openTestCatalog({
		store: over(wire),
		limits: { metadataCacheBytes: 0 },
	});
	await makeTable(catalog, TABLE);
	return catalog;
}

function load({ deps, scope }: TestCatalog): Promise<LoadedTable> {
	return loadTable(deps, scope, TABLE, {}).then((loaded) => {
		assert(loaded !== "not-modified");
		return loaded;
	});
}

function codeIs(code: string): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

test("a commit whose reply is lost after it was applied succeeds", async () => {
	const wire: Wire = { state: "whole" };
	const catalog = await tableBehind(wire);
	wire.state = "lost-after-apply";
	const committed = await setProperty(catalog, TABLE, "k", "v");
	wire.state = "whole";
	const loaded = await load(catalog);
	assert.equal(loaded.metadataLocation, committed.metadataLocation);
	assert.equal(metadataOf(loaded).properties.k, "v");
});

test("a commit of which nothing is known is neither refused nor cleaned up", async () => {
	const wire: Wire = { state: "whole" };
	const catalog = await tableBehind(wire);
	const before = await filesIn(catalog.storage);
	wire.state = "lost-before-apply";
	await assert.rejects(
		setProperty(catalog, TABLE, "k", "v"),
		codeIs("commit-state-unknown"),
	);
	wire.state = "whole";
	assert.equal((await filesIn(catalog.storage)).length, before.length + 1);
	assert.equal(metadataOf(await load(catalog)).properties.k, undefined);
});

test("a commit that the store did not take leaves nothing behind", async () => {
	const wire: Wire = { state: "whole" };
	const catalog = await tableBehind(wire);
	const before = await filesIn(catalog.storage);
	wire.state = "refused";
	await assert.rejects(
		setProperty(catalog, TABLE, "k", "v"),
		codeIs("unavailable"),
	);
	assert.deepEqual(await filesIn(catalog.storage), before);
});

test("planted: to take any error for a lost commit breaks the table, and the check sees it", async () => {
	const wire: Wire = { state: "whole" };
	const catalog = await tableBehind(wire);
	wire.state = "lies";
	await assert.rejects(setProperty(catalog, TABLE, "k", "v"));
	wire.state = "whole";
	await assert.rejects(load(catalog), codeIs("file-not-found"));
});

test("a create whose reply is lost is there", async () => {
	const wire: Wire = { state: "whole" };
	const catalog = await tableBehind(wire);
	wire.state = "lost-after-apply";
	const created = await makeTable(catalog, at("b", "u"));
	wire.state = "whole";
	const { deps, scope } = catalog;
	const loaded = await loadTable(deps, scope, at("b", "u"), {});
	assert(loaded !== "not-modified");
	assert.deepEqual(loaded.body, created.body);
});

test("sixteen commits at once to one table all succeed, and none begins anew", async () => {
	const catalog = await tableBehind({ state: "whole" });
	const keys = Array.from({ length: 16 }, (_, i) => `k${i}`);
	await Promise.all(keys.map((key) => setProperty(catalog, TABLE, key, "v")));
	const { properties, "metadata-log": log } = metadataOf(await load(catalog));
	assert.deepEqual(
		keys.map((key) => properties[key]),
		keys.map(() => "v"),
	);
	assert.equal(log.length, 16);
	const retries = catalog.observations.flatMap((observation) =>
		observation.kind === "commit" ? [observation.retries] : [],
	);
	assert.equal(Math.max(...retries), 0);
});

test("commits of two servers to one table all succeed", async () => {
	const catalog = await tableBehind({ state: "whole" });
	const other = { ...catalog, deps: catalog.secondServer() };
	const keys = Array.from({ length: 16 }, (_, i) => `k${i}`);
	await Promise.all(
		keys.map((key, i) =>
			setProperty(i % 2 === 0 ? catalog : other, TABLE, key, "v"),
		),
	);
	const { properties, "metadata-log": log } = metadataOf(await load(catalog));
	assert.deepEqual(
		keys.map((key) => properties[key]),
		keys.map(() => "v"),
	);
	assert.equal(log.length, 16);
	assert.equal((await filesIn(catalog.storage)).length, 17);
});

test("a change that changes nothing writes no file and no commit", async () => {
	const catalog = await tableBehind({ state: "whole" });
	const first = await setProperty(catalog, TABLE, "k", "v");
	const files = await filesIn(catalog.storage);
	const second = await setProperty(catalog, TABLE, "k", "v");
	assert.equal(second.metadataLocation, first.metadataLocation);
	assert.deepEqual(await filesIn(catalog.storage), files);
});

test("files that fail after the pointer has moved leave the commit unknown, never refused or to be repeated", async () => {
	let fails = false;
	const catalog = await openTestCatalog({
		storage: (storage) => ({
			...storage,
			async exists(location) {
				const isAsked = fails && location.endsWith(".metadata.json");
				if (!isAsked) return storage.exists(location);
				throw new PangolinError("unavailable", "the disk is away");
			},
		}),
	});
	await makeTable(catalog, TABLE);
	fails = true;
	const location = "memory://warehouse/chosen";
	await assert.rejects(
		makeTable(catalog, at("a", "u"), { location }),
		codeIs("commit-state-unknown"),
	);
	const { deps, scope } = catalog;
	const loaded = await loadTable(deps, scope, at("a", "u"), {});
	assert(loaded !== "not-modified");
	assert.equal(metadataOf(loaded).location, location);
});
