import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
	at,
	filesIn,
	makeTable,
	metadataOf,
	openTestCatalog,
	SCHEMA,
	setProperty,
	stagedCreate,
	type TestCatalog,
	WAREHOUSE_ROOT,
} from "../../test/support/catalog.ts";
import { type ErrorCode, PangolinError } from "../model/errors.ts";
import type { Properties } from "../model/registry.ts";
import type { Store } from "../store/contract.ts";
import { commitTable } from "./commitTable.ts";
import { createTable } from "./createTable.ts";
import { dropTable } from "./dropTable.ts";
import { tableExists } from "./loadTable.ts";
import { createNamespace } from "./namespaces.ts";
import { registerTable } from "./registers.ts";

const TABLE = at("a", "t");
const INSIDE = `${WAREHOUSE_ROOT}here`;
const OUTSIDE = [
	"memory://other/x",
	"memory://warehouse/../other",
	"memory://warehousex/t",
	"file:///etc",
	"/etc",
	"s3://bucket/x",
	"memory://warehouse/a//b",
	"memory://warehouse/a%2e%2e/b",
	"",
];
const FOLDER_PROPERTIES = [
	"write.data.path",
	"write.metadata.path",
	"write.object-storage.path",
	"write.folder-storage.path",
];

function codeIs(code: ErrorCode): (error: unknown) => boolean {
	return (error) => error instanceof PangolinError && error.code === code;
}

/** A warehouse that fails the test when a file of it is touched. */
async function untouchable(): Promise<TestCatalog> {
	const touched = (): never => assert.fail("a file was touched");
	let isGuarded = false;
	const catalog = await openTestCatalog({
		storage: (storage) => ({
			...storage,
			read: (location) => (isGuarded ? touched() : storage.read(location)),
			write: (location, bytes) =>
				isGuarded ? touched() : storage.write(location, bytes),
			exists: (location) => (isGuarded ? touched() : storage.exists(location)),
		}),
	});
	await makeTable(catalog, TABLE);
	isGuarded = true;
	return catalog;
}

describe("a place outside the warehouse is refused before any file is touched", () => {
	test("as location", async () => {
		const catalog = await untouchable();
		const { deps, scope } = catalog;
		const create = await stagedCreate(catalog, at("a", "new"));
		for (const location of OUTSIDE) {
			for (const isStaged of [false, true])
				await assert.rejects(
					createTable(deps, scope, ["a"], {
						name: "x",
						schema: SCHEMA,
						location,
						"stage-create": isStaged,
					}),
					codeIs("location-not-allowed"),
					location,
				);
			const elsewhere = { action: "set-location", location } as const;
			await assert.rejects(
				commitTable(deps, scope, TABLE, {
					requirements: [],
					updates: [elsewhere],
				}),
			);
			await assert.rejects(
				commitTable(deps, scope, at("a", "new"), {
					...create,
					updates: [...create.updates.slice(0, -1), elsewhere],
				}),
			);
		}
	});

	test("as a folder that a property names", async () => {
		const catalog = await untouchable();
		const { deps, scope } = catalog;
		for (const name of FOLDER_PROPERTIES) {
			const properties: Properties = { [name]: "memory://other/x" };
			await assert.rejects(
				createTable(deps, scope, ["a"], {
					name: "x",
					schema: SCHEMA,
					properties,
				}),
				codeIs("location-not-allowed"),
			);
			await assert.rejects(
				setProperty(catalog, TABLE, name, "memory://other/x"),
				codeIs("location-not-allowed"),
			);
		}
	});

	test("in a snapshot or a statistics file", async () => {
		const { deps, scope } = await untouchable();
		const snapshot = {
			"snapshot-id": 1n,
			"sequence-number": 1n,
			"timestamp-ms": 1_700_000_000_500,
			summary: { operation: "append" },
			"manifest-list": "memory://other/list.avro",
			"schema-id": 0,
		};
		await assert.rejects(
			commitTable(deps, scope, TABLE, {
				requirements: [],
				updates: [{ action: "add-snapshot", snapshot }],
			}),
			codeIs("location-not-allowed"),
		);
	});

	test("as metadata file to register, whether it exists or not", async () => {
		const { deps, scope } = await untouchable();
		const register = (location: string) =>
			registerTable(deps, scope, ["a"], {
				name: "x",
				"metadata-location": location,
			});
		for (const location of OUTSIDE)
			await assert.rejects(
				register(location),
				codeIs("location-not-allowed"),
				location,
			);
	});
});

