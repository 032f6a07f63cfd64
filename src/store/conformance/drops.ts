import assert from "node:assert/strict";
import type { AssetId, LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { EntryChange } from "../changes.ts";
import type { DroppedAsset, Entry } from "../records.ts";
import type { Case } from "./case.ts";
import type { World } from "./world.ts";
import {
	advanceOf,
	applied,
	commit,
	createNamespace,
	fork,
	namespaceKey,
	newWorld,
	objectKey,
	refused,
	shown,
	tableEntry,
} from "./world.ts";

const T = objectKey(["a"], "t");
const U = objectKey(["a"], "u");

/** Sentence L15: what a line dropped. */
export const DROPS: readonly Case[] = [
	{
		sentence: "L15",
		name: "what a line dropped is remembered with its key and the commit, whoever wrote it",
		async run(store, tools) {
			const { world, t } = await withTable(await newWorld(store, tools));
			const line = await fork(world, world.line, 1);
			await commit(world, [{ op: "drop", key: T }], { line });
			const drop = { asset: t.id, key: T, number: 1 };
			assert.deepEqual(await dropped(world, line), [drop]);
			assert.deepEqual(await dropped(world), []);
			const { id } = (await shown(world, namespaceKey("a"))).entry;
			const key = namespaceKey("a");
			await commit(world, [
				{ op: "drop", key: T },
				{ op: "drop", key },
			]);
			const both = [
				{ asset: t.id, key: T, number: 2 },
				{ asset: id, key, number: 2 },
			];
			assert.deepEqual(
				await dropped(world),
				both.toSorted((a, b) => (a.asset < b.asset ? 1 : -1)),
			);
			const stranger = await newWorld(store, tools);
			assert.deepEqual(
				await store.drops.dropped(stranger.tenant, line, { limit: 9 }),
				[],
			);
		},
	},
	{
		sentence: "L15",
		name: "what is written again is not dropped any more: a rename is no drop",
		async run(store, tools) {
			const { world, t } = await withTable(await newWorld(store, tools));
			await commit(world, [
				{ op: "drop", key: T },
				{ op: "create", key: U, entry: t },
			]);
			assert.deepEqual(await dropped(world), []);
			await commit(world, [{ op: "drop", key: U }]);
			assert.deepEqual(await dropped(world), [
				{ asset: t.id, key: U, number: 3 },
			]);
			await commit(world, [{ op: "create", key: T, entry: t }]);
			assert.deepEqual(await dropped(world), []);
			await commit(world, [{ op: "drop", key: T }]);
			await commit(world, [{ op: "create", key: T, entry: tableEntry(tools) }]);
			assert.deepEqual(await dropped(world), [
				{ asset: t.id, key: T, number: 5 },
			]);
		},
	},
	{
		sentence: "L15",
		name: "another asset in its place drops one, a new version of itself does not",
		async run(store, tools) {
			const { world, t } = await withTable(await newWorld(store, tools));
			const replace = async (entry: Entry): Promise<EntryChange> => {
				const { version } = await shown(world, T);
				return { op: "replace", key: T, entry, ifVersion: version };
			};
			const next = tableEntry(tools, { id: t.id });
			await commit(world, [await replace(next)]);
			assert.deepEqual(await dropped(world), []);
			const other = tableEntry(tools);
			await commit(world, [await replace(other)]);
			assert.deepEqual(await dropped(world), [
				{ asset: t.id, key: T, number: 3 },
			]);
			const third = tableEntry(tools);
			await commit(world, [
				{ op: "drop", key: T },
				{ op: "create", key: T, entry: third },
			]);
			assert.deepEqual(await dropped(world), [
				{ asset: other.id, key: T, number: 4 },
				{ asset: t.id, key: T, number: 3 },
			]);
		},
	},
	{
		sentence: "L15",
		name: "a final drop is not remembered, nor one that was refused",
		async run(store, tools) {
			const { world } = await withTable(await newWorld(store, tools));
			await refused(
				store,
				[
					advanceOf(world, [
						{ op: "drop", key: T },
						{ op: "drop", key: namespaceKey("none") },
					]),
				],
				"missing",
				{ change: 0, entry: 1 },
			);
			assert.deepEqual(await dropped(world), []);
			await commit(world, [{ op: "drop", key: T, isFinal: true }]);
			assert.deepEqual(await dropped(world), []);
		},
	},
	{
		sentence: "L15",
		name: "what was dropped comes newest first, in pages, and goes with its line",
		async run(store, tools) {
			const world = await newWorld(store, tools);
			await commit(world, [createNamespace(world, "a")]);
			const line = await fork(world, world.line, 1);
			const ids = ["1", "2", "3"].map((n) =>
				brandId<AssetId>(`${tools.fresh(`asset-${n}`)}`),
			);
			for (const id of ids) {
				const key = objectKey(["a"], id);
				const entry = tableEntry(tools, { id });
				await commit(world, [{ op: "create", key, entry }], { line });
			}
			const drops = ids.map(
				(id): EntryChange => ({ op: "drop", key: objectKey(["a"], id) }),
			);
			await commit(world, drops.slice(0, 2), { line });
			await commit(world, drops.slice(2), { line });
			const all = await dropped(world, line);
			const [one, two, three] = ids;
			assert.deepEqual(
				all.map(({ asset, number }) => [asset, number]),
				[
					[three, 5],
					[two, 4],
					[one, 4],
				],
			);
			const paged: DroppedAsset[] = [];
			for (;;) {
				const page = await store.drops.dropped(world.tenant, line, {
					after: paged.at(-1),
					limit: 1,
				});
				if (page.length === 0) break;
				paged.push(...page);
			}
			assert.deepEqual(paged, all);
			await applied(store, [
				{
					op: "delete",
					collection: "line",
					key: { tenant: world.tenant, line },
				},
			]);
			assert.deepEqual(await dropped(world, line), []);
		},
	},
];

function dropped(
	{ store, tenant, line: own }: World,
	line: LineId = own,
): Promise<DroppedAsset[]> {
	return store.drops.dropped(tenant, line, { limit: 99 });
}

/** The world with a table `a.t` in its first commit. */
async function withTable(world: World) {
	const t = tableEntry(world.tools);
	await commit(world, [
		createNamespace(world, "a"),
		{ op: "create", key: T, entry: t },
	]);
	return { world, t };
}
