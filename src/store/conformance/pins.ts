import assert from "node:assert/strict";
import type { ExpiredRow } from "../contract.ts";
import type { Case } from "./case.ts";
import {
	EVER,
	expiredNumbers,
	merge,
	moved,
	SECOND,
	T,
	tag,
} from "./pastRows.ts";
import { applied, fork, insertRef, newWorld } from "./world.ts";

/** Sentence H1: what pins a number. */
export const PINS: readonly Case[] = [
	{
		sentence: "H1",
		name: "rows that a tag or a fork shows are not expired",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await moved(world, 5);
			assert.deepEqual(await expiredNumbers(world), [1, 2, 3, 4]);
			await applied(store, [tag(world, "v", 2)]);
			await fork(world, world.line, 3);
			assert.deepEqual(await expiredNumbers(world), [1, 4]);
		},
	},
	{
		sentence: "H1",
		name: "rows that ended outside the given times are not expired",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const stranger = await newWorld(store, tools);
			await moved(world, 5);
			const between = { fromMicros: 3 * SECOND, toMicros: 4 * SECOND };
			assert.deepEqual(await expiredNumbers(world, between), [2, 3]);
			assert.deepEqual(await expiredNumbers(world, EVER, 2), [1, 2]);
			const { tenant } = stranger;
			assert.deepEqual(
				await store.history.expired(tenant, world.line, EVER, 9),
				[],
			);
			const [first] = await store.history.expired(
				world.tenant,
				world.line,
				EVER,
				1,
			);
			const expected: ExpiredRow = {
				key: T,
				number: 1,
				endedAtMicros: 2 * SECOND,
			};
			assert.deepEqual(first, expected);
		},
	},
	{
		sentence: "H1",
		name: "a merge pins what it took in, until the next merge of the two lines is old enough",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const target = await fork(world, world.line, 0);
			await moved(world, 5);
			const at = (number: number) => ({ line: world.line, number });
			await merge(world, target, 10, at(2));
			assert.deepEqual(await expiredNumbers(world), [1, 3, 4]);
			await merge(world, target, 20, at(4));
			assert.deepEqual(await expiredNumbers(world), [1, 2, 3]);
			const before = { fromMicros: 0, toMicros: 19 * SECOND };
			assert.deepEqual(await expiredNumbers(world, before), [1, 3]);
		},
	},
	{
		sentence: "H1",
		name: "a tag or a fork between two merges keeps what the first one took in",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const { tenant, catalog } = world;
			await moved(world, 5);
			const at = (number: number) => ({ line: world.line, number });
			for (const pin of ["tag", "fork"]) {
				const target = await fork(world, world.line, 5);
				await merge(world, target, 10, at(1));
				if (pin === "fork") await fork(world, target, 1);
				await merge(world, target, 20, at(4));
				if (pin === "tag")
					await applied(store, [
						insertRef({
							tenant,
							catalog,
							name: "t",
							line: target,
							kind: "tag",
							number: 1,
						}),
					]);
				assert.deepEqual(await expiredNumbers(world), [2, 3], pin);
				if (pin === "tag") {
					const key = { tenant, catalog, name: "t" };
					await applied(store, [{ op: "delete", collection: "ref", key }]);
					assert.deepEqual(await expiredNumbers(world), [1, 2, 3]);
				}
			}
		},
	},
	{
		sentence: "R4",
		name: "a file is named by a row that a merge pins",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			const target = await fork(world, world.line, 0);
			const { folder } = await moved(world, 4);
			const names = (number: number) =>
				store.entries.namesMetadataFile(`${folder}${number}`, EVER.toMicros);
			assert.equal(await names(2), false);
			await merge(world, target, 10, { line: world.line, number: 2 });
			assert.equal(await names(2), true);
			assert.equal(await names(3), false);
		},
	},
];
