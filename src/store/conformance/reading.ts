import assert from "node:assert/strict";
import type { AssetId, CatalogId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Change } from "../changes.ts";
import type { EntryKey, MetricsReport } from "../records.ts";
import type { Case } from "./case.ts";
import {
	applied,
	commit,
	createNamespace,
	createTable,
	insertCatalog,
	insertRef,
	insertTenant,
	insertWarehouse,
	namespaceKey,
	newWorld,
	objectKey,
	shown,
	tableEntry,
} from "./world.ts";

/** In the order of their UTF-8 bytes; UTF-16 would put U+FF5E last. */
const ODD_NAMES = [
	" ",
	"%",
	"A",
	"_",
	"a",
	"a b",
	"a%",
	"a_",
	"e\u0301",
	"\u00e9",
	"\uff5e",
	"\u{1f600}",
];

/** Sentences R1 to R3: what every read promises. */
export const READING: readonly Case[] = [
	{
		sentence: "R1",
		name: "a row of another tenant is absent",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant } = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "a"),
				createTable(world, ["a"], "t"),
			]);
			const key = objectKey(["a"], "t");
			const { entry } = await shown(world, key);
			const at = { tenant, line: world.line };
			const page = { limit: 9 };
			const filter = { parent: key.parent, kinds: ["table" as const] };
			assert.equal(await store.entries.get(at, key), undefined);
			assert.deepEqual(await store.entries.list(at, filter, page), []);
			assert.deepEqual(await store.entries.names(at, filter, page), []);
			assert.deepEqual(await store.entries.all(at, page), []);
			assert.equal(await store.refs.line(tenant, world.line), undefined);
			assert.equal(
				await store.refs.ref(tenant, world.catalog, "main"),
				undefined,
			);
			assert.deepEqual(await store.refs.refs(tenant, world.catalog, page), []);
			assert.equal(
				await store.commits.commit(tenant, world.line, 1),
				undefined,
			);
			assert.deepEqual(
				await store.commits.commits(tenant, world.line, page),
				[],
			);
			assert.deepEqual(await store.claims.claimsOf(tenant, entry.id), []);
			assert.equal(await store.entries.isReachable(tenant, entry.id), false);
		},
	},
	{
		sentence: "R1",
		name: "the same key in two tenants is two rows",
		async run(store, tools) {
			const one = await newWorld(store, tools);
			const two = await newWorld(store, tools);
			const first = await store.refs.locate(one.tenant, "cat", "main");
			const second = await store.refs.locate(two.tenant, "cat", "main");
			assert.equal(first?.ref.line, one.line);
			assert.equal(second?.ref.line, two.line);
			assert.equal(first?.warehouse?.tenant, one.tenant);
		},
	},
	{
		sentence: "R2",
		name: "lists are pages by name, in the order of UTF-8 bytes",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog, line } = world;
			const scrambled = ODD_NAMES.toReversed();
			await applied(
				store,
				scrambled.flatMap((name): Change[] => [
					insertRef({ tenant, catalog, name, line }),
					insertWarehouse(tenant, name, tools),
					insertCatalog(
						tenant,
						name,
						brandId<CatalogId>(tools.fresh("catalog")),
					),
				]),
			);
			await commit(
				world,
				scrambled.map((name) => createNamespace(world, name)),
			);
			const lists: ((page: Page) => Promise<string[]>)[] = [
				async (page) => namesOf(await store.refs.refs(tenant, catalog, page)),
				async (page) => namesOf(await store.registry.catalogs(tenant, page)),
				async (page) => namesOf(await store.registry.warehouses(tenant, page)),
				(page) => store.entries.names(world.head, TOP_LEVEL, page),
				async (page) =>
					(await store.entries.list(world.head, TOP_LEVEL, page)).map(
						(row) => row.key.name,
					),
			];
			for (const list of lists) {
				const names = await inPages(list, 5);
				const own = new Set(ODD_NAMES);
				assert.deepEqual(
					names.filter((name) => own.has(name)),
					ODD_NAMES,
				);
				assert.deepEqual(await list({ limit: 99, after: "\u{10ffff}" }), []);
			}
		},
	},
	{
		sentence: "R2",
		name: "all entries come by space, parent and name",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [
				createNamespace(world, "b"),
				createNamespace(world, "a"),
				createNamespace(world, "a", "c"),
				createTable(world, ["b"], "t"),
				createTable(world, ["a", "c"], "t"),
				createTable(world, ["a"], "z"),
			]);
			const expected: EntryKey[] = [
				namespaceKey("a"),
				namespaceKey("b"),
				namespaceKey("a", "c"),
				objectKey(["a"], "z"),
				objectKey(["a", "c"], "t"),
				objectKey(["b"], "t"),
			];
			const all = await store.entries.all(world.head, { limit: 99 });
			assert.deepEqual(
				all.map((row) => row.key),
				expected,
			);
			const after = expected[1];
			const page = await store.entries.all(world.head, { after, limit: 3 });
			assert.deepEqual(
				page.map((row) => row.key),
				expected.slice(2, 5),
			);
		},
	},
	{
		sentence: "R2",
		name: "tenants come by id, commits and reports the newest first",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const ids = ["b", "a"].map((part) => brandId<never>(tools.fresh(part)));
			await applied(store, ids.map(insertTenant));
			const all = await store.registry.tenants({ limit: 100_000 });
			const found = all.map((row) => row.value.id);
			assert.deepEqual(found, found.toSorted());
			for (const id of ids) assert.ok(found.includes(id));
			await applied(store, [reportOf(world, "r1"), reportOf(world, "r2")]);
			const { tenant } = world;
			const asset = brandId<AssetId>("asset");
			const reports = await store.work.reports(tenant, asset, { limit: 9 });
			assert.deepEqual(
				reports.map((report) => report.id),
				["r2", "r1"],
			);
			const [older] = await store.work.reports(tenant, asset, {
				after: "r2",
				limit: 1,
			});
			assert.deepEqual(older, reports[1]);
			for (let i = 0; i < 3; i++) await commit(world, []);
			const page = { after: 3, limit: 1 };
			const [second] = await store.commits.commits(tenant, world.line, page);
			assert.equal(second?.number, 2);
		},
	},
	{
		sentence: "R3",
		name: "names are taken literally",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const created = ["%", "\u00e9", "A", "'; --", "\u{1f600}"];
			await commit(
				world,
				created.map((name) => createTable(world, ["a"], name)),
			);
			const get = (name: string) =>
				store.entries.get(world.head, objectKey(["a"], name));
			for (const name of ["_", "e\u0301", "a", "'", "\u{1f601}"])
				assert.equal(await get(name), undefined);
			for (const name of created)
				assert.equal((await get(name))?.key.name, name);
		},
	},
	{
		sentence: "R3",
		name: "values come back as they went in",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const asset = {
				kind: "asset" as const,
				id: brandId<AssetId>(tools.fresh("asset")),
				assetType: "ML_MODEL",
				location: "memory:///x y/%20\u{1f600}",
				properties: { ["__proto__"]: "x", constructor: "\u00e9", "": "" },
			};
			const view = tableEntry(tools, { kind: "view" });
			for (const [name, entry] of [
				["m", asset],
				["v", view],
			] as const) {
				const key = objectKey(["a"], name);
				await commit(world, [{ op: "create", key, entry }]);
				assert.deepEqual((await shown(world, key)).entry, entry);
			}
		},
	},
];

type Page = { readonly after?: string | undefined; readonly limit: number };

const TOP_LEVEL = {
	parent: namespaceKey("a").parent,
	kinds: ["namespace" as const],
};

function namesOf(rows: readonly { value: { name: string } }[]): string[] {
	return rows.map((row) => row.value.name);
}

async function inPages(
	list: (page: Page) => Promise<string[]>,
	limit: number,
): Promise<string[]> {
	const names: string[] = [];
	for (;;) {
		const page = await list({ after: names.at(-1), limit });
		assert.ok(page.length <= limit);
		if (page.length === 0) return names;
		names.push(...page);
	}
}

function reportOf(
	world: { tenant: MetricsReport["tenant"] },
	id: string,
): Change {
	const value = {
		id: brandId<MetricsReport["id"]>(id),
		tenant: world.tenant,
		asset: brandId<AssetId>("asset"),
		type: "scan",
		receivedAtMillis: 5,
		body: '{"a":1}',
	};
	return { op: "insert", collection: "report", value };
}
