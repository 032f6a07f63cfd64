import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobPayloads } from "../../src/catalog/jobs.ts";
import type { FileStorage } from "../../src/files/contract.ts";
import { openLocalStorage } from "../../src/files/local/localStorage.ts";
import type { JobDeps } from "../../src/jobs/deps.ts";
import { assert } from "../../src/model/errors.ts";
import { brandId, DEFAULT_TENANT_ID } from "../../src/model/ids.ts";
import { pathKey } from "../../src/model/names.ts";
import type { Observation } from "../../src/observe/observation.ts";
import type { Change, EntryChange } from "../../src/store/changes.ts";
import type { Store } from "../../src/store/contract.ts";
import { openMemoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Claim, EntryKey, Job } from "../../src/store/records.ts";

const tenant = DEFAULT_TENANT_ID;
const catalog = brandId<Claim["catalog"]>("catalog-1");
const WAREHOUSE = {
	id: brandId<JobPayloads["purge"]["warehouse"]["id"]>("warehouse-1"),
	name: "w",
};

export const NOW = 1_800_000_000_000;

/** A catalog in memory over files in a temporary folder, with a clock that the test moves. */
export interface TestCatalog {
	readonly store: Store;
	readonly storage: FileStorage;
	readonly deps: Omit<JobDeps, "settings">;
	readonly observed: Observation[];
	clock: number;
	/** The names below a table's folder, or below the whole warehouse. */
	files(table?: string): Promise<string[]>;
	/** A table `name` on `branch` with one metadata file, one data file and its claim. */
	addTable(name: string, options?: { folder?: string }): Promise<TestTable>;
	commit(branch: string, entries: EntryChange[]): Promise<void>;
	addBranch(name: string, atNumber: number): Promise<void>;
	head(branch: string): Promise<number>;
	apply(...changes: Change[]): Promise<void>;
	dispose(): Promise<void>;
}

export interface TestTable {
	readonly id: Claim["asset"];
	readonly key: EntryKey;
	readonly folder: string;
	readonly metadataLocation: string;
	write(path: string): Promise<string>;
	replace(metadataLocation: string): Promise<void>;
	drop(branch?: string): Promise<void>;
	/** Inserts the job that deletes its files. */
	purge(): Promise<Job["id"]>;
	claims(): Promise<readonly Claim["state"][]>;
}

export async function openTestCatalog(
	store: Store = openMemoryStore(),
): Promise<TestCatalog> {
	const folder = await realpath(await mkdtemp(join(tmpdir(), "pangolin-")));
	const storage = await openLocalStorage({ roots: [join(folder, "w")] });
	const observed: Observation[] = [];
	let ids = 0;
	const line = (branch: string) => brandId<Claim["catalog"]>(`line-${branch}`);

	const test: TestCatalog = {
		store,
		storage,
		observed,
		clock: NOW,
		deps: {
			store,
			storageFor: () => storage,
			clock: () => test.clock,
			newUuid: () => `id-${ids++}`,
			observe: (observation) => observed.push(observation),
		},
		files: (table = "") => filesBelow(storage, table),
		addTable: (name, options = {}) => addTable(test, name, options),
		async commit(branch, entries) {
			await test.apply({
				op: "advance",
				tenant,
				catalog,
				line: brandId(line(branch)),
				commit: {
					id: brandId(`commit-${ids++}`),
					mergedParents: [],
					author: brandId("tester"),
					authorName: "tester",
					message: "",
				},
				nowMicros: test.clock * 1000,
				entries,
			});
		},
		async addBranch(name, number) {
			const parent = { line: brandId<never>(line("main")), number };
			await test.apply(...branchChanges(name, line(name), parent));
		},
		async head(branch) {
			const found = await store.refs.line(tenant, brandId(line(branch)));
			return found?.head ?? 0;
		},
		async apply(...changes) {
			const result = await store.apply(changes);
			assert(result.outcome === "applied", JSON.stringify(result));
		},
		async dispose() {
			await storage.close();
			await store.close();
			await rm(folder, { recursive: true, force: true });
		},
	};
	await test.apply(
		...registryChanges(),
		...branchChanges("main", line("main")),
	);
	return test;
}

/** Runs a test in one, and lets go of it. */
export async function inCatalog(
	run: (catalog: TestCatalog) => Promise<void>,
	store?: Store,
): Promise<void> {
	const catalog = await openTestCatalog(store);
	try {
		await run(catalog);
	} finally {
		await catalog.dispose();
	}
}

