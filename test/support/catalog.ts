import { seedDefaults } from "../../src/admin/seed.ts";
import { commitTable } from "../../src/catalog/commitTable.ts";
import { createTable } from "../../src/catalog/createTable.ts";
import {
	type CatalogDeps,
	type CatalogLimits,
	DEFAULT_CATALOG_LIMITS,
	openCatalog,
} from "../../src/catalog/deps.ts";
import {
	createNamespace,
	namespaceExists,
} from "../../src/catalog/namespaces.ts";
import type {
	CreateTableRequest,
	TableChange,
} from "../../src/catalog/requests.ts";
import type {
	Loaded,
	LoadedTable,
	LoadedView,
} from "../../src/catalog/results.ts";
import { openScope, type Scope } from "../../src/catalog/scope.ts";
import { createView } from "../../src/catalog/views.ts";
import type { FileStorage } from "../../src/files/contract.ts";
import { openMemoryStorage } from "../../src/files/memory/memoryStorage.ts";
import type { Schema, ViewVersion } from "../../src/iceberg/types.ts";
import type { JobSettings } from "../../src/jobs/deps.ts";
import { startJobs } from "../../src/jobs/runner.ts";
import type { Identifier } from "../../src/model/names.ts";
import { NO_AUTH_PRINCIPAL } from "../../src/model/principal.ts";
import type { Observation } from "../../src/observe/observation.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";

/** A catalog in memory, as the use cases see it, with everything in reach of a test. */
export interface TestCatalog {
	readonly deps: CatalogDeps;
	readonly scope: Scope;
	/** Beneath what `options.store` and `options.storage` put around them. */
	readonly store: Store;
	readonly storage: FileStorage;
	readonly observations: Observation[];
	/** How often background work was asked for. */
	readonly kicks: () => number;
	/** Another server on the same store and files. */
	secondServer(): CatalogDeps;
	moveClock(millis: number): void;
}

export interface TestCatalogOptions {
	/** Default: a store in memory. */
	readonly openStore?: () => Store | Promise<Store>;
	/** Puts something around the store, once the default catalog is there. */
	readonly store?: (store: Store) => Store;
	readonly storage?: (storage: FileStorage) => FileStorage;
	readonly limits?: Partial<CatalogLimits>;
	/** Called instead of waiting. */
	readonly onWait?: (catalog: Pick<TestCatalog, "store">) => Promise<void>;
}

export const WAREHOUSE_ROOT = "memory://warehouse/";

export async function openTestCatalog(
	options: TestCatalogOptions = {},
): Promise<TestCatalog> {
	const store = (await options.openStore?.()) ?? openMemoryStore();
	const storage = openMemoryStorage(WAREHOUSE_ROOT);
	const observations: Observation[] = [];
	let kicks = 0;
	let nowMillis = 1_700_000_000_000;
	let ids = 0;
	const parts = {
		clock: () => nowMillis++,
		newUuid: () =>
			`01900000-0000-7000-8000-${(ids++).toString(16).padStart(12, "0")}`,
		observe: (observation: Observation) => {
			observations.push(observation);
		},
		kickJobs: () => {
			kicks++;
		},
		wait: async () => {
			await options.onWait?.({ store });
		},
		limits: { ...DEFAULT_CATALOG_LIMITS, ...options.limits },
	};
	await seedDefaults(
		{ ...parts, store, storageFor: () => storage, checkWarehouse: () => {} },
		{ type: "memory" },
	);
	const visibleStore = options.store?.(store) ?? store;
	const visibleStorage = options.storage?.(storage) ?? storage;
	const open = (): CatalogDeps =>
		openCatalog({
			...parts,
			store: visibleStore,
			storageFor: () => visibleStorage,
		});
	const deps = open();
	const scope = await openScope(deps, NO_AUTH_PRINCIPAL, "default");
	return {
		deps,
		scope,
		store,
		storage,
		observations,
		kicks: () => kicks,
		secondServer: open,
		moveClock: (millis) => {
			nowMillis += millis;
		},
	};
}

export const SCHEMA: Schema = {
	type: "struct",
	"schema-id": 0,
	fields: [
		{ id: 1, name: "id", required: true, type: "long" },
		{ id: 2, name: "text", required: false, type: "string" },
	],
};

