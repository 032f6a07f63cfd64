import { PangolinError } from "../model/errors.ts";
import type { CatalogId, LineId } from "../model/ids.ts";
import { brandId } from "../model/ids.ts";
import { checkCatalogName, pathKey } from "../model/names.ts";
import type { Principal } from "../model/principal.ts";
import type { Catalog, Properties } from "../model/registry.ts";
import { historyRetentionSeconds } from "../model/retention.ts";
import type { ChangeSet } from "../store/changes.ts";
import type { Versioned } from "../store/records.ts";
import { showsObjects } from "./content.ts";
import type { AdminDeps, Call, Effect } from "./deps.ts";
import { EMPTY, effect } from "./deps.ts";
import type { Slice } from "./listing.ts";
import { readSlice } from "./listing.ts";
import { maskSecrets, unmaskSecrets } from "./secrets.ts";
import { applyEffect, retryConflicts } from "./writing.ts";

export interface CatalogRequest {
	readonly name: string;
	readonly catalog_type?: string | null | undefined;
	readonly warehouse_name?: string | null | undefined;
	readonly storage_location?: string | null | undefined;
	readonly properties?: Properties | null | undefined;
}

const MAIN_REF = "main";
const FIRST_NAMESPACE = "default";

export async function listCatalogs(
	deps: AdminDeps,
	principal: Principal,
	slice: Slice,
): Promise<unknown[]> {
	const rows = await readSlice<Versioned<Catalog>, string>(
		slice,
		(page) => deps.store.registry.catalogs(principal.tenant, page),
		(row) => row.value.name,
	);
	return rows.map((row) => viewOf(row.value));
}

/** @throws PangolinError `catalog-not-found` */
export async function getCatalog(
	deps: AdminDeps,
	principal: Principal,
	name: string,
): Promise<unknown> {
	return viewOf((await readCatalog(deps, principal, name)).value);
}

/**
 * Creates a catalog that clients can use at once: with its branch `main`, whose
 * first commit creates the namespace `default`.
 * @throws PangolinError `already-exists`, `warehouse-not-found`, `bad-request`, `unsupported`, `location-not-allowed`
 */
export async function createCatalog(
	deps: AdminDeps,
	call: Call,
	request: CatalogRequest,
): Promise<Effect> {
	checkCatalogName("catalog", request.name);
	checkType(request.catalog_type);
	const properties = checkedProperties(request.properties ?? {});
	const { tenant } = call.principal;
	const warehouse = request.warehouse_name ?? null;
	const catalog: Catalog = {
		id: brandId(deps.newUuid()),
		tenant,
		name: request.name,
		type: "Local",
		warehouse,
		storageLocation: await storageLocation(
			deps,
			call.principal,
			warehouse,
			request.storage_location ?? null,
		),
		properties,
	};
	const answer = effect(201, viewOf(catalog));
	return applyEffect(
		deps,
		call,
		answer,
		[...creation(deps, call.principal, catalog)],
		{
			exists: ["already-exists", `Catalog already exists: ${catalog.name}`],
			missing: noSuchWarehouse(warehouse),
		},
	);
}

/** The change set of a new catalog; the default one is made of the same. */
export function creation(
	deps: AdminDeps,
	author: Principal,
	catalog: Catalog,
): ChangeSet {
	const line: LineId = brandId(deps.newUuid());
	const { tenant, id } = catalog;
	return [
		{ op: "insert", collection: "catalog", value: catalog },
		{
			op: "insert",
			collection: "line",
			value: {
				id: line,
				tenant,
				catalog: id,
				parent: null,
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
				catalog: id,
				name: MAIN_REF,
				kind: "branch",
				line,
				number: null,
				settings: "{}",
			},
		},
		firstCommit(deps, author, { tenant, catalog: id, line }),
	];
}

function firstCommit(
	deps: AdminDeps,
	author: Principal,
	at: { tenant: Catalog["tenant"]; catalog: CatalogId; line: LineId },
): ChangeSet[number] {
	return {
		op: "advance",
		...at,
		commit: {
			id: brandId(deps.newUuid()),
			mergedParents: [],
			author: author.id,
			authorName: author.name,
			message: `Create namespace ${FIRST_NAMESPACE}`,
		},
		nowMicros: deps.clock() * 1000,
		entries: [
			{
				op: "create",
				key: { space: "namespace", parent: pathKey([]), name: FIRST_NAMESPACE },
				entry: {
					kind: "namespace",
					id: brandId(deps.newUuid()),
					properties: {},
				},
			},
		],
	};
}

/**
 * Changes what the request names.
 * @throws PangolinError `catalog-not-found`, `warehouse-not-found`, `bad-request`,
 *   `location-not-allowed`, `in-use` for another warehouse while the catalog has tables, views or assets
 */
