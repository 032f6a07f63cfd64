import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { PangolinError } from "../../model/errors.ts";
import type { TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { Store } from "../contract.ts";
import type { LoadResult, MovedRow, StoreMover } from "../moving.ts";
import { PARTS, tenantOf } from "../moving.ts";
import type { CaseTools } from "./case.ts";
import { fullWorld } from "./fullWorld.ts";
import { expiredNumbers, keptNumbers } from "./pastRows.ts";
import type { World } from "./world.ts";
import {
	applied,
	claimOf,
	commit,
	createNamespace,
	insertTenant,
} from "./world.ts";

/** Where a store lies, with nothing in it: for its server, and for who moves it. */
export interface Place {
	readonly mover: StoreMover;
	/** Whoever opens it closes it; before a `load`, where a store has one server only. */
	open(): Promise<Store>;
}

/** One consequence of one sentence of moving.ts. */
export interface MovingCase {
	readonly sentence: `M${number}`;
	readonly name: string;
	run(openPlace: () => Promise<Place>): Promise<void>;
}

/** Runs every case of moving on a kind of store. */
export function movingConformance(
	name: string,
	openPlace: () => Promise<Place>,
): void {
	describe(`moving, as kept by ${name}`, () => {
		for (const each of MOVING)
			it(`${each.sentence} ${each.name}`, () => each.run(openPlace));
	});
}

const tools: CaseTools = {
	fresh: (prefix) => `${prefix}-${randomUUID()}`,
	openEmpty: () => Promise.reject(new Error("a place has one store")),
};

/** Opens the store of a place for as long as something is done with it. */
async function using<Result>(
	place: Place,
	run: (store: Store) => Promise<Result>,
): Promise<Result> {
	const store = await place.open();
	try {
		return await run(store);
	} finally {
		await store.close();
	}
}

const dumped = ({ mover }: Place, tenant?: TenantId) =>
	Array.fromAsync(mover.dump(tenant));

async function* fromList(rows: readonly MovedRow[]) {
	yield* rows;
}

const load = (
	{ mover }: Place,
	rows: readonly MovedRow[],
	tenant?: TenantId,
): Promise<LoadResult> => mover.load(tenant, fromList(rows));

/** A place with everything in it that a store can hold, and its world. */
async function filled(
	openPlace: () => Promise<Place>,
): Promise<{ place: Place; world: World }> {
	const place = await openPlace();
	const world = await using(place, (store) => fullWorld(store, tools));
	return { place, world };
}

/** A place whose store was opened once, as a server does, and holds nothing. */
async function empty(openPlace: () => Promise<Place>): Promise<Place> {
	const place = await openPlace();
	await using(place, async () => undefined);
	return place;
}

/** What a position in the order of M1 compares by. */
function positionOf(row: MovedRow): string {
	switch (row.part) {
		case "claim":
			return row.claim.location;
		case "commit":
			return [row.tenant, row.line, padded(row.commit.number)].join("\0");
		case "merge":
			return [row.tenant, row.line, padded(row.merge.number)].join("\0");
		case "row": {
			const { space, parent, name } = row.key;
			const key = [space, parent, name, padded(row.number)];
			return [row.tenant, row.line, ...key].join("\0");
		}
		case "forgotten":
			return [row.tenant, row.line, padded(row.from)].join("\0");
		case "dropped":
			return [row.tenant, row.line, row.dropped.asset].join("\0");
		default:
			return tenantOf(row);
	}
}

const padded = (number: number) => String(number).padStart(9, "0");

const READING: readonly MovingCase[] = [
	{
		sentence: "M1",
		name: "every part comes, in order, and each row once",
		async run(openPlace) {
			const { place } = await filled(openPlace);
			const rows = await dumped(place);
			const parts = [...new Set(rows.map(({ part }) => part))];
			assert.deepEqual(parts, [...PARTS]);
			rows.slice(1).forEach((row, i) => {
				const before = rows[i];
				if (before?.part !== row.part) return;
				const order = compareUtf8(positionOf(before), positionOf(row));
				assert.ok(order <= 0, `${row.part} ${positionOf(row)}`);
			});
			const texts = new Set(rows.map((row) => JSON.stringify(row)));
			assert.equal(texts.size, rows.length);
			assert.equal(await place.mover.count(undefined), rows.length);
		},
	},
	{
		sentence: "M1",
		name: "a tenant's rows are those of the whole that are its own",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			await using(place, (store) => fullWorld(store, tools));
			const all = await dumped(place);
			const own = await dumped(place, world.tenant);
			const expected = all.filter((row) => tenantOf(row) === world.tenant);
			assert.deepEqual(own, expected);
			assert.ok(own.length < all.length);
			assert.equal(await place.mover.count(world.tenant), own.length);
			assert.deepEqual(await dumped(place, brandId("nobody")), []);
		},
	},
	{
		sentence: "M1",
		name: "what is written after the first row was read is not among them",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const expected = await dumped(place);
			await using(place, async (store) => {
				const rows = place.mover.dump(undefined);
				const first = await rows.next();
				await commit({ ...world, store }, [createNamespace(world, "late")]);
				await applied(store, [insertTenant(brandId(tools.fresh("z")))]);
				assert.deepEqual(
					[first.value, ...(await Array.fromAsync(rows))],
					expected,
				);
			});
			assert.ok((await dumped(place)).length > expected.length);
		},
	},
];

