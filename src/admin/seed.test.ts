import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { STORES } from "../../test/support/refs.ts";
import { DEFAULT_TENANT_ID } from "../model/ids.ts";
import type { AdminDeps } from "./deps.ts";
import { seedDefaults } from "./seed.ts";

for (const [name, openStore] of STORES)
	test(`servers that start together on an empty store all start: ${name}`, async () => {
		const store = await openStore();
		const deps: AdminDeps = {
			store,
			clock: Date.now,
			newUuid: randomUUID,
			storageFor: () => assert.fail("no file is touched"),
			checkWarehouse: () => undefined,
		};
		const config = { type: "memory" };
		await Promise.all([1, 2, 3].map(() => seedDefaults(deps, config)));
		const { registry } = store;
		const catalogs = await registry.catalogs(DEFAULT_TENANT_ID, { limit: 9 });
		assert.deepEqual(
			catalogs.map(({ value }) => value.name),
			["default"],
		);
	});
