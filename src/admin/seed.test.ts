import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_TENANT_ID } from "../model/ids.ts";
import { openMemoryStore } from "../store/memory/memoryStore.ts";
import { seedDefaults } from "./seed.ts";

test("servers that start at the same time on an empty store make the defaults once", async () => {
	const store = openMemoryStore();
	let ids = 0;
	const deps = {
		store,
		clock: () => 1_700_000_000_000,
		newUuid: () => `01900000-0000-7000-8000-${String(ids++).padStart(12, "0")}`,
		storageFor: () => assert.fail("no file is touched"),
		checkWarehouse: () => {},
	};
	const seed = () => seedDefaults(deps, { type: "memory" });
	await Promise.all([seed(), seed(), seed()]);
	const { registry } = store;
	for (const found of [
		await registry.tenants({ limit: 9 }),
		await registry.warehouses(DEFAULT_TENANT_ID, { limit: 9 }),
		await registry.catalogs(DEFAULT_TENANT_ID, { limit: 9 }),
	])
		assert.equal(found.length, 1);
});
