import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import {
	addressOf,
	newDatabase,
	oneDatabase,
} from "../../../test/support/emptyPostgres.ts";
import { asAdmin, sharedCluster } from "../../../test/support/postgres.ts";
import type { ApplyResult, Change } from "../changes.ts";
import { forget, moved, T, tag } from "../conformance/pastRows.ts";
import type { World } from "../conformance/world.ts";
import {
	advanceOf,
	applied,
	claimOf,
	createNamespace,
	insertTenant,
	newWorld,
} from "../conformance/world.ts";
import type { Store } from "../contract.ts";
import type { PostgresStore } from "./postgresStore.ts";
import { openPostgresStore } from "./postgresStore.ts";

const opened: PostgresStore[] = [];
after(() => Promise.all(opened.map((store) => store.close())));

/** Stores of several servers on one database, in which every call ends late. */
async function openServers(isBroken: boolean): Promise<[Store, Store]> {
	const { port } = await sharedCluster();
	const database = await newDatabase(port);
	const open = () => openPostgresStore({ address: addressOf(port, database) });
	const stores: [PostgresStore, PostgresStore] = [await open(), await open()];
	opened.push(...stores);
	const [row] = await asAdmin(
		port,
		"SELECT pg_get_functiondef('pangolin.apply_sets'::regproc) AS sql",
		database,
	);
	const late = String(row?.sql).replace(
		"RETURN result;",
		`PERFORM pg_sleep(${isBroken ? 0.2 : 0.02}); RETURN result;`,
	);
	const broken = late.replaceAll(/pg_advisory_xact_lock\w*\(lock\.id\)/g, "1");
	assert.notEqual(late, broken);
	const inSchema = `SET search_path = pangolin; ${isBroken ? broken : late}`;
	await asAdmin(port, inSchema, database);
	return stores;
}

/** Applies two sets at the same time, each by a server of its own. */
async function race(
	[a, b]: [Store, Store],
	first: readonly Change[],
	second: readonly Change[],
): Promise<ApplyResult["outcome"][]> {
	const results = await Promise.all([a.apply(first), b.apply(second)]);
	return results.map(({ outcome }) => outcome);
}

/** Each rejects when two servers did together what they must not. */
const RACES: readonly {
	readonly name: string;
	run(servers: [Store, Store], world: World): Promise<void>;
}[] = [
	{
		name: "commits to one line get numbers of their own, and none is refused",
		async run([a, b], world) {
			const commits = Array.from({ length: 10 }, (_, i) =>
				(i % 2 === 0 ? a : b).apply([
					advanceOf(world, [createNamespace(world, `n${i}`)]),
				]),
			);
			const numbers = (await Promise.all(commits)).map((result) =>
				result.outcome === "applied" ? result.commits[0]?.number : 0,
			);
			assert.deepEqual(
				numbers.toSorted((x = 0, y = 0) => x - y),
				[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
			);
		},
	},
	{
		name: "one of two claims, of which one is inside the other, is refused",
		async run(servers, world) {
			const folder = `memory:///${oneDatabase.fresh("folder")}/`;
			const outcomes = await race(
				servers,
				[{ op: "claim", claim: claimOf(world, folder) }],
				[{ op: "claim", claim: claimOf(world, `${folder}deep/inside/`) }],
			);
			assert.deepEqual(outcomes.toSorted(), ["applied", "refused"]);
		},
	},
	{
		name: "a tag and the forgetting of what it shows see each other",
		async run(servers, world) {
			await moved(world, 3);
			const [tagged] = await race(
				servers,
				[tag(world, "v1", 1)],
				[forget(world, [1])],
			);
			const at = { ...world.head, number: 1 };
			const row = await world.store.entries.get(at, T);
			assert.equal(row?.version.number === 1, tagged === "applied");
		},
	},
	{
		name: "a catalog does not go while something is put into it",
		async run(servers, world) {
			const key = { tenant: world.tenant, name: "cat" };
			const outcomes = await race(
				servers,
				[{ op: "delete", collection: "catalog", key }],
				[
					advanceOf(world, [
						createNamespace(world, "a"),
						{
							op: "create",
							key: T,
							entry: {
								kind: "asset",
								id: oneDatabase.fresh("asset") as never,
								assetType: "File",
								location: "memory:///x",
								properties: {},
							},
						},
					]),
				],
			);
			assert.deepEqual(outcomes.toSorted(), ["applied", "refused"]);
		},
	},
	{
		name: "one of two inserts of a key is refused",
		async run(servers) {
			const insert = [insertTenant(oneDatabase.fresh("tenant") as never)];
			const outcomes = await race(servers, insert, insert);
			assert.deepEqual(outcomes.toSorted(), ["applied", "refused"]);
		},
	},
];

describe("two servers on one PostgreSQL", () => {
	for (const { name, run } of RACES) {
		it(name, async () => {
			const servers = await openServers(false);
			for (let round = 0; round < 3; round++)
				await run(servers, await newWorld(servers[0], oneDatabase));
		});

		it(`without the locks not: ${name}`, async () => {
			const servers = await openServers(true);
			const rounds = async () => {
				for (let round = 0; round < 20; round++)
					await run(servers, await newWorld(servers[0], oneDatabase));
			};
			await assert.rejects(rounds());
		});
	}

	it("take whole tenants for a set that names very much", async () => {
		const servers = await openServers(false);
		const world = await newWorld(servers[0], oneDatabase);
		const folder = oneDatabase.fresh("many");
		const claims = Array.from(
			{ length: 1000 },
			(_, i): Change => ({
				op: "claim",
				claim: claimOf(world, `memory:///${folder}/${i}/`),
			}),
		);
		await applied(servers[0], claims);
		const above = claimOf(world, `memory:///${folder}/`);
		const result = await servers[1].apply([{ op: "claim", claim: above }]);
		assert.equal(result.outcome, "refused");
	});
});