/** Answers that rest on what only a line's own details say. */
async function detailsOf(world: World): Promise<unknown> {
	const { store, tenant, catalog, line } = world;
	const page = { limit: 99 };
	const numbers = [0, 1, 2, 3, 4, 5];
	const [operation] = await store.merges.operations(tenant, catalog, page);
	const lines = await store.history.lines(tenant, catalog, page);
	return [
		// Partial ones too.
		await Promise.all(
			lines.map((each) => store.entries.all({ tenant, line: each }, page)),
		),
		await store.refs.locate(tenant, "cat", "main"),
		await store.refs.refs(tenant, catalog, page),
		await keptNumbers(world, line, 5),
		await expiredNumbers(world),
		await store.commits.commits(tenant, line, page),
		await store.commits.newestMerge(tenant, line, 99),
		await Promise.all(
			numbers.map((number) => store.refs.isPinned(tenant, line, number)),
		),
		await store.entries.all(world.head, page),
		await store.drops.dropped(tenant, line, page),
		await store.history.garbage(tenant, catalog, page),
		operation,
		operation &&
			(await store.merges.conflicts(tenant, operation.value.id, page)),
		await store.work.dueJobs(9, 9),
		await store.work.expiredIdempotency(9, 9),
	];
}

const LOADING: readonly MovingCase[] = [
	{
		sentence: "M2",
		name: "what was loaded is dumped as it was, and reads as it did",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const target = await empty(openPlace);
			const rows = await dumped(place);
			const expected = await using(place, (store) =>
				detailsOf({ ...world, store }),
			);
			const loaded = { outcome: "loaded", rows: rows.length };
			assert.deepEqual(await load(target, rows), loaded);
			assert.deepEqual(await dumped(target), rows);
			await using(target, async (store) => {
				const moved = { ...world, store };
				assert.deepEqual(await detailsOf(moved), expected);
				const head = await store.refs.line(world.tenant, world.line);
				const next = await commit(moved, [createNamespace(world, "next")], {
					nowMicros: 0,
				});
				assert.ok(head);
				assert.deepEqual(next, {
					line: world.line,
					number: head.head + 1,
					timeMicros: head.headTimeMicros + 1,
				});
			});
		},
	},
	{
		sentence: "M2",
		name: "a tenant comes beside others, which stay as they are",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const { place: target, world: other } = await filled(openPlace);
			const before = await dumped(target);
			const rows = await dumped(place, world.tenant);
			const { outcome } = await load(target, rows, world.tenant);
			assert.equal(outcome, "loaded");
			assert.deepEqual(await dumped(target, world.tenant), rows);
			assert.deepEqual(await dumped(target, other.tenant), before);
		},
	},
	{
		sentence: "M3",
		name: "a whole store goes only where nothing is",
		async run(openPlace) {
			const { place } = await filled(openPlace);
			const target = await openPlace();
			await using(target, (store) =>
				applied(store, [insertTenant(brandId("other"))]),
			);
			const before = await dumped(target);
			const result = await load(target, await dumped(place));
			const reason = "exists";
			assert.deepEqual(result, { outcome: "refused", reason, part: "tenant" });
			assert.deepEqual(await dumped(target), before);
		},
	},
	{
		sentence: "M3",
		name: "a tenant of which anything is there is refused",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const rows = await dumped(place, world.tenant);
			for (const only of rows.filter(({ part }) => !NEEDY.has(part))) {
				const target = await empty(openPlace);
				await load(target, [only], world.tenant);
				const { part } = only;
				const refusal = { outcome: "refused", reason: "exists", part };
				assert.deepEqual(await load(target, rows, world.tenant), refusal);
				assert.deepEqual(await dumped(target), [only]);
			}
		},
	},
	{
		sentence: "M3",
		name: "a tenant whose locations another one claims is refused",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const target = await openPlace();
			const rows = await dumped(place, world.tenant);
			const claimed = rows.find((row) => row.part === "claim");
			assert.ok(claimed?.part === "claim");
			const { location } = claimed.claim;
			await using(target, async (store) => {
				const stranger = { ...world, tenant: brandId<TenantId>("stranger") };
				const claim = claimOf(stranger, `${location}inside/`);
				await applied(store, [{ op: "claim", claim }]);
			});
			const before = await dumped(target);
			assert.deepEqual(await load(target, rows, world.tenant), {
				outcome: "refused",
				reason: "exists",
				part: "claim",
				location,
			});
			assert.deepEqual(await dumped(target), before);
		},
	},
];

