import assert from "node:assert/strict";
import type {
	AssetId,
	CatalogId,
	LineId,
	TenantId,
	WarehouseId,
} from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { NamespacePath } from "../../model/names.ts";
import { pathKey } from "../../model/names.ts";
import type {
	Advance,
	AppliedCommit,
	Change,
	ChangePosition,
	EntryChange,
	Refusal,
} from "../changes.ts";
import type { LineAt, Store } from "../contract.ts";
import type {
	Claim,
	Entry,
	EntryKey,
	EntryRow,
	Line,
	Ref,
} from "../records.ts";
import type { CaseTools } from "./case.ts";

/** A tenant with a warehouse, and a catalog whose branch `main` has a line. */
export interface World {
	readonly store: Store;
	readonly tools: CaseTools;
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly line: LineId;
	/** The line at its head. */
	readonly head: LineAt;
}

export async function newWorld(store: Store, tools: CaseTools): Promise<World> {
	const tenant = brandId<TenantId>(tools.fresh("tenant"));
	const catalog = brandId<CatalogId>(tools.fresh("catalog"));
	const line = brandId<LineId>(tools.fresh("line"));
	await applied(store, [
		insertTenant(tenant),
		insertWarehouse(tenant, "wh", tools),
		insertCatalog(tenant, "cat", catalog),
		insertLine({ tenant, catalog, id: line }),
		insertRef({ tenant, catalog, name: "main", line }),
	]);
	return { store, tools, tenant, catalog, line, head: { tenant, line } };
}

export function insertTenant(id: TenantId): Change {
	const value = { id, name: `name of ${id}`, properties: {} };
	return { op: "insert", collection: "tenant", value };
}

export function insertWarehouse(
	tenant: TenantId,
	name: string,
	tools: CaseTools,
): Change {
	const value = {
		id: brandId<WarehouseId>(tools.fresh("warehouse")),
		tenant,
		name,
		storageConfig: { type: "memory" },
		useSts: false,
		vendingStrategy: null,
	};
	return { op: "insert", collection: "warehouse", value };
}

export function insertCatalog(
	tenant: TenantId,
	name: string,
	id: CatalogId,
	warehouse: string | null = "wh",
): Change {
	const value = {
		id,
		tenant,
		name,
		type: "Local" as const,
		warehouse,
		storageLocation: null,
		properties: {},
	};
	return { op: "insert", collection: "catalog", value };
}

export function insertLine(
	line: Pick<Line, "tenant" | "catalog" | "id"> & Partial<Line>,
): Change {
	const value = {
		parent: null,
		filter: null,
		head: 0,
		headTimeMicros: 0,
		...line,
	};
	return { op: "insert", collection: "line", value };
}

export function insertRef(
	ref: Pick<Ref, "tenant" | "catalog" | "name" | "line"> & Partial<Ref>,
): Change {
	const branch = { kind: "branch" as const, number: null, settings: "{}" };
	return { op: "insert", collection: "ref", value: { ...branch, ...ref } };
}

/** A new line that forks from another at a number. */
export async function fork(
	world: World,
	line: LineId,
	number: number,
): Promise<LineId> {
	const id = brandId<LineId>(world.tools.fresh("fork"));
	const { tenant, catalog, store } = world;
	const parent = { line, number };
	await applied(store, [insertLine({ tenant, catalog, id, parent })]);
	return id;
}

export function advanceOf(
	world: World,
	entries: readonly EntryChange[],
	change: Partial<Advance> = {},
): Advance {
	return {
		op: "advance",
		tenant: world.tenant,
		catalog: world.catalog,
		line: world.line,
		nowMicros: 1_000_000,
		commit: {
			id: brandId(world.tools.fresh("commit")),
			mergedParents: [],
			author: brandId("author"),
			authorName: "An Author",
			message: "a message",
		},
		entries,
		...change,
	};
}

/** Appends one commit to the world's line, or to another. */
export async function commit(
	world: World,
	entries: readonly EntryChange[],
	change: Partial<Advance> = {},
): Promise<AppliedCommit> {
	const commits = await applied(world.store, [
		advanceOf(world, entries, change),
	]);
	const [first] = commits;
	assert.ok(first);
	return first;
}

export function namespaceKey(...levels: NamespacePath): EntryKey {
	return {
		space: "namespace",
		parent: pathKey(levels.slice(0, -1)),
		name: levels.at(-1) ?? "",
	};
}

export function objectKey(namespace: NamespacePath, name: string): EntryKey {
	return { space: "object", parent: pathKey(namespace), name };
}

export function namespaceEntry(
	tools: CaseTools,
	properties: Record<string, string> = {},
): Entry {
	return { kind: "namespace", id: brandId(tools.fresh("ns")), properties };
}

export function tableEntry(
	tools: CaseTools,
	fields: { id?: AssetId; kind?: "table" | "view"; location?: string } = {},
): Entry {
	return {
		kind: fields.kind ?? "table",
		id: fields.id ?? brandId(tools.fresh("asset")),
		uuid: tools.fresh("uuid"),
		metadataLocation:
			fields.location ?? `memory:///${tools.fresh("file")}.metadata.json`,
	};
}

export function createNamespace(
	world: World,
	...levels: NamespacePath
): EntryChange {
	const entry = namespaceEntry(world.tools);
	return { op: "create", key: namespaceKey(...levels), entry };
}

export function createTable(
	world: World,
	namespace: NamespacePath,
	name: string,
): EntryChange {
	const entry = tableEntry(world.tools);
	return { op: "create", key: objectKey(namespace, name), entry };
}

/** The row under a key; it must show. */
export async function shown(
	world: World,
	key: EntryKey,
	at: LineAt = world.head,
): Promise<EntryRow> {
	const row = await world.store.entries.get(at, key);
	assert.ok(row, `${key.parent}.${key.name} shows`);
	return row;
}

export function claimOf(
	world: World,
	location: string,
	fields: Partial<Claim> = {},
): Claim {
	return {
		location,
		tenant: world.tenant,
		catalog: world.catalog,
		asset: brandId(world.tools.fresh("asset")),
		uuid: world.tools.fresh("uuid"),
		state: "held",
		...fields,
	};
}

/** Applies a change set that must not be refused. */
export async function applied(
	store: Store,
	changes: readonly Change[],
): Promise<readonly AppliedCommit[]> {
	const result = await store.apply(changes);
	assert.equal(result.outcome, "applied", JSON.stringify(result));
	return result.outcome === "applied" ? result.commits : [];
}

/** Applies a change set that must be refused, for this reason and at this place. */
export async function refused(
	store: Store,
	changes: readonly Change[],
	reason: Refusal,
	at: ChangePosition = { change: changes.length - 1 },
): Promise<void> {
	const result = await store.apply(changes);
	assert.deepEqual(result, { outcome: "refused", reason, at });
}
