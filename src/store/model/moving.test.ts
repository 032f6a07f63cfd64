import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { openPostgresPlace } from "../../../test/support/emptyPostgres.ts";
import { openMongoPlace } from "../../../test/support/mongo/emptyMongo.ts";
import {
	assertFindsPlanted,
	checkProperty,
} from "../../../test/support/property.ts";
import type {
	AssetId,
	CatalogId,
	LineId,
	MergeOperationId,
	TenantId,
} from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { Place } from "../conformance/moving.ts";
import type { Store } from "../contract.ts";
import { openMemoryStore } from "../memory/memoryStore.ts";
import { openMemoryMover } from "../memory/moving.ts";
import type { MovedRow, StoreMover } from "../moving.ts";
import { tenantOf } from "../moving.ts";
import { emptyState, type State } from "../rules/state.ts";
import { openSqliteMover } from "../sqlite/mover.ts";
import { openSqliteStore } from "../sqlite/sqliteStore.ts";
import { changeSets, type Drawn, LINES, TENANTS } from "./commands.ts";
import { readEverything } from "./readings.ts";
import { BASE, resolve, withCommitIds } from "./resolve.ts";

const folder = mkdtempSync(join(tmpdir(), "pangolin-moving-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
type Kind = "memory" | "SQLite" | "PostgreSQL" | "MongoDB";
const KINDS: { readonly [K in Kind]: () => Promise<Place> } = {
	memory: async () => ofState(emptyState()),
	SQLite: async () => {
		const path = join(folder, `${files++}.db`);
		return {
			mover: openSqliteMover(path),
			open: () => openSqliteStore({ path }),
		};
	},
	PostgreSQL: openPostgresPlace,
	MongoDB: openMongoPlace,
};
/** From each one into the next. */
const WAY: readonly [Kind, ...Kind[]] = [
	"memory",
	"SQLite",
	"PostgreSQL",
	"MongoDB",
	"SQLite",
	"memory",
];

async function openPlaces(
	kinds: readonly [Kind, ...Kind[]],
): Promise<[Place, ...Place[]]> {
	const [first, ...others] = kinds;
	return [
		await KINDS[first](),
		...(await Promise.all(others.map((kind) => KINDS[kind]()))),
	];
}

function ofState(state: State): Place {
	return {
		mover: openMemoryMover(state),
		open: async () => openMemoryStore(state),
	};
}

async function dumped(mover: StoreMover, tenant?: string): Promise<MovedRow[]> {
	const scope = tenant === undefined ? undefined : brandId<TenantId>(tenant);
	return Array.fromAsync(mover.dump(scope));
}

async function load(
	{ mover }: Place,
	rows: readonly MovedRow[],
	tenant?: string,
): Promise<void> {
	const scope = tenant === undefined ? undefined : brandId<TenantId>(tenant);
	const result = await mover.load(scope, fromList(rows));
	assert.deepEqual(result, { outcome: "loaded", rows: rows.length });
}

async function* fromList(rows: readonly MovedRow[]) {
	yield* rows;
}

/** What the drawn changes do not make, as far as the catalog `k0` is there. */
async function addWork(store: Store): Promise<void> {
	const tenant = brandId<TenantId>("t0");
	const catalog = brandId<CatalogId>("k0");
	const asset = brandId<AssetId>("a1");
	const operation = brandId<MergeOperationId>("o1");
	const id = brandId<never>("r1");
	await store.apply([
		{
			op: "insert",
			collection: "mergeOperation",
			value: {
				tenant,
				catalog,
				id: operation,
				status: "Pending",
				detail: "{}",
			},
		},
		{
			op: "insert",
			collection: "mergeConflict",
			value: {
				tenant,
				id: brandId("x1"),
				operation,
				detail: "{}",
				resolution: null,
			},
		},
		{
			op: "insert",
			collection: "report",
			value: {
				tenant,
				id,
				asset,
				type: "scan",
				receivedAtMillis: 1,
				body: "{}",
			},
		},
		{
			op: "insert",
			collection: "garbage",
			value: { tenant, catalog, asset, metadataLocation: "memory:///w/old" },
		},
	]);
}

/** Forgets the first few rows that expired, and begins to forget lines that nothing needs. */
async function forgetSome(
	store: Store,
	{ rows, lines }: { readonly rows: number; readonly lines: number },
): Promise<void> {
	const tenant = brandId<TenantId>("t0");
	const ended = { fromMicros: 0, toMicros: 15 };
	for (const line of LINES.map((id) => brandId<LineId>(id))) {
		const expired = await store.history.expired(tenant, line, ended, rows);
		const forget = { op: "forget", tenant, line, rows: expired } as const;
		await store.apply([{ ...forget, toMicros: ended.toMicros }]);
		if (lines > 0)
			await store.apply([{ op: "forgetLine", tenant, line, limit: lines }]);
	}
}

const history = fc.record({
	before: changeSets,
	rows: fc.nat({ max: 4 }),
	lines: fc.constantFrom(0, 0, 2),
	after: fc.array(fc.oneof(changeSets), { maxLength: 1 }),
});

/** Applies drawn sets to several stores, all of which must answer as the first. */
async function applyAll(
	stores: readonly [Store, ...Store[]],
	drawnSets: readonly Drawn[][],
	first: number,
): Promise<void> {
	for (const [index, drawn] of structuredClone(drawnSets).entries()) {
		const set = withCommitIds(await resolve(stores[0], drawn), first + index);
		const [expected, ...others] = await Promise.all(
			stores.map((store) => store.apply(set)),
		);
		for (const result of others) assert.deepEqual(result, expected);
	}
}

/** All the way the same rows, the same answers, and the same ones after further changes. */
function movesWhole(
	way: readonly [Kind, ...Kind[]],
	break_: (rows: MovedRow[]) => MovedRow[] = (rows) => rows,
) {
	return fc.asyncProperty(history, async ({ before, rows, lines, after }) => {
		const places = await openPlaces(way);
		const [origin, ...others] = places;
		const store = await origin.open();
		await store.apply(BASE);
		await applyAll([store], before, 1);
		await addWork(store);
		await forgetSome(store, { rows, lines });
		const expected = await dumped(origin.mover);
		assert.equal(await origin.mover.count(undefined), expected.length);
		let moved = break_(expected);
		for (const place of others) {
			await load(place, moved);
			moved = await dumped(place.mover);
			assert.deepEqual(moved, expected);
			assert.equal(await place.mover.count(undefined), expected.length);
		}
		// What a line that is going shows in the meantime is not said anywhere.
		if (lines > 0) return;
		const stores = await Promise.all(others.map((place) => place.open()));
		try {
			await applyAll([store, ...stores], after.flat(), 100);
			const read = await readEverything(store);
			for (const each of stores)
				assert.deepEqual(await readEverything(each), read);
		} finally {
			await Promise.all(stores.map((each) => each.close()));
		}
		const later = await dumped(origin.mover);
		for (const { mover } of others)
			assert.deepEqual(await dumped(mover), later);
	});
}

describe("a store moves", () => {
	it("from memory to SQLite, to PostgreSQL, to MongoDB and back, with nothing lost and nothing changed", () =>
		checkProperty(movesWhole(WAY), { runs: 5 }));

	it("tenant by tenant, into the same as at once", () =>
		checkProperty(
			fc.asyncProperty(changeSets, async (sets) => {
				const [origin, ...targets] = await openPlaces(WAY);
				const store = await origin.open();
				await store.apply(BASE);
				await applyAll([store], sets, 1);
				for (const target of targets)
					for (const tenant of TENANTS) {
						const rows = await dumped(origin.mover, tenant);
						await load(target, rows, tenant);
						assert.deepEqual(await dumped(target.mover, tenant), rows);
						assert.ok(rows.every((row) => tenantOf(row) === tenant));
					}
				const expected = await dumped(origin.mover);
				for (const { mover } of targets)
					assert.deepEqual(await dumped(mover), expected);
			}),
			{ runs: 8 },
		));

	const BROKEN: Readonly<Record<string, (rows: MovedRow[]) => MovedRow[]>> = {
		"the versions of records": (rows) =>
			rows.map((row) => ("version" in row ? { ...row, version: 1 } : row)),
		"what was forgotten": (rows) =>
			rows.filter(({ part }) => part !== "forgotten"),
		"when rows ended": (rows) =>
			rows.map((row) =>
				row.part === "row" && row.end !== null
					? { ...row, end: { ...row.end, timeMicros: 1 } }
					: row,
			),
	};
	for (const [what, breakIt] of Object.entries(BROKEN))
		it(`and a move that loses ${what} is caught`, async () => {
			const broken = movesWhole(["memory", "SQLite"], breakIt);
			await assertFindsPlanted(broken, { runs: 500 });
		});
});
