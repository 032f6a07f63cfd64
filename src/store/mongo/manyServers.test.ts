import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import { freshMongoUrl } from "../../../test/support/mongo/mongo.ts";
import { brandId } from "../../model/ids.ts";
import type { World } from "../conformance/world.ts";
import {
	commit,
	createNamespace,
	createTable,
	newWorld,
	objectKey,
} from "../conformance/world.ts";
import type { Listing } from "../contract.ts";
import { openMongoStore } from "./mongoStore.ts";

const TABLES: Listing = {
	parent: objectKey(["a"], "").parent,
	kinds: ["table"],
	page: { limit: 99 },
};

describe("several servers on one MongoDB database", () => {
	it("commit to different tables of one line, and each sees what all were told", async (test) => {
		const url = await freshMongoUrl();
		const stores = await Promise.all(
			Array.from({ length: 3 }, () => openMongoStore({ url })),
		);
		test.after(() => Promise.all(stores.map((store) => store.close())));
		const [first] = stores;
		assert.ok(first);
		const world = await newWorld(first, {
			fresh: (prefix) => `${prefix}-${randomUUID()}`,
			openEmpty: async () => first,
		});
		await commit(world, [createNamespace(world, "a")]);
		const told: number[] = [];
		const work = async (server: number, client: number) => {
			const store = stores[server];
			assert.ok(store);
			const on: World = { ...world, store };
			for (let i = 0; i < 4; i++) {
				const name = `t${server}-${client}-${i}`;
				const { number } = await commit(on, [createTable(on, ["a"], name)]);
				told.push(number);
				for (const reader of stores) {
					const row = await reader.entries.get(
						world.head,
						objectKey(["a"], name),
					);
					assert.equal(row?.version.number, number);
					const { tenant } = world;
					const at = await reader.refs.locate(tenant, "cat", "main", TABLES);
					assert.ok(at?.listed?.names.includes(name));
				}
			}
		};
		const clients = [0, 1, 2].flatMap((server) =>
			[0, 1].map((client) => work(server, client)),
		);
		await Promise.all(clients);
		assert.deepEqual(
			told.toSorted((a, b) => a - b),
			Array.from({ length: 24 }, (_, i) => i + 2),
		);
		for (const store of stores) {
			const names = await store.entries.names(world.head, TABLES, TABLES.page);
			assert.equal(names.length, 24);
		}
	});

	it("give one key to one of those who ask for it at once", async (test) => {
		const url = await freshMongoUrl();
		const stores = await Promise.all(
			Array.from({ length: 3 }, () => openMongoStore({ url })),
		);
		test.after(() => Promise.all(stores.map((store) => store.close())));
		const id = brandId<never>("tenant");
		const value = { id, name: "t", properties: {} };
		const results = await Promise.all(
			stores.flatMap((store) =>
				Array.from({ length: 4 }, () =>
					store.apply([{ op: "insert", collection: "tenant", value }]),
				),
			),
		);
		const outcomes = results.map(({ outcome }) => outcome).sort();
		assert.deepEqual(outcomes, [
			"applied",
			...Array.from({ length: 11 }, () => "refused"),
		]);
	});
});
