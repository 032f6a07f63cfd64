import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Document } from "mongodb";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { brandId } from "../../model/ids.ts";
import type { World } from "../conformance/world.ts";
import {
	applied,
	claimOf,
	commit,
	createNamespace,
	createTable,
	fork,
	newWorld,
	objectKey,
} from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { dumpRows } from "./dump.ts";
import { createObstacles } from "./inTheWay.ts";
import { migrate } from "./migrate.ts";
import { storeOver } from "./mongoStore.ts";
import { createProgress } from "./progress.ts";

/** A query as the store sent it, or a branch of a union. */
interface Query {
	readonly collection: string;
	readonly asked: Find | Document[];
	/** How many of those before it had been answered. */
	readonly answered: number;
	readonly cursor: { readonly closed: boolean };
}

type Find = { readonly filter: object; readonly options: object };

/** The database, with a note of every query, and of how many were answered when it was sent. */
function watched(database: Database, seen: Query[]): Database {
	const rows: Database["rows"] = (name) => {
		const collection = database.rows(name);
		const find = collection.find.bind(collection);
		const aggregate = collection.aggregate.bind(collection);
		const answered = () => seen.filter(({ cursor }) => cursor.closed).length;
		collection.find = ((filter: object, options: object) => {
			const before = answered();
			const cursor = find(filter, options);
			const asked = { filter, options };
			seen.push({ collection: name, asked, answered: before, cursor });
			return cursor;
		}) as typeof collection.find;
		collection.aggregate = ((pipeline: Document[]) => {
			const before = answered();
			const cursor = aggregate(pipeline);
			for (const [collection, asked] of branchesOf(name, pipeline))
				seen.push({ collection, asked, answered: before, cursor });
			return cursor;
		}) as typeof collection.aggregate;
		return collection;
	};
	return { ...database, rows };
}

/** The pipelines of a union, each with its collection. */
function branchesOf(
	collection: string,
	pipeline: readonly Document[],
): [string, Document[]][] {
	return [
		[collection, pipeline.filter((stage) => !("$unionWith" in stage))],
		...pipeline.flatMap(({ $unionWith }): [string, Document[]][] =>
			$unionWith ? [[$unionWith.coll, $unionWith.pipeline]] : [],
		),
	];
}

/** The stages of a plan, the outer ones first. */
function stagesOf(plan: Plan | undefined): string[] {
	if (plan === undefined) return [];
	const inner = [plan.inputStage, ...(plan.inputStages ?? [])];
	return [
		plan.stage ?? "",
		...inner.flatMap(stagesOf),
		...stagesOf(plan.queryPlan),
	];
}

/** Of a pipeline that is more than a query, the query is in its first stage. */
interface Explained {
	readonly queryPlanner?: { readonly winningPlan: Plan };
	readonly stages?: readonly { readonly $cursor?: Explained }[];
}

interface Plan {
	readonly stage?: string;
	readonly inputStage?: Plan;
	readonly inputStages?: readonly Plan[];
	readonly queryPlan?: Plan;
}

