import { PangolinError } from "../model/errors.ts";
import type { TenantId } from "../model/ids.ts";
import { brandId, UUID_PATTERN } from "../model/ids.ts";
import { checkCatalogName } from "../model/names.ts";
import type { Properties, Tenant } from "../model/registry.ts";
import type { Versioned } from "../store/records.ts";
import type { AdminDeps, Call, Effect } from "./deps.ts";
import { EMPTY, effect } from "./deps.ts";
import type { Slice } from "./listing.ts";
import { readSlice } from "./listing.ts";
import { maskSecrets } from "./secrets.ts";
import { applyEffect, retryConflicts } from "./writing.ts";

export interface TenantRequest {
	readonly name: string;
	readonly properties?: Properties | null | undefined;
}

/** A tenant as answers show it. */
export interface TenantView {
	readonly id: string;
	readonly name: string;
	readonly properties: Properties;
}

export async function listTenants(
	deps: AdminDeps,
	slice: Slice,
): Promise<TenantView[]> {
	const rows = await readSlice<Versioned<Tenant>, TenantId>(
		slice,
		(page) => deps.store.registry.tenants(page),
		(row) => row.value.id,
	);
	return rows.map((row) => viewOf(row.value));
}

/** @throws PangolinError `tenant-not-found` */
export async function getTenant(
	deps: AdminDeps,
	id: string,
): Promise<TenantView> {
	return viewOf((await readTenant(deps, id)).value);
}

/** @throws PangolinError `bad-request` */
export async function createTenant(
	deps: AdminDeps,
	call: Call,
	request: TenantRequest,
): Promise<Effect> {
	checkCatalogName("tenant", request.name);
	const tenant: Tenant = {
		id: brandId(deps.newUuid()),
		name: request.name,
		properties: request.properties ?? {},
	};
	const answer = effect(201, viewOf(tenant));
	return applyEffect(
		deps,
		call,
		answer,
		[{ op: "insert", collection: "tenant", value: tenant }],
		{},
	);
}

/** Changes what the request names. @throws PangolinError `tenant-not-found`, `bad-request` */
export function updateTenant(
	deps: AdminDeps,
	call: Call,
	id: string,
	request: Partial<TenantRequest>,
): Promise<Effect> {
	if (request.name !== undefined) checkCatalogName("tenant", request.name);
	return retryConflicts(async () => {
		const { value, version } = await readTenant(deps, id);
		const tenant: Tenant = {
			...value,
			name: request.name ?? value.name,
			properties: request.properties ?? value.properties,
		};
		const answer = effect(200, viewOf(tenant));
		return applyEffect(
			deps,
			call,
			answer,
			[
				{
					op: "update",
					collection: "tenant",
					key: { tenant: value.id },
					value: tenant,
					ifVersion: version,
				},
			],
			{ missing: noSuchTenant(id) },
		);
	});
}

/** @throws PangolinError `tenant-not-found`, `in-use` */
export async function deleteTenant(
	deps: AdminDeps,
	call: Call,
	id: string,
): Promise<Effect> {
	return retryConflicts(async () => {
		const { value, version } = await readTenant(deps, id);
		return applyEffect(
			deps,
			call,
			EMPTY,
			[
				{
					op: "delete",
					collection: "tenant",
					key: { tenant: value.id },
					ifVersion: version,
				},
			],
			{
				missing: noSuchTenant(id),
				notEmpty: [
					"in-use",
					`Tenant ${value.name} still has warehouses or catalogs`,
				],
			},
		);
	});
}

async function readTenant(
	deps: AdminDeps,
	id: string,
): Promise<Versioned<Tenant>> {
	const row = UUID_PATTERN.test(id)
		? await deps.store.registry.tenant(brandId(id))
		: undefined;
	if (row === undefined) throw new PangolinError(...noSuchTenant(id));
	return row;
}

function noSuchTenant(id: string): readonly ["tenant-not-found", string] {
	return ["tenant-not-found", `Tenant does not exist: ${id}`];
}

function viewOf(tenant: Tenant): TenantView {
	return {
		id: tenant.id,
		name: tenant.name,
		properties: maskSecrets(tenant.properties),
	};
}