test("metadata to register may not name places outside the warehouse", async () => {
	const catalog = await openTestCatalog();
	const { deps, scope, storage } = catalog;
	const created = await makeTable(catalog, TABLE);
	await dropTable(deps, scope, TABLE, { purge: false });
	const text = JSON.stringify(metadataOf(created));
	const location = metadataOf(created).location;
	const planted = storage.canonical(`${INSIDE}/planted.metadata.json`);
	const bytes = Buffer.from(text.replace(location, "memory://other/x"));
	await storage.write(planted, bytes);
	await assert.rejects(
		registerTable(deps, scope, ["a"], {
			name: "x",
			"metadata-location": planted,
		}),
		codeIs("location-not-allowed"),
	);
});

describe("a table's folder is its own", () => {
	test("no table at, inside or above another", async () => {
		const catalog = await openTestCatalog();
		const { deps, scope } = catalog;
		await makeTable(catalog, TABLE, { location: `${INSIDE}/t` });
		await createNamespace(deps, scope, { namespace: ["b"] });
		const taken = codeIs("already-exists");
		for (const location of [
			`${INSIDE}/t`,
			`${INSIDE}/t/`,
			`${INSIDE}/t/in`,
			INSIDE,
		])
			await assert.rejects(
				makeTable(catalog, at("b", "x"), { location }),
				taken,
				location,
			);
		await assert.rejects(
			makeTable(catalog, at("b", "x"), {
				properties: { "write.data.path": `${INSIDE}/t/data` },
			}),
			taken,
		);
		await makeTable(catalog, at("b", "y"), { location: `${INSIDE}/t_foo` });
		await assert.rejects(
			setProperty(catalog, at("b", "y"), "write.data.path", `${INSIDE}/t`),
			taken,
		);
		await assert.rejects(
			commitTable(deps, scope, at("b", "y"), {
				requirements: [],
				updates: [{ action: "set-location", location: `${INSIDE}/t` }],
			}),
			taken,
		);
		assert.equal((await filesIn(catalog.storage)).length, 2);
	});

	test("sixteen creators at one place at once: one is first", async () => {
		const catalog = await openTestCatalog();
		await createNamespace(catalog.deps, catalog.scope, { namespace: ["a"] });
		const results = await Promise.allSettled(
			Array.from({ length: 16 }, (_, i) =>
				makeTable(catalog, at("a", `t${i}`), { location: INSIDE }),
			),
		);
		const winners = results.filter(({ status }) => status === "fulfilled");
		assert.equal(winners.length, 1);
		assert.equal((await filesIn(catalog.storage)).length, 1);
	});

	test("the client's spelling stays, the canonical one is claimed", async () => {
		const catalog = await openTestCatalog();
		const created = await makeTable(catalog, TABLE, { location: `${INSIDE}/` });
		assert.equal(metadataOf(created).location, INSIDE);
		assert(created.metadataLocation?.startsWith(`${INSIDE}/metadata/`));
		const claims = await catalog.store.claims.overlapping(`${INSIDE}/`, 9);
		assert.deepEqual(
			claims.map(({ location, state }) => [location, state]),
			[[`${INSIDE}/`, "held"]],
		);
	});
});