describe("MongoDB reads by an index, in the index's order", () => {
	const seen: Query[] = [];
	let database: Database;
	let store: Store;
	let world: World;

	before(async () => {
		database = await connect({
			url: await freshMongoUrl(),
			// What is counted is asked once, however busy the machine is.
			soonMillis: 3_600_000,
		});
		await migrate(database);
		store = storeOver(watched(database, seen), { url: "" });
		let made = 0;
		world = await newWorld(store, {
			fresh: (prefix) => `${prefix}-${made++}`,
			openEmpty: async () => store,
		});
		await commit(world, [
			createNamespace(world, "a"),
			createTable(world, ["a"], "t"),
		]);
	});
	after(() => store.close());

	const page = { limit: 5 };
	const asset = brandId<never>("asset");
	const READS: Readonly<Record<string, () => Promise<unknown>>> = {
		tenants: () => store.registry.tenants(page),
		"catalogs, from one on": () =>
			store.registry.catalogs(world.tenant, { ...page, after: "b" }),
		locate: () => store.refs.locate(world.tenant, "cat", "main"),
		"locate with a key": () =>
			store.refs.locate(world.tenant, "cat", "main", objectKey(["a"], "t")),
		"locate with a list": () =>
			store.refs.locate(world.tenant, "cat", "main", {
				parent: objectKey(["a"], "t").parent,
				kinds: ["table"],
				page: { ...page, after: "s" },
			}),
		refs: () => store.refs.refs(world.tenant, world.catalog, page),
		"whether a number is pinned": () =>
			store.refs.isPinned(world.tenant, world.line, 1),
		"an entry": () => store.entries.get(world.head, objectKey(["a"], "t")),
		"entries of a namespace": () =>
			store.entries.list(
				world.head,
				{ parent: objectKey(["a"], "t").parent, kinds: ["table"] },
				{ ...page, after: "s" },
			),
		"all entries": () => store.entries.all(world.head, page),
		"who names a file": () => store.entries.namesMetadataFile("s3://b/f", 1),
		reachability: () => store.entries.isReachable(world.tenant, asset),
		commits: () =>
			store.commits.commits(world.tenant, world.line, { ...page, after: 9 }),
		"a commit by its id": () =>
			store.commits.byId(world.tenant, world.catalog, brandId("c")),
		"the number at a time": () =>
			store.commits.numberAt(world.tenant, world.line, 5),
		"the newest merge": () =>
			store.commits.newestMerge(world.tenant, world.line, 5),
		"commits of a key": () =>
			store.commits.ofKey(
				world.tenant,
				world.line,
				objectKey(["a"], "t"),
				page,
			),
		drops: () => store.drops.dropped(world.tenant, world.line, page),
		operations: () =>
			store.merges.operations(world.tenant, world.catalog, {
				...page,
				after: brandId("m"),
			}),
		conflicts: () => store.merges.conflicts(world.tenant, brandId("o"), page),
		"overlapping claims": () => store.claims.overlapping("s3://b/a/", 5),
		"claims of an asset": () => store.claims.claimsOf(world.tenant, asset),
		"lines of a catalog": () =>
			store.history.lines(world.tenant, world.catalog, page),
		"assets below a folder": () =>
			store.entries.assetsBelow("s3://b/a/", asset, 5),
		"expired rows": () =>
			store.history.expired(
				world.tenant,
				world.line,
				{ fromMicros: 0, toMicros: 9e15 },
				5,
			),
		garbage: () => store.history.garbage(world.tenant, world.catalog, page),
		"files of an asset": () =>
			store.history.metadataOf(world.tenant, asset, { ...page, after: "f" }),
		"expired idempotency": () => store.work.expiredIdempotency(5, 5),
		"due jobs": () => store.work.dueJobs(5, 5),
		"the next job": () => store.work.nextJobAtMillis(),
		reports: () =>
			store.work.reports(world.tenant, asset, { ...page, after: "r" }),
	};
	const MOVES: Readonly<Record<string, (all: Database) => Promise<unknown>>> = {
		"a dump": (all) => Array.fromAsync(dumpRows(all, 99, undefined)),
		"a dump of a tenant": (all) =>
			Array.fromAsync(dumpRows(all, 99, world.tenant)),
		"what is in the way of a load": (all) => {
			const progress = createProgress(all, { settleMillis: 1000 });
			const locations = ["s3://b/a/", "s3://b/c/"];
			const target = { database: all, progress };
			return createObstacles(target, brandId("other"), locations).at(0);
		},
	};
	const all = Object.entries({ ...READS, ...MOVES });
	for (const [name, read] of all) {
		it(name, async () => {
			// One that has nothing from reads before.
			store = storeOver(watched(database, seen), { url: "" });
			await store.ping();
			seen.length = 0;
			await read(watched(database, seen));
			assert.ok(seen.length > 0);
			for (const { collection, asked } of seen) {
				const stages = await planned(database, collection, asked);
				assert.ok(stages.includes("IXSCAN"), `${collection}: ${stages}`);
				for (const bad of ["COLLSCAN", "SORT"])
					assert.ok(!stages.includes(bad), `${collection}: ${stages}`);
			}
		});
	}

	it("asks in one query for all that a ref and what it shows need, where they are known", async () => {
		const key = objectKey(["a"], "t");
		const locate = () => store.refs.locate(world.tenant, "cat", "main", key);
		const first = await locate();
		await commit(world, [createNamespace(world, "b")]);
		await store.ping();
		seen.length = 0;
		assert.deepEqual(await locate(), first);
		assert.deepEqual(seen.map(({ collection }) => collection).sort(), [
			"catalog",
			"entry",
			"ref",
			"warehouse",
		]);
		assert.ok(seen.every(({ answered }) => answered === 0));
		assert.equal(new Set(seen.map(({ cursor }) => cursor)).size, 1);
		const line = await fork(world, world.line, 0);
		const { tenant, catalog } = world;
		const ref = { tenant, catalog, name: "main" };
		const branch = { kind: "branch", number: null, settings: "{}" } as const;
		const value = { ...ref, ...branch, line };
		await applied(store, [
			{ op: "update", collection: "ref", key: ref, value, ifVersion: 1 },
		]);
		const moved = await locate();
		assert.equal(moved?.ref.line, line);
		assert.deepEqual(moved?.seen, { key, row: undefined });
	});

	it("asks for what it knows the keys of by one branch a collection", async () => {
		const names = ["u", "v", "w"];
		await commit(
			world,
			names.map((name) => createTable(world, ["a"], name)),
		);
		const readAll = () =>
			Promise.all(
				names.map((name) =>
					store.entries.get(world.head, objectKey(["a"], name)),
				),
			);
		const first = await readAll();
		assert.ok(first.every((row) => row !== undefined));
		await commit(world, [createNamespace(world, "d")]);
		await store.ping();
		seen.length = 0;
		assert.deepEqual(await readAll(), first);
		assert.deepEqual(
			seen.map(({ collection }) => collection),
			["entry"],
		);
		for (const { collection, asked } of seen) {
			const stages = await planned(database, collection, asked);
			assert.ok(stages.includes("IXSCAN"), `${collection}: ${stages}`);
			assert.ok(!stages.includes("COLLSCAN"), `${collection}: ${stages}`);
		}
	});

	it("asks for a row once, as long as nothing is committed", async () => {
		const key = objectKey(["a"], "t");
		const read = () => store.entries.get(world.head, key);
		const first = await read();
		seen.length = 0;
		assert.deepEqual(await read(), first);
		assert.equal(seen.length, 0);
		await commit(world, [createNamespace(world, "c")]);
		await store.ping();
		seen.length = 0;
		assert.deepEqual(await read(), first);
		assert.equal(seen.length, 1);
	});

	it("asks at once for all claims that a claim is decided on", async () => {
		await store.ping();
		seen.length = 0;
		const claim = claimOf(world, "s3://b/claimed/");
		await applied(store, [{ op: "claim", claim }]);
		const claims = seen.filter(({ collection }) => collection === "claim");
		assert.equal(claims.length, 3);
		const before = claims.map(({ answered }) => answered);
		assert.equal(new Set(before).size, 1);
	});

	it("would be told of a query without one", async () => {
		const stages = await planned(database, "entry", [
			{ $match: { v: "x" } },
			{ $limit: 1 },
		]);
		assert.ok(stages.includes("COLLSCAN"), String(stages));
	});
});

async function planned(
	{ db }: Database,
	collection: string,
	asked: Query["asked"],
): Promise<string[]> {
	const rows = db.collection(collection);
	const cursor = Array.isArray(asked)
		? rows.aggregate(asked)
		: rows.find(asked.filter, asked.options);
	const { queryPlanner, stages }: Explained = await cursor.explain();
	const found = queryPlanner ?? stages?.[0]?.$cursor?.queryPlanner;
	return stagesOf(found?.winningPlan);
}
