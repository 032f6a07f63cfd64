import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import type { AssetId, CatalogId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { insertTenant } from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import { StoreUnavailable } from "../contract.ts";
import type { MovedRow, StoreMover } from "../moving.ts";
import type { Claim } from "../records.ts";
import type { Database } from "./database.ts";
import { connect } from "./database.ts";
import { createObstacles } from "./inTheWay.ts";
import { loadRows } from "./load.ts";
import { migrate } from "./migrate.ts";
import { openMongoStore } from "./mongoStore.ts";
import { openMongoMover } from "./mover.ts";
import { newWriter, putPart } from "./parts.ts";
import type { Progress } from "./progress.ts";
import { createProgress } from "./progress.ts";
import { sweepParts } from "./sweep.ts";
import { trim } from "./trim.ts";

interface Site {
	readonly database: Database;
	readonly progress: Progress;
	readonly mover: StoreMover;
	openStore(): Promise<Store>;
}

async function openSite(test: TestContext): Promise<Site> {
	const url = await freshMongoUrl();
	const database = await connect({ url });
	const mover = openMongoMover({ url });
	test.after(() => Promise.all([database.client.close(), mover.close()]));
	await migrate(database);
	return {
		database,
		progress: createProgress(database, { settleMillis: 1000 }),
		mover,
		openStore: async () => {
			const store = await openMongoStore({ url });
			test.after(() => store.close());
			return store;
		},
	};
}

const GRACE = { graceMillis: 1000 };

/** A look at the parts, and one when the grace period has passed. */
async function sweepTwice({ database, progress }: Site): Promise<void> {
	const seen = new Map();
	await sweepParts(database, progress, seen, { now: 0, ...GRACE });
	await sweepParts(database, progress, seen, { now: 1000, ...GRACE });
}

/** Enough for some parts. */
const TENANTS = 2500;

function tenantRows(): MovedRow[] {
	return Array.from({ length: TENANTS }, (_, i) => {
		const id = brandId<TenantId>(`t${String(i).padStart(5, "0")}`);
		const value = { id, name: `${i}`, properties: {} };
		return { part: "tenant", value, version: 1 };
	});
}

async function* fromList(rows: readonly MovedRow[]) {
	yield* rows;
}

function isNotApplied(error: unknown): boolean {
	return error instanceof StoreUnavailable && error.outcome === "not-applied";
}

describe("a dump of MongoDB", () => {
	it("fails when what it still has to read was trimmed", async (test) => {
		const { database, mover, openStore } = await openSite(test);
		const store = await openStore();
		const tenant = brandId<TenantId>("t");
		await store.apply([insertTenant(tenant)]);
		const rows = mover.dump(undefined);
		assert.equal((await rows.next()).value?.part, "tenant");
		await store.apply([insertTenant(brandId("u"))]);
		await store.ping();
		await trim(database, 2);
		await assert.rejects(Array.fromAsync(rows), isNotApplied);
		assert.equal((await Array.fromAsync(mover.dump(undefined))).length, 2);
	});
});

describe("a load into MongoDB", () => {
	it("that died after its entry is completed by whoever reads next, from the first part on that is not marked", async (test) => {
		const { database, progress, mover, openStore } = await openSite(test);
		const rows = tenantRows();
		const dies: Progress = {
			...progress,
			rollTo: async (number) => {
				if (number > 0) throw new Error("dead");
				return 0;
			},
		};
		const loaded = await loadRows(database, dies, undefined, fromList(rows));
		assert.deepEqual(loaded, { outcome: "loaded", rows: TENANTS });
		const tenants = database.rows("tenant");
		assert.equal(await tenants.countDocuments(), 0);
		// As if the first part had been derived before.
		const parts = database.parts;
		const [first] = await parts.find().sort({ _id: 1 }).toArray();
		await parts.updateOne(
			{ _id: first?._id ?? "" },
			{ $set: { isMade: true } },
		);
		await openStore();
		const marked = await parts.countDocuments({ isMade: true });
		assert.equal(marked, 3);
		assert.equal(await tenants.countDocuments(), TENANTS - 1000);
		// All of it again, of which most is there.
		await parts.updateMany({}, { $unset: { isMade: 1 } });
		await database.meta.updateOne({ _id: "derived" }, { $set: { n: 0 } });
		await openStore();
		assert.deepEqual(await Array.fromAsync(mover.dump(undefined)), rows);
	});

	it("gives up when its parts were removed as those of a dead one", async (test) => {
		const site = await openSite(test);
		const { database, progress } = site;
		async function* slow() {
			yield* tenantRows();
			assert.ok((await database.parts.countDocuments()) > 0);
			await sweepTwice(site);
			assert.equal(await database.parts.countDocuments(), 0);
		}
		const load = loadRows(database, progress, undefined, slow());
		await assert.rejects(load, isNotApplied);
		assert.equal(await database.parts.countDocuments(), 0);
		const again = fromList(tenantRows());
		const { outcome } = await loadRows(database, progress, undefined, again);
		assert.equal(outcome, "loaded");
	});

	it("is in the log while servers write, before or after all that they do", async (test) => {
		const { mover, openStore } = await openSite(test);
		const store = await openStore();
		const scope = brandId<TenantId>("t00000");
		let isOver = false;
		const others = async () => {
			for (let i = 0; !isOver; i++)
				await store.apply([insertTenant(brandId(`other${i}`))]);
		};
		const writing = others();
		const rows = tenantRows().slice(0, 1);
		const { outcome } = await mover.load(scope, fromList(rows));
		isOver = true;
		await writing;
		assert.equal(outcome, "loaded");
		assert.deepEqual(await Array.fromAsync(mover.dump(scope)), rows);
	});
});

describe("parts that nobody needs", () => {
	it("are removed when nothing was added to them for long, and others stay", async (test) => {
		const site = await openSite(test);
		const { database, progress, openStore } = site;
		const rows = fromList(tenantRows());
		await loadRows(database, progress, undefined, rows);
		const [dead, slow] = [newWriter(), newWriter()];
		const piece = { ends: [], rows: [] };
		for (const part of [0, 1]) await putPart(database, dead, part, piece);
		await putPart(database, slow, 0, piece);
		const seen = new Map();
		await sweepParts(database, progress, seen, { now: 0, ...GRACE });
		await putPart(database, slow, 1, piece);
		await sweepParts(database, progress, seen, { now: 1000, ...GRACE });
		const left = await database.parts.find({}).toArray();
		const writers = left.map(({ _id }) => _id.split("-")[0] ?? "");
		assert.equal(left.length, 5);
		assert.ok(writers.includes(slow) && !writers.includes(dead));
		const store = await openStore();
		assert.equal((await store.registry.tenants({ limit: 1 })).length, 1);
		assert.equal(await database.log.countDocuments(), 2);
	});
});

function claim(tenant: string, location: string): Claim {
	return {
		tenant: brandId<TenantId>(tenant),
		catalog: brandId<CatalogId>("c"),
		asset: brandId<AssetId>("a"),
		uuid: "u",
		location,
		state: "held",
	};
}

describe("claims in the way of a load", () => {
	it("are those that newer entries of the log make, too, where they are still held", async (test) => {
		const site = await openSite(test);
		const { database } = site;
		const store = await site.openStore();
		const mine = brandId<TenantId>("mine");
		const locations = ["s3://b/one/", "s3://b/two/"];
		const obstacles = createObstacles(site, mine, locations);
		const next = async (...changes: Parameters<Store["apply"]>[0]) => {
			assert.equal((await store.apply(changes)).outcome, "applied");
			const at = await database.log.countDocuments();
			const found = await obstacles.at(at);
			return found?.location ?? found?.part;
		};
		const take = (location: string) =>
			({ op: "claim", claim: claim("other", location) }) as const;
		const other = brandId<TenantId>("other");
		const asset = brandId<AssetId>("a");
		const release = { op: "releaseClaims", tenant: other, asset } as const;
		assert.equal(await next(insertTenant(other)), undefined);
		assert.equal(await next(take("s3://b/three/")), undefined);
		assert.equal(await next(take("s3://b/two/inside/")), "s3://b/two/");
		assert.equal(await next(release), undefined);
		assert.equal(await next(take("s3://b/")), "s3://b/one/");
		assert.equal(await next(insertTenant(mine)), "tenant");
	});
});