/** Relative to the root, sorted. */
async function filesBelow(
	storage: FileStorage,
	table: string,
): Promise<string[]> {
	const root = storage.roots[0] ?? "";
	const found: string[] = [];
	const below = storage.canonical(`${root}${table}`);
	for await (const file of storage.list(below))
		found.push(file.location.slice(root.length));
	return found.sort();
}

function registryChanges(): Change[] {
	return [
		{
			op: "insert",
			collection: "tenant",
			value: { id: tenant, name: "t", properties: {} },
		},
		{
			op: "insert",
			collection: "warehouse",
			value: {
				...WAREHOUSE,
				tenant,
				storageConfig: { type: "local" },
				useSts: false,
				vendingStrategy: null,
			},
		},
		{
			op: "insert",
			collection: "catalog",
			value: {
				id: catalog,
				tenant,
				name: "c",
				type: "Local",
				warehouse: WAREHOUSE.name,
				storageLocation: null,
				properties: {},
			},
		},
	];
}

function branchChanges(
	name: string,
	id: string,
	parent: { line: never; number: number } | null = null,
): Change[] {
	const line = brandId<never>(id);
	return [
		{
			op: "insert",
			collection: "line",
			value: {
				id: line,
				tenant,
				catalog,
				parent,
				filter: null,
				head: 0,
				headTimeMicros: 0,
			},
		},
		{
			op: "insert",
			collection: "ref",
			value: {
				tenant,
				catalog,
				name,
				kind: "branch",
				line,
				number: null,
				settings: "{}",
			},
		},
	];
}

async function addTable(
	test: TestCatalog,
	name: string,
	{ folder = name }: { folder?: string },
): Promise<TestTable> {
	const { store, storage } = test;
	const location = storage
		.canonical(`${storage.roots[0]}${folder}`)
		.replace(/\/$/, "");
	const id = brandId<Claim["asset"]>(test.deps.newUuid());
	const uuid = `uuid-${id}`;
	const key: EntryKey = { space: "object", parent: pathKey([]), name };
	const write = async (path: string) => {
		const file = storage.canonical(`${location}/${path}`);
		await storage.write(file, Buffer.from(path));
		return file;
	};
	const metadataLocation = await write(`metadata/0-${id}.metadata.json`);
	await write(`data/${id}.parquet`);
	const entry = { kind: "table", id, uuid, metadataLocation } as const;
	const claim = { tenant, catalog, asset: id, uuid, location: `${location}/` };
	await test.commit("main", [{ op: "create", key, entry }]);
	await test.apply({ op: "claim", claim: { ...claim, state: "held" } });
	return {
		id,
		key,
		folder: claim.location,
		metadataLocation,
		write,
		async replace(next) {
			const at = { tenant, line: brandId<never>("line-main") };
			const row = await store.entries.get(at, key);
			assert(row !== undefined, `${name} is there`);
			const replaced = { ...entry, metadataLocation: next };
			await test.commit("main", [
				{ op: "replace", key, entry: replaced, ifVersion: row.version },
			]);
		},
		drop: (branch = "main") => test.commit(branch, [{ op: "drop", key }]),
		async purge() {
			const payload: JobPayloads["purge"] = {
				catalog,
				asset: id,
				uuid,
				warehouse: WAREHOUSE,
				folders: [claim.location],
				metadataLocation,
			};
			return insertJob(test, "purge", payload);
		},
		claims: async () =>
			(await store.claims.claimsOf(tenant, id)).map(({ state }) => state),
	};
}

export async function insertJob<Kind extends keyof JobPayloads>(
	test: TestCatalog,
	kind: Kind,
	payload: JobPayloads[Kind],
): Promise<Job["id"]> {
	const id = brandId<Job["id"]>(test.deps.newUuid());
	await test.apply({
		op: "insert",
		collection: "job",
		value: {
			id,
			tenant,
			kind,
			payload: JSON.stringify(payload),
			runAfterMillis: test.clock,
			attempts: 0,
			lastError: null,
			leaseOwner: null,
			leaseUntilMillis: 0,
		},
	});
	return id;
}

export const TEST_WAREHOUSE = WAREHOUSE;
export const TEST_TENANT = tenant;
