import { PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import { checkCatalogName } from "../model/names.ts";
import type { Principal } from "../model/principal.ts";
import type { Properties, Warehouse } from "../model/registry.ts";
import type { Versioned } from "../store/records.ts";
import { catalogWithObjects } from "./content.ts";
import type { AdminDeps, Call, Effect } from "./deps.ts";
import { EMPTY, effect } from "./deps.ts";
import type { Slice } from "./listing.ts";
import { readSlice } from "./listing.ts";
import { maskJson, maskSecrets, unmaskJson, unmaskSecrets } from "./secrets.ts";
import type { Refusals } from "./writing.ts";
import { applyEffect, retryConflicts } from "./writing.ts";

export interface WarehouseRequest {
	readonly name: string;
	readonly use_sts?: boolean | null | undefined;
	readonly storage_config?: Properties | null | undefined;
	/** An object, or null or the text `"None"` for none. */
	readonly vending_strategy?: unknown;
}

export async function listWarehouses(
	deps: AdminDeps,
	principal: Principal,
	slice: Slice,
): Promise<unknown[]> {
	const rows = await readSlice<Versioned<Warehouse>, string>(
		slice,
		(page) => deps.store.registry.warehouses(principal.tenant, page),
		(row) => row.value.name,
	);
	return rows.map((row) => viewOf(row.value));
}

/** @throws PangolinError `warehouse-not-found` */
export async function getWarehouse(
	deps: AdminDeps,
	principal: Principal,
	name: string,
): Promise<unknown> {
	return viewOf((await readWarehouse(deps, principal, name)).value);
}

/** @throws PangolinError `already-exists`, `bad-request`, `location-not-allowed` */
export async function createWarehouse(
	deps: AdminDeps,
	call: Call,
	request: WarehouseRequest,
): Promise<Effect> {
	checkCatalogName("warehouse", request.name);
	const warehouse: Warehouse = {
		id: brandId(deps.newUuid()),
		tenant: call.principal.tenant,
		name: request.name,
		storageConfig: request.storage_config ?? {},
		useSts: request.use_sts ?? false,
		vendingStrategy: strategyText(request.vending_strategy),
	};
	deps.checkWarehouse(warehouse.storageConfig);
	const answer = effect(201, viewOf(warehouse));
	return applyEffect(
		deps,
		call,
		answer,
		[{ op: "insert", collection: "warehouse", value: warehouse }],
		refusals(request.name),
	);
}

/**
 * Changes what the request names; `storage_config` is replaced as a whole, with
 * masked secrets kept. @throws PangolinError `warehouse-not-found`, `already-exists`, `bad-request`, `location-not-allowed`,
 * `in-use` for other folders while a catalog has tables in these
 */
export function updateWarehouse(
	deps: AdminDeps,
	call: Call,
	name: string,
	request: Partial<WarehouseRequest>,
): Promise<Effect> {
	if (request.name !== undefined) checkCatalogName("warehouse", request.name);
	return retryConflicts(async () => {
		const before = await readWarehouse(deps, call.principal, name);
		const warehouse = changed(before.value, request);
		await checkNewConfig(deps, before.value, warehouse);
		const answer = effect(200, viewOf(warehouse));
		return applyEffect(
			deps,
			call,
			answer,
			[
				{
					op: "update",
					collection: "warehouse",
					key: { tenant: call.principal.tenant, name },
					value: warehouse,
					ifVersion: before.version,
				},
			],
			{
				...refusals(warehouse.name),
				missing: noSuchWarehouse(name),
			},
		);
	});
}

/**
 * What was there may be sent back as it was shown. Tables stay where they are;
 * in other folders the warehouse would refuse their locations.
 */
async function checkNewConfig(
	{ store, storageFor, checkWarehouse }: AdminDeps,
	before: Warehouse,
	after: Warehouse,
): Promise<void> {
	if (sameProperties(before.storageConfig, after.storageConfig)) return;
	checkWarehouse(after.storageConfig);
	const { tenant, name } = before;
	const catalog = await catalogWithObjects(store, tenant, name);
	if (catalog === undefined) return;
	if (String(storageFor(before).roots) === String(storageFor(after).roots))
		return;
	throw new PangolinError(
		"in-use",
		`Warehouse ${name} keeps its folder: catalog ${catalog.name} has tables, views or assets in it`,
	);
}

function sameProperties(a: Properties, b: Properties): boolean {
	const names = Object.keys(a);
	return (
		names.length === Object.keys(b).length &&
		names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
	);
}

/** @throws PangolinError `warehouse-not-found`, `in-use` */
export function deleteWarehouse(
	deps: AdminDeps,
	call: Call,
	name: string,
): Promise<Effect> {
	return retryConflicts(async () => {
		const { version } = await readWarehouse(deps, call.principal, name);
		return applyEffect(
			deps,
			call,
			EMPTY,
			[
				{
					op: "delete",
					collection: "warehouse",
					key: { tenant: call.principal.tenant, name },
					ifVersion: version,
				},
			],
			{
				missing: noSuchWarehouse(name),
				notEmpty: ["in-use", `Warehouse ${name} is used by a catalog`],
			},
		);
	});
}

async function readWarehouse(
	deps: AdminDeps,
	principal: Principal,
	name: string,
): Promise<Versioned<Warehouse>> {
	const row = await deps.store.registry.warehouse(principal.tenant, name);
	if (row === undefined) throw new PangolinError(...noSuchWarehouse(name));
	return row;
}

function changed(
	before: Warehouse,
	request: Partial<WarehouseRequest>,
): Warehouse {
	const { storage_config: config, vending_strategy: strategy } = request;
	return {
		...before,
		name: request.name ?? before.name,
		useSts: request.use_sts ?? before.useSts,
		storageConfig:
			config === undefined || config === null
				? before.storageConfig
				: unmaskSecrets(config, before.storageConfig),
		vendingStrategy:
			strategy === undefined
				? before.vendingStrategy
				: strategyText(unmaskJson(strategy, strategyOf(before))),
	};
}

function strategyText(strategy: unknown): string | null {
	if (strategy === undefined || strategy === null || strategy === "None")
		return null;
	return JSON.stringify(strategy);
}

function strategyOf(warehouse: Warehouse): unknown {
	return warehouse.vendingStrategy === null
		? null
		: JSON.parse(warehouse.vendingStrategy);
}

function refusals(name: string): Refusals {
	return {
		exists: ["already-exists", `Warehouse already exists: ${name}`],
		missing: ["tenant-not-found", "Tenant does not exist"],
	};
}

function noSuchWarehouse(
	name: string,
): readonly ["warehouse-not-found", string] {
	return ["warehouse-not-found", `Warehouse does not exist: ${name}`];
}

function viewOf(warehouse: Warehouse): unknown {
	return {
		id: warehouse.id,
		name: warehouse.name,
		tenant_id: warehouse.tenant,
		use_sts: warehouse.useSts,
		storage_config: maskSecrets(warehouse.storageConfig),
		vending_strategy: maskJson(strategyOf(warehouse)),
	};
}