describe("the place of a dropped table", () => {
	test("is given back to the same table", async () => {
		const catalog = await openTestCatalog();
		const { deps, scope, store } = catalog;
		const created = await makeTable(catalog, TABLE);
		const again = {
			name: "again",
			"metadata-location": created.metadataLocation ?? "",
		};
		await assert.rejects(
			registerTable(deps, scope, ["a"], again),
			codeIs("already-exists"),
		);
		await dropTable(deps, scope, TABLE, { purge: false });
		const registered = await registerTable(deps, scope, ["a"], again);
		assert.equal(registered.metadataLocation, created.metadataLocation);
		assert.deepEqual(metadataOf(registered), metadataOf(created));
		const claims = await store.claims.overlapping(
			`${metadataOf(created).location}/`,
			9,
		);
		assert.deepEqual(
			claims.map(({ state }) => state),
			["held"],
		);
	});

	test("is given to a new table that names the very same place, not one around it", async () => {
		const catalog = await openTestCatalog();
		const { deps, scope } = catalog;
		await makeTable(catalog, TABLE, { location: `${INSIDE}/t` });
		await dropTable(deps, scope, TABLE, { purge: false });
		for (const location of [INSIDE, `${INSIDE}/t/in`])
			await assert.rejects(
				makeTable(catalog, TABLE, { location }),
				codeIs("already-exists"),
			);
		await makeTable(catalog, TABLE, { location: `${INSIDE}/t` });
	});

	test("is waited for while it is being purged", async () => {
		let waits = 0;
		const finishPurge = async ({ store }: { store: Store }): Promise<void> => {
			if (++waits < 3) return;
			const [claim] = await store.claims.overlapping(`${INSIDE}/`, 1);
			assert(claim?.state === "purging");
			const { tenant, asset } = claim;
			await store.apply([{ op: "releaseClaims", tenant, asset }]);
		};
		const catalog = await openTestCatalog({ onWait: finishPurge });
		const { deps, scope, store } = catalog;
		await makeTable(catalog, TABLE, { location: INSIDE });
		await dropTable(deps, scope, TABLE, { purge: true });
		const [job] = await store.work.dueJobs(Number.MAX_SAFE_INTEGER, 9);
		assert.equal(job?.value.kind, "purge");
		assert.deepEqual(JSON.parse(job?.value.payload ?? "").folders, [
			`${INSIDE}/`,
		]);
		const kicked = catalog.kicks();
		assert(kicked > 0);
		await makeTable(catalog, TABLE, { location: INSIDE });
		assert.equal(waits, 3);
		assert(catalog.kicks() > kicked);
	});

	test("that ends while a register waits for it leaves nothing to register", async () => {
		let finish = async (): Promise<void> => {};
		const catalog = await openTestCatalog({ onWait: () => finish() });
		const { deps, scope, store, storage } = catalog;
		const { metadataLocation } = await makeTable(catalog, TABLE);
		const location = storage.canonical(metadataLocation ?? "");
		await dropTable(deps, scope, TABLE, { purge: true });
		finish = async () => {
			await storage.remove([location]);
			const [claim] = await store.claims.overlapping(WAREHOUSE_ROOT, 1);
			assert(claim !== undefined);
			const { tenant, asset } = claim;
			await store.apply([{ op: "releaseClaims", tenant, asset }]);
		};
		await assert.rejects(
			registerTable(deps, scope, TABLE.namespace, {
				name: TABLE.name,
				"metadata-location": location,
			}),
			codeIs("file-not-found"),
		);
		assert.equal(await tableExists(deps, scope, TABLE), false);
	});

	test("would take along what was registered from its folder: no foreign metadata is", async () => {
		const catalog = await openTestCatalog({
			limits: { locationWaitMillis: 0 },
		});
		const { deps, scope, storage } = catalog;
		const host = metadataOf(await makeTable(catalog, TABLE)).location;
		const other = at("a", "other");
		const { metadataLocation } = await makeTable(catalog, other);
		const text = await storage.read(storage.canonical(metadataLocation ?? ""));
		await dropTable(deps, scope, other, { purge: false });
		const copy = storage.canonical(`${host}/metadata/copy.metadata.json`);
		await storage.write(copy, text);
		const register = () =>
			registerTable(deps, scope, other.namespace, {
				name: other.name,
				"metadata-location": copy,
			});
		await assert.rejects(register(), codeIs("already-exists"));
		await dropTable(deps, scope, TABLE, { purge: true });
		await assert.rejects(register(), codeIs("location-busy"));
		assert.equal(await tableExists(deps, scope, other), false);
	});

	test("keeps its files when the table says that others need them", async () => {
		const catalog = await openTestCatalog();
		const { deps, scope, store } = catalog;
		await makeTable(catalog, TABLE, { properties: { "gc.enabled": "false" } });
		const files = await filesIn(catalog.storage);
		await dropTable(deps, scope, TABLE, { purge: true });
		const jobs = await store.work.dueJobs(Number.MAX_SAFE_INTEGER, 9);
		assert.deepEqual(jobs, []);
		assert.deepEqual(await filesIn(catalog.storage), files);
	});

	test("is purged too when the table's metadata is gone", async () => {
		const catalog = await openTestCatalog({
			limits: { metadataCacheBytes: 0 },
		});
		const { deps, scope, store, storage } = catalog;
		const { metadataLocation } = await makeTable(catalog, TABLE);
		await storage.remove([storage.canonical(metadataLocation ?? "")]);
		await dropTable(deps, scope, TABLE, { purge: true });
		const jobs = await store.work.dueJobs(Number.MAX_SAFE_INTEGER, 9);
		assert.equal(jobs.length, 1);
	});

	test("is busy when the purge takes too long", async () => {
		const catalog = await openTestCatalog({
			limits: { locationWaitMillis: 200 },
		});
		const { deps, scope } = catalog;
		await makeTable(catalog, TABLE, { location: INSIDE });
		await dropTable(deps, scope, TABLE, { purge: true });
		await assert.rejects(
			makeTable(catalog, TABLE, { location: INSIDE }),
			codeIs("location-busy"),
		);
	});
});
