import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	makeView,
	metadataOf,
	openTestCatalog,
	SCHEMA,
	stagedCreate,
	type TestCatalog,
	VIEW_VERSION,
} from "../../test/support/catalog.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import { commitTable } from "./commitTable.ts";
import { replaceView } from "./commitView.ts";
import { createTable } from "./createTable.ts";
import { dropTable } from "./dropTable.ts";
import { listTables, listViews } from "./listing.ts";
import { loadTable, tableExists } from "./loadTable.ts";
import { registerTable, registerView } from "./registers.ts";
import { renameTable, renameView } from "./renames.ts";
import { commitTransaction } from "./transactions.ts";
import { createView, dropView, loadView, viewExists } from "./views.ts";

const TABLE = at("ns", "table");
const VIEW = at("ns", "view");

function refusal(
	code: ErrorCode,
	message: string,
): (error: unknown) => boolean {
	return (error) => {
		assert(error instanceof PangolinError);
		assert.deepEqual([error.code, error.message], [code, message]);
		return true;
	};
}

function taken(message: string): (error: unknown) => boolean {
	return refusal("already-exists", message);
}

async function withBoth(): Promise<TestCatalog> {
	const catalog = await openTestCatalog();
	await makeTable(catalog, TABLE);
	await makeView(catalog, VIEW);
	return catalog;
}

describe("a name is that of one table or one view", () => {
	test("create", async () => {
		const { deps, scope } = await withBoth();
		const table = { name: "", schema: SCHEMA };
		const view = { name: "", schema: SCHEMA, "view-version": VIEW_VERSION };
		const ns = ["ns"];
		await assert.rejects(
			createTable(deps, scope, ns, { ...table, name: "table" }),
			taken("Table already exists: ns.table"),
		);
		for (const isStaged of [false, true])
			await assert.rejects(
				createTable(deps, scope, ns, {
					...table,
					name: "view",
					"stage-create": isStaged,
				}),
				taken("View with same name already exists: ns.view"),
			);
		await assert.rejects(
			createView(deps, scope, ns, { ...view, name: "view" }),
			taken("View already exists: ns.view"),
		);
		await assert.rejects(
			createView(deps, scope, ns, { ...view, name: "table" }),
			taken("Table with same name already exists: ns.table"),
		);
	});

	test("the end of a staged create", async () => {
		const catalog = await withBoth();
		const { deps, scope } = catalog;
		const create = await stagedCreate(catalog, at("ns", "new"));
		await assert.rejects(
			commitTable(deps, scope, TABLE, create),
			taken("Requirement failed: table already exists"),
		);
		await assert.rejects(
			commitTransaction(deps, scope, [{ ...create, identifier: VIEW }]),
			taken("View with same name already exists: ns.view"),
		);
	});

	test("register", async () => {
		const catalog = await withBoth();
		const { deps, scope } = catalog;
		const table = await makeTable(catalog, at("other", "t"));
		const view = await makeView(catalog, at("other", "v"));
		await dropTable(deps, scope, at("other", "t"), { purge: false });
		await dropView(deps, scope, at("other", "v"));
		const asTable = (name: string, overwrite = false) =>
			registerTable(deps, scope, ["ns"], {
				name,
				"metadata-location": table.metadataLocation ?? "",
				overwrite,
			});
		const asView = (name: string) =>
			registerView(deps, scope, ["ns"], {
				name,
				"metadata-location": view.metadataLocation ?? "",
			});
		await assert.rejects(
			asTable("table"),
			taken("Table already exists: ns.table"),
		);
		for (const overwrite of [false, true])
			await assert.rejects(
				asTable("view", overwrite),
				taken("View with same name already exists: ns.view"),
			);
		await assert.rejects(asView("view"), taken("View already exists: ns.view"));
		await assert.rejects(
			asView("table"),
			taken("Table with same name already exists: ns.table"),
		);
	});

	test("rename", async () => {
		const catalog = await withBoth();
		const { deps, scope } = catalog;
		await makeTable(catalog, at("ns", "table2"));
		await makeView(catalog, at("ns", "view2"));
		await assert.rejects(
			renameTable(deps, scope, {
				source: TABLE,
				destination: at("ns", "table2"),
			}),
			taken("Cannot rename ns.table to ns.table2. Table already exists"),
		);
		await assert.rejects(
			renameTable(deps, scope, { source: TABLE, destination: VIEW }),
			taken("Cannot rename ns.table to ns.view. View already exists"),
		);
		await assert.rejects(
			renameView(deps, scope, { source: VIEW, destination: at("ns", "view2") }),
			taken("Cannot rename ns.view to ns.view2. View already exists"),
		);
		await assert.rejects(
			renameView(deps, scope, { source: VIEW, destination: TABLE }),
			taken("Cannot rename ns.view to ns.table. Table already exists"),
		);
	});
});

