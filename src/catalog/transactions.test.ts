import assert from "node:assert/strict";
import { test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	stagedCreate,
	type TestCatalog,
} from "../../test/support/catalog.ts";
import type { FileStorage } from "../files/contract.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import type { Identifier } from "../model/names.ts";
import { type Store, StoreUnavailable } from "../store/contract.ts";
import { loadTable, tableExists } from "./loadTable.ts";
import type { TableChange } from "./requests.ts";
import { commitTransaction } from "./transactions.ts";

const A = at("a", "one");
const B = at("a", "two");
const NEW = at("a", "new");

function codeIs(code: ErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

function setting(identifier: Identifier, value: string): TableChange {
	return {
		identifier,
		requirements: [],
		updates: [{ action: "set-properties", updates: { k: value } }],
	};
}

async function propertyOf(
	{ deps, scope }: TestCatalog,
	identifier: Identifier,
): Promise<string | undefined> {
	const loaded = await loadTable(deps, scope, identifier, {});
	assert(loaded !== "not-modified");
	return metadataOf(loaded).properties.k;
}

async function twoTables(
	options: Parameters<typeof openTestCatalog>[0] = {},
): Promise<TestCatalog> {
	const catalog = await openTestCatalog(options);
	await makeTable(catalog, A);
	await makeTable(catalog, B);
	return catalog;
}

test("all tables change in one commit, a staged create among them", async () => {
	const catalog = await twoTables();
	const { deps, scope, store } = catalog;
	const create = await stagedCreate(catalog, NEW);
	assert.equal(await tableExists(deps, scope, NEW), false);
	const line = { tenant: scope.principal.tenant, line: scope.at.line };
	const [before] = await store.commits.commits(line.tenant, line.line, {
		limit: 1,
	});
	await commitTransaction(deps, scope, [
		setting(A, "1"),
		create,
		setting(B, "2"),
	]);
	assert.equal(await propertyOf(catalog, A), "1");
	assert.equal(await propertyOf(catalog, B), "2");
	assert.equal(await tableExists(deps, scope, NEW), true);
	const [after] = await store.commits.commits(line.tenant, line.line, {
		limit: 1,
	});
	assert.equal(after?.number, (before?.number ?? 0) + 1);
	assert.equal(after?.keys.length, 3);
});

test("when the last table refuses nothing happens to the others, and no file stays", async () => {
	const catalog = await twoTables();
	const { deps, scope } = catalog;
	const files = await filesIn(catalog.storage);
	const refused: TableChange = {
		...setting(B, "2"),
		requirements: [
			{
				type: "assert-table-uuid",
				uuid: "99999999-9999-4999-8999-999999999999",
			},
		],
	};
	const create = await stagedCreate(catalog, NEW);
	await assert.rejects(
		commitTransaction(deps, scope, [setting(A, "1"), create, refused]),
		codeIs("commit-conflict"),
	);
	await assert.rejects(
		commitTransaction(deps, scope, [setting(A, "1"), setting(NEW, "2")]),
		codeIs("table-not-found"),
	);
	assert.equal(await propertyOf(catalog, A), undefined);
	assert.equal(await tableExists(deps, scope, NEW), false);
	assert.deepEqual(await filesIn(catalog.storage), files);
});

test("when a metadata file cannot be written the others are removed", async () => {
	let writes = 0;
	const failing = (storage: FileStorage): FileStorage => ({
		...storage,
		write: async (location, bytes) => {
			writes++;
			if (writes === 4) throw new PangolinError("unavailable", "disk is full");
			await storage.write(location, bytes);
		},
	});
	const catalog = await twoTables({ storage: failing });
	const files = await filesIn(catalog.storage);
	await assert.rejects(
		commitTransaction(catalog.deps, catalog.scope, [
			setting(A, "1"),
			setting(B, "2"),
		]),
		codeIs("unavailable"),
	);
	assert.deepEqual(await filesIn(catalog.storage), files);
	assert.equal(await propertyOf(catalog, A), undefined);
});

test("a transaction whose reply is lost is all there", async () => {
	let isLost = false;
	const catalog = await twoTables({
		store: (store: Store) => ({
			...store,
			apply: async (changes) => {
				const result = await store.apply(changes);
				if (isLost) throw new StoreUnavailable("unknown", "the reply was lost");
				return result;
			},
		}),
	});
	isLost = true;
	await commitTransaction(catalog.deps, catalog.scope, [
		setting(A, "1"),
		setting(B, "2"),
	]);
	isLost = false;
	assert.equal(await propertyOf(catalog, A), "1");
	assert.equal(await propertyOf(catalog, B), "2");
});

test("a table that does not change gets no file, but must still be there", async () => {
	const catalog = await twoTables();
	const { deps, scope } = catalog;
	await commitTransaction(deps, scope, [setting(A, "1"), setting(B, "2")]);
	const files = await filesIn(catalog.storage);
	await commitTransaction(deps, scope, [setting(A, "1"), setting(B, "2")]);
	assert.deepEqual(await filesIn(catalog.storage), files);
	await commitTransaction(deps, scope, [setting(A, "1"), setting(B, "3")]);
	assert.equal((await filesIn(catalog.storage)).length, files.length + 1);
	assert.equal(await propertyOf(catalog, B), "3");
});

test("a table may occur once", async () => {
	const catalog = await twoTables();
	await assert.rejects(
		commitTransaction(catalog.deps, catalog.scope, [
			setting(A, "1"),
			setting(A, "2"),
		]),
		codeIs("bad-request"),
	);
});

test("transactions over the same tables in any order all succeed", async () => {
	const catalog = await twoTables();
	await Promise.all(
		Array.from({ length: 16 }, (_, i) =>
			commitTransaction(
				catalog.deps,
				catalog.scope,
				i % 2 === 0
					? [setting(A, String(i)), setting(B, String(i))]
					: [setting(B, String(i)), setting(A, String(i))],
			),
		),
	);
	assert.equal(await propertyOf(catalog, A), await propertyOf(catalog, B));
	assert.equal(catalog.deps.queue.size(), 0);
});
