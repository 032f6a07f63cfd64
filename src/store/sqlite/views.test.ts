import assert from "node:assert/strict";
import { it } from "node:test";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { insertLine, insertRef, objectKey } from "../conformance/world.ts";
import { openDatabase } from "./database.ts";
import { openSqliteStore } from "./sqliteStore.ts";
import {
	CATALOG,
	commitOf,
	createNamespace,
	createTable,
	filePath,
	MAIN,
	SETUP,
	TENANT,
	tableOf,
} from "./testFile.ts";

it("a SQLite browser sees namespaces and assets of every branch", async (test) => {
	const path = filePath(test);
	const store = await openSqliteStore({ path });
	const line = brandId<LineId>("line-b");
	const key = objectKey(["a", "b"], "t");
	const ofMain = { tenant: TENANT, catalog: CATALOG };
	await store.apply([
		...SETUP,
		commitOf([
			createNamespace("a"),
			createNamespace("a", "b"),
			createTable(["a", "b"], "t"),
			createTable(["a", "b"], "u"),
		]),
		insertLine({ ...ofMain, id: line, parent: { line: MAIN, number: 1 } }),
		insertRef({ ...ofMain, name: "b", line }),
		commitOf([
			{
				op: "replace",
				key,
				entry: tableOf("t", 1),
				ifVersion: { line: MAIN, number: 1 },
			},
			{ op: "drop", key: objectKey(["a", "b"], "u") },
		]),
	]);
	await store.close();
	const db = openDatabase(path, { readOnly: true });
	const assets = db
		.prepare(
			`SELECT branch_name, id, tenant_id, catalog_name, namespace_name, name, asset_type,
				metadata_location FROM assets ORDER BY branch_name, name`,
		)
		.all();
	const asset = (branch: string, name: string, version: number) => [
		branch,
		`id-${name}`,
		"tenant",
		"cat",
		"a.b",
		name,
		"table",
		`memory:///${name}/${version}.metadata.json`,
	];
	assert.deepEqual(assets, [
		asset("b", "t", 0),
		asset("b", "u", 0),
		asset("main", "t", 1),
	]);
	const namespaces = db
		.prepare(
			"SELECT branch_name, catalog_name, name, properties FROM namespaces ORDER BY 1, 3",
		)
		.all();
	const properties = '{"owner":"x"}';
	assert.deepEqual(
		namespaces,
		["b", "main"].flatMap((branch) =>
			["a", "a.b"].map((name) => [branch, "cat", name, properties]),
		),
	);
	db.close();
});

it("a SQLite browser sees of a partial branch what it shows", async (test) => {
	const path = filePath(test);
	const store = await openSqliteStore({ path });
	const line = brandId<LineId>("line-b");
	const ofMain = { tenant: TENANT, catalog: CATALOG };
	await store.apply([
		...SETUP,
		commitOf([
			createNamespace("a"),
			createNamespace("a", "b"),
			createNamespace("a", "c"),
			createNamespace("aa"),
			createTable(["a", "b"], "t"),
			createTable(["a", "b"], "u"),
			createTable(["a"], "t"),
		]),
		insertLine({
			...ofMain,
			id: line,
			parent: { line: MAIN, number: 1 },
			filter: [objectKey(["a", "b"], "t")],
		}),
		insertRef({ ...ofMain, name: "b", line }),
	]);
	await store.close();
	const db = openDatabase(path, { readOnly: true });
	const of = (sql: string) => db.prepare(sql).all();
	assert.deepEqual(
		of("SELECT name FROM namespaces WHERE branch_name = 'b' ORDER BY name"),
		[["a"], ["a.b"]],
	);
	assert.deepEqual(
		of("SELECT namespace_name, name FROM assets WHERE branch_name = 'b'"),
		[["a.b", "t"]],
	);
	db.close();
});