test("neither is seen as the other", async () => {
	const { deps, scope } = await withBoth();
	const noTable = refusal("table-not-found", "Table does not exist: ns.view");
	const noView = refusal("view-not-found", "View does not exist: ns.table");
	const nothing = { requirements: [], updates: [] };
	await assert.rejects(loadTable(deps, scope, VIEW, {}), noTable);
	await assert.rejects(commitTable(deps, scope, VIEW, nothing), noTable);
	await assert.rejects(dropTable(deps, scope, VIEW, { purge: true }), noTable);
	await assert.rejects(
		renameTable(deps, scope, { source: VIEW, destination: at("ns", "x") }),
		noTable,
	);
	await assert.rejects(loadView(deps, scope, TABLE), noView);
	await assert.rejects(replaceView(deps, scope, TABLE, nothing), noView);
	await assert.rejects(dropView(deps, scope, TABLE), noView);
	await assert.rejects(
		renameView(deps, scope, { source: TABLE, destination: at("ns", "x") }),
		noView,
	);
	assert.equal(await tableExists(deps, scope, VIEW), false);
	assert.equal(await viewExists(deps, scope, TABLE), false);
	const tables = await listTables(deps, scope, ["ns"], {});
	const views = await listViews(deps, scope, ["ns"], {});
	assert.deepEqual(JSON.parse(String(tables.body)).identifiers, [TABLE]);
	assert.deepEqual(JSON.parse(String(views.body)).identifiers, [VIEW]);
});

test("a rename keeps the files and the table, and needs its target namespace", async () => {
	const catalog = await withBoth();
	const { deps, scope } = catalog;
	const before = await loadTable(deps, scope, TABLE, {});
	await assert.rejects(
		renameTable(deps, scope, { source: TABLE, destination: at("no", "x") }),
		refusal("namespace-not-found", "Namespace does not exist: no"),
	);
	await assert.rejects(
		renameTable(deps, scope, {
			source: at("ns", "nope"),
			destination: at("ns", "x"),
		}),
		refusal("table-not-found", "Table does not exist: ns.nope"),
	);
	await renameTable(deps, scope, { source: TABLE, destination: TABLE });
	await renameTable(deps, scope, { source: TABLE, destination: at("ns", "x") });
	const after = await loadTable(deps, scope, at("ns", "x"), {});
	assert(before !== "not-modified" && after !== "not-modified");
	assert.deepEqual(metadataOf(after), metadataOf(before));
	assert.equal(await tableExists(deps, scope, TABLE), false);
	await makeTable(catalog, TABLE);
	const recreated = await loadTable(deps, scope, TABLE, {});
	assert(recreated !== "not-modified");
	assert.notEqual(metadataOf(recreated).location, metadataOf(before).location);
});

test("sixteen creators of one table at once: one is first, and no file stays", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope } = catalog;
	await makeTable(catalog, at("ns", "other"));
	const results = await Promise.allSettled(
		Array.from({ length: 16 }, () => makeTable(catalog, TABLE)),
	);
	const winners = results.filter(({ status }) => status === "fulfilled");
	assert.equal(winners.length, 1);
	assert.equal(await tableExists(deps, scope, TABLE), true);
	assert.equal((await filesIn(catalog.storage)).length, 2);
});