export const VIEW_VERSION: ViewVersion = {
	"version-id": 1,
	"schema-id": 0,
	"timestamp-ms": 1_700_000_000_000,
	summary: {},
	representations: [{ type: "sql", sql: "select 1", dialect: "spark" }],
	"default-namespace": ["ns"],
};

export function at(...path: string[]): Identifier {
	return { namespace: path.slice(0, -1), name: path.at(-1) ?? "" };
}

/** Creates the table, and its namespace when that is missing. */
export async function makeTable(
	{ deps, scope }: Pick<TestCatalog, "deps" | "scope">,
	identifier: Identifier,
	request: Partial<CreateTableRequest> = {},
): Promise<LoadedTable> {
	const { namespace, name } = identifier;
	await makeNamespace({ deps, scope }, namespace);
	return createTable(deps, scope, namespace, {
		name,
		schema: SCHEMA,
		...request,
	});
}

/** As `makeTable`. */
export async function makeView(
	{ deps, scope }: Pick<TestCatalog, "deps" | "scope">,
	identifier: Identifier,
): Promise<LoadedView> {
	const { namespace, name } = identifier;
	await makeNamespace({ deps, scope }, namespace);
	return createView(deps, scope, namespace, {
		name,
		schema: SCHEMA,
		"view-version": VIEW_VERSION,
	});
}

async function makeNamespace(
	{ deps, scope }: Pick<TestCatalog, "deps" | "scope">,
	namespace: Identifier["namespace"],
): Promise<void> {
	if (await namespaceExists(deps, scope, namespace)) return;
	await createNamespace(deps, scope, { namespace });
}

/** The smallest commit: one property. */
export function setProperty(
	{ deps, scope }: Pick<TestCatalog, "deps" | "scope">,
	identifier: Identifier,
	key: string,
	value: string,
): Promise<LoadedTable> {
	return commitTable(deps, scope, identifier, {
		requirements: [],
		updates: [{ action: "set-properties", updates: { [key]: value } }],
	});
}

/** The parts of a load answer that tests look at. */
export function metadataOf(loaded: Loaded): {
	location: string;
	properties: Record<string, string>;
	"table-uuid": string;
	"metadata-log": { "metadata-file": string }[];
} {
	return JSON.parse(loaded.body.toString()).metadata;
}

/** Every file of the warehouse. */
export async function filesIn(storage: FileStorage): Promise<string[]> {
	const [root] = storage.roots;
	if (root === undefined) return [];
	const files: string[] = [];
	for await (const { location } of storage.list(root)) files.push(location);
	return files.sort();
}

/** What a client sends for a table whose creation it staged. */
export async function stagedCreate(
	{ deps, scope }: Pick<TestCatalog, "deps" | "scope">,
	identifier: Identifier,
): Promise<TableChange> {
	const staged = await createTable(deps, scope, identifier.namespace, {
		name: identifier.name,
		schema: SCHEMA,
		"stage-create": true,
	});
	const metadata = metadataOf(staged);
	return {
		identifier,
		requirements: [{ type: "assert-create" }],
		updates: [
			{ action: "assign-uuid", uuid: metadata["table-uuid"] },
			{ action: "upgrade-format-version", "format-version": 2 },
			{ action: "add-schema", schema: SCHEMA },
			{ action: "set-current-schema", "schema-id": -1 },
			{ action: "add-spec", spec: { "spec-id": 0, fields: [] } },
			{ action: "set-default-spec", "spec-id": -1 },
			{ action: "add-sort-order", "sort-order": { "order-id": 0, fields: [] } },
			{ action: "set-default-sort-order", "sort-order-id": -1 },
			{ action: "set-location", location: metadata.location },
		],
	};
}

/** Does the background work that is due. */
export async function runJobs(
	{ deps, storage }: Pick<TestCatalog, "deps" | "storage">,
	settings: Partial<JobSettings> = {},
): Promise<void> {
	const parts = { ...deps, storageFor: () => storage, settings };
	const runner = startJobs(parts);
	await runner.idle();
	await runner.stop();
}
