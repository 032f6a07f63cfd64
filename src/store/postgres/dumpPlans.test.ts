import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, it } from "node:test";
import { addressOf, newDatabase } from "../../../test/support/emptyPostgres.ts";
import { sharedCluster } from "../../../test/support/postgres.ts";
import { fullWorld } from "../conformance/fullWorld.ts";
import type { World } from "../conformance/world.ts";
import { PARTS } from "../moving.ts";
import type { Snapshot } from "../sql/dumping.ts";
import { dumpRows } from "../sql/dumping.ts";
import type { PostgresAddress } from "./database.ts";
import { atOneMoment } from "./mover.ts";
import { openPostgresStore } from "./postgresStore.ts";

/** A step of a plan, as `EXPLAIN (FORMAT JSON)` names its fields. */
interface Step {
	readonly "Node Type": string;
	readonly "Relation Name"?: string;
	readonly "Index Cond"?: string;
	readonly "Sort Key"?: readonly string[];
	/** By what its rows come sorted, of an incremental sort. */
	readonly "Presorted Key"?: readonly string[];
	readonly Plans?: readonly Step[];
}

/** A statement and how it is run. */
interface Planned {
	readonly sql: string;
	readonly steps: readonly Step[];
}

function stepsOf(step: Step): Step[] {
	return [step, ...(step.Plans ?? []).flatMap(stepsOf)];
}

/** What reads as `db` does, and notes the plans. */
function planning(db: Snapshot, noted: Planned[]): Snapshot {
	return {
		...db,
		async all(sql, params) {
			const [row = []] = await db.all(`EXPLAIN (FORMAT JSON) ${sql}`, params);
			// The driver parses what is JSON.
			const [{ Plan }] = row[0] as unknown as [{ Plan: Step }];
			noted.push({ sql, steps: stepsOf(Plan) });
			return await db.all(sql, params);
		},
	};
}

/** Reads that do not begin where the last page ended, or not in the order of an index. */
function problemsOf({ sql, steps }: Planned): string[] {
	return steps
		.filter((step) => isWholeScan(step) || isSort(step))
		.map((step) => `${step["Node Type"]}: ${sql}`);
}

function isWholeScan(step: Step): boolean {
	if (step["Relation Name"] === undefined) return false;
	const isByIndex = /^Index (Only )?Scan$/.test(step["Node Type"]);
	return !isByIndex || !/>/.test(step["Index Cond"] ?? "");
}

/** Other than of the current row of a name by its number: there is one. */
function isSort(step: Step): boolean {
	const { "Sort Key": wanted, "Presorted Key": given = [] } = step;
	if (wanted === undefined || step["Node Type"] === "Merge Append")
		return false;
	return !/\bname$/.test(given.at(-1) ?? "");
}

describe("a page of PostgreSQL's dump", () => {
	let address: PostgresAddress;
	let world: World;

	before(async () => {
		const { port } = await sharedCluster();
		address = addressOf(port, await newDatabase(port));
		const store = await openPostgresStore({ address });
		world = await fullWorld(store, {
			fresh: (prefix) => `${prefix}-${randomUUID()}`,
			openEmpty: () => Promise.reject(new Error("one store")),
		});
		await store.close();
	});

	const plansOf = (read: (db: Snapshot) => Promise<unknown>) =>
		atOneMoment(address, async (db) => {
			const noted: Planned[] = [];
			await read(planning(db, noted));
			return noted;
		});

	for (const whose of ["all tenants", "one tenant"])
		it(`begins after the last one, by an index in its order: of ${whose}`, async () => {
			const tenant = whose === "one tenant" ? world.tenant : undefined;
			const plans = await plansOf((db) =>
				Array.fromAsync(dumpRows(db, tenant)),
			);
			const statements = new Set(plans.map(({ sql }) => sql));
			// The lines are listed for each part that they hold.
			assert.equal(statements.size, PARTS.length + 1);
			assert.deepEqual(plans.flatMap(problemsOf), []);
		});

	it("would be seen to read all, to sort, or to begin at the start", async () => {
		const cases = [
			"SELECT name FROM refs WHERE kind > '' LIMIT 9",
			"SELECT name FROM refs WHERE tenant_id > '' ORDER BY settings LIMIT 9",
			"SELECT tenant_id FROM refs ORDER BY tenant_id LIMIT 9",
		];
		for (const sql of cases) {
			const [plan] = await plansOf(async (db) => db.all(sql, []));
			assert.ok(plan);
			assert.notDeepEqual(problemsOf(plan), [], sql);
		}
	});
});