/** Parts whose rows name rows of other parts. */
const NEEDY: ReadonlySet<string> = new Set([
	...["warehouse", "catalog", "line", "ref", "mergeOperation"],
	...["mergeConflict", "commit", "merge", "row", "forgotten", "dropped"],
]);

const FAILING: readonly MovingCase[] = [
	{
		sentence: "M4",
		name: "rows that fail on their way leave nothing, and nobody sees the first ones",
		async run(openPlace) {
			const { place } = await filled(openPlace);
			const rows = await dumped(place);
			const target = await empty(openPlace);
			const broken = new Error("the rows ended early");
			async function* failing() {
				yield* rows.slice(0, -1);
				assert.deepEqual(await dumped(target), []);
				throw broken;
			}
			await assert.rejects(target.mover.load(undefined, failing()), broken);
			assert.deepEqual(await dumped(target), []);
			assert.equal((await load(target, rows)).outcome, "loaded");
			assert.deepEqual(await dumped(target), rows);
		},
	},
	{
		sentence: "M5",
		name: "rows of another tenant, and rows that lack what they name, leave nothing",
		async run(openPlace) {
			const { place, world } = await filled(openPlace);
			const rows = await dumped(place);
			const target = await empty(openPlace);
			const isBad = (error: unknown) =>
				error instanceof PangolinError && error.code === "bad-request";
			await assert.rejects(load(target, rows, brandId("other")), isBad);
			for (const part of ["warehouse", "catalog", "line"]) {
				const rest = rows.filter((row) => row.part !== part);
				await assert.rejects(load(target, rest), isBad, part);
			}
			assert.deepEqual(await dumped(target), []);
			assert.equal((await load(target, rows, world.tenant)).outcome, "loaded");
		},
	},
];

export const MOVING: readonly MovingCase[] = [
	...READING,
	...LOADING,
	...FAILING,
];