export function updateCatalog(
	deps: AdminDeps,
	call: Call,
	name: string,
	request: Partial<CatalogRequest>,
): Promise<Effect> {
	return retryConflicts(async () => {
		const { value, version } = await readCatalog(deps, call.principal, name);
		const catalog = await changed(deps, call.principal, value, request);
		const answer = effect(200, viewOf(catalog));
		return applyEffect(
			deps,
			call,
			answer,
			[
				{
					op: "update",
					collection: "catalog",
					key: { tenant: value.tenant, name },
					value: catalog,
					ifVersion: version,
				},
			],
			{ missing: noSuchWarehouse(catalog.warehouse) },
		);
	});
}

async function changed(
	deps: AdminDeps,
	principal: Principal,
	before: Catalog,
	request: Partial<CatalogRequest>,
): Promise<Catalog> {
	const warehouse = request.warehouse_name ?? before.warehouse;
	if (warehouse !== before.warehouse) await requireMovable(deps, before);
	const location = request.storage_location ?? before.storageLocation;
	return {
		...before,
		warehouse,
		storageLocation: await storageLocation(
			deps,
			principal,
			warehouse,
			location,
		),
		properties:
			request.properties === undefined || request.properties === null
				? before.properties
				: checkedProperties(
						unmaskSecrets(request.properties, before.properties),
					),
	};
}

/** Another warehouse does not accept the locations of the tables that are there. */
async function requireMovable(
	{ store }: AdminDeps,
	{ tenant, id, name, warehouse }: Catalog,
): Promise<void> {
	if (warehouse === null || !(await showsObjects(store, tenant, id))) return;
	throw new PangolinError(
		"in-use",
		`Catalog ${name} has tables, views or assets in warehouse ${warehouse}, so it keeps it`,
	);
}

/** @throws PangolinError `catalog-not-found`, `in-use` while it has tables, views or assets */
export function deleteCatalog(
	deps: AdminDeps,
	call: Call,
	name: string,
): Promise<Effect> {
	return retryConflicts(async () => {
		const { value, version } = await readCatalog(deps, call.principal, name);
		return applyEffect(
			deps,
			call,
			EMPTY,
			[
				{
					op: "delete",
					collection: "catalog",
					key: { tenant: value.tenant, name },
					ifVersion: version,
				},
			],
			{
				missing: noSuchCatalog(name),
				notEmpty: [
					"in-use",
					`Catalog ${name} still has tables, views or assets`,
				],
			},
		);
	});
}

async function readCatalog(
	deps: AdminDeps,
	principal: Principal,
	name: string,
): Promise<Versioned<Catalog>> {
	const row = await deps.store.registry.catalog(principal.tenant, name);
	if (row === undefined) throw new PangolinError(...noSuchCatalog(name));
	return row;
}

/** Checks the warehouse and gives the location in the form that the warehouse's storage uses. */
async function storageLocation(
	deps: AdminDeps,
	principal: Principal,
	warehouseName: string | null,
	location: string | null,
): Promise<string | null> {
	if (warehouseName === null) {
		if (location === null) return null;
		throw new PangolinError(
			"bad-request",
			"storage_location needs a warehouse_name",
		);
	}
	const warehouse = await deps.store.registry.warehouse(
		principal.tenant,
		warehouseName,
	);
	if (warehouse === undefined)
		throw new PangolinError(...noSuchWarehouse(warehouseName));
	return location === null
		? null
		: deps.storageFor(warehouse.value).canonical(location);
}

/** @throws PangolinError `bad-request` for a value that a property with a meaning cannot have */
function checkedProperties(properties: Properties): Properties {
	historyRetentionSeconds(properties);
	return properties;
}

function checkType(type: string | null | undefined): void {
	if (type === undefined || type === null || type === "Local") return;
	throw type === "Federated"
		? new PangolinError(
				"unsupported",
				"Federated catalogs are not supported; use catalog_type Local",
			)
		: new PangolinError("bad-request", "catalog_type must be Local");
}

function noSuchWarehouse(
	name: string | null,
): readonly ["warehouse-not-found", string] {
	return ["warehouse-not-found", `Warehouse does not exist: ${name ?? ""}`];
}

function noSuchCatalog(name: string): readonly ["catalog-not-found", string] {
	return ["catalog-not-found", `Catalog does not exist: ${name}`];
}

function viewOf(catalog: Catalog): unknown {
	return {
		id: catalog.id,
		name: catalog.name,
		catalog_type: catalog.type,
		warehouse_name: catalog.warehouse,
		storage_location: catalog.storageLocation,
		federated_config: null,
		properties: maskSecrets(catalog.properties),
	};
}
