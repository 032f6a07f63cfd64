import assert from "node:assert/strict";
import type { ClaimChange } from "../changes.ts";
import type { Claim } from "../records.ts";
import type { Case } from "./case.ts";
import { applied, claimOf, newWorld, refused } from "./world.ts";

/** Sentences C1 and C2: who holds which folder. */
export const CLAIMS: readonly Case[] = [
	{
		sentence: "C1",
		name: "no other asset holds the location, one inside it or one above it",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			const root = `memory:///${tools.fresh("root")}/`;
			const held = claimOf(world, `${root}a/b/`);
			await applied(store, [take(held)]);
			for (const location of [`${root}a/b/`, `${root}a/b/c/`, `${root}a/`])
				for (const owner of [world, stranger])
					await refused(store, [take(claimOf(owner, location))], "exists");
			for (const location of [`${root}a/bb/`, `${root}a/a/`, `${root}a/b./`])
				await applied(store, [take(claimOf(world, location))]);
			const overlapping = (location: string, limit = 9) =>
				store.claims.overlapping(location, limit);
			assert.deepEqual(await overlapping(`${root}a/b/`), [held]);
			assert.deepEqual(await overlapping(`${root}a/b/c/d/`), [held]);
			assert.deepEqual(
				(await overlapping(root)).map((claim) => claim.location),
				[`${root}a/a/`, `${root}a/b./`, `${root}a/b/`, `${root}a/bb/`],
			);
			assert.equal((await overlapping(root, 2)).length, 2);
			assert.deepEqual(await overlapping(`${root}x/`), []);
		},
	},
	{
		sentence: "C1",
		name: "what is asked about is a folder, with its slash: anything else is a bug",
		async run(store, tools) {
			const { asset } = claimOf(await newWorld(store, tools), "memory:///x/");
			await assert.rejects(store.claims.overlapping("memory:///x", 9));
			await assert.rejects(store.entries.assetsBelow("memory:///x", asset, 9));
		},
	},
	{
		sentence: "C1",
		name: "wildcards in a location are characters like others",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const root = `memory:///${tools.fresh("root")}/`;
			await applied(store, [take(claimOf(world, `${root}a%/`))]);
			await applied(store, [take(claimOf(world, `${root}a%b/c/`))]);
			await applied(store, [take(claimOf(world, `${root}a_/`))]);
			const found = await store.claims.overlapping(`${root}a%/`, 9);
			assert.equal(found.length, 1);
		},
	},
	{
		sentence: "C1",
		name: "an asset may hold several locations, and sets their state",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const root = `memory:///${tools.fresh("root")}/`;
			const outer = claimOf(world, root);
			const inner = { ...outer, location: `${root}inner/` };
			await applied(store, [take(outer), take(inner)]);
			const { tenant, asset } = outer;
			const ofAsset = () => store.claims.claimsOf(tenant, asset);
			assert.deepEqual(await ofAsset(), [outer, inner]);
			await applied(store, [{ ...take(outer), claim: dropped(outer) }]);
			assert.deepEqual(await ofAsset(), [dropped(outer), inner]);
			await applied(store, [
				{ op: "setClaims", tenant, asset, state: "purging" },
			]);
			assert.deepEqual(
				(await ofAsset()).map((claim) => claim.state),
				["purging", "purging"],
			);
			await applied(store, [{ op: "releaseClaims", tenant, asset }]);
			assert.deepEqual(await ofAsset(), []);
			await applied(store, [
				{ op: "releaseClaims", tenant, asset },
				{ op: "setClaims", tenant, asset, state: "held" },
				take(claimOf(world, root)),
			]);
		},
	},
	{
		sentence: "C1",
		name: "an asset of another tenant is another asset",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			const root = `memory:///${tools.fresh("root")}/`;
			const held = claimOf(world, root);
			await applied(store, [take(held)]);
			const { asset } = held;
			const other = claimOf(stranger, `${root}x/`, { asset });
			await refused(store, [take(other)], "exists");
			const { tenant } = stranger;
			await applied(store, [{ op: "releaseClaims", tenant, asset }]);
			assert.deepEqual(await store.claims.claimsOf(tenant, asset), []);
			assert.deepEqual(await store.claims.claimsOf(held.tenant, asset), [held]);
		},
	},
	{
		sentence: "C2",
		name: "a dropped claim goes to who registers the same table again",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			const location = `memory:///${tools.fresh("root")}/`;
			const held = claimOf(world, location);
			const again = claimOf(world, location, { uuid: held.uuid });
			await applied(store, [take(held)]);
			await refused(store, [take(again)], "exists");
			await applied(store, [take(dropped(held))]);
			for (const other of [
				claimOf(world, location),
				claimOf(world, `${location}x/`, { uuid: held.uuid }),
				claimOf(stranger, location, { uuid: held.uuid }),
			])
				await refused(store, [take(other)], "exists");
			await applied(store, [take(again)]);
			assert.deepEqual(await store.claims.overlapping(location, 9), [again]);
			assert.deepEqual(
				await store.claims.claimsOf(held.tenant, held.asset),
				[],
			);
		},
	},
	{
		sentence: "C2",
		name: "a claim that is being purged goes to nobody",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const location = `memory:///${tools.fresh("root")}/`;
			const held = claimOf(world, location, { state: "purging" });
			await applied(store, [take(held)]);
			const again = claimOf(world, location, { uuid: held.uuid });
			await refused(store, [take(again)], "exists");
		},
	},
];

function take(claim: Claim): ClaimChange & { op: "claim" } {
	return { op: "claim", claim };
}

function dropped(claim: Claim): Claim {
	return { ...claim, state: "dropped" };
}
