import { brandId, DEFAULT_TENANT_ID } from "../model/ids.ts";
import { NO_AUTH_PRINCIPAL } from "../model/principal.ts";
import type { Properties } from "../model/registry.ts";
import type { ChangeSet } from "../store/changes.ts";
import { creation } from "./catalogs.ts";
import type { AdminDeps } from "./deps.ts";
import { applyOrRefuse, retryConflicts } from "./writing.ts";

export const DEFAULT_NAME = "default";

/**
 * Makes what a first start needs, and leaves alone what is there: the tenant
 * `default`, its warehouse `default` with this configuration, its catalog
 * `default`. What the operator deleted later is not made again as long as the
 * tenant has any catalog.
 */
export async function seedDefaults(
	deps: AdminDeps,
	storageConfig: Properties,
): Promise<void> {
	// Servers that start together on an empty store outrun each other.
	await retryConflicts(() => seedWhatIsMissing(deps, storageConfig));
}

async function seedWhatIsMissing(
	deps: AdminDeps,
	storageConfig: Properties,
): Promise<void> {
	const { registry } = deps.store;
	const tenant = DEFAULT_TENANT_ID;
	if ((await registry.catalogs(tenant, { limit: 1 })).length > 0) return;
	const changes: ChangeSet[number][] = [];
	if ((await registry.tenant(tenant)) === undefined) {
		changes.push({
			op: "insert",
			collection: "tenant",
			value: { id: tenant, name: DEFAULT_NAME, properties: {} },
		});
	}
	if ((await registry.warehouse(tenant, DEFAULT_NAME)) === undefined) {
		changes.push({
			op: "insert",
			collection: "warehouse",
			value: {
				id: brandId(deps.newUuid()),
				tenant,
				name: DEFAULT_NAME,
				storageConfig,
				useSts: false,
				vendingStrategy: null,
			},
		});
	}
	changes.push(
		...creation(deps, NO_AUTH_PRINCIPAL, {
			id: brandId(deps.newUuid()),
			tenant,
			name: DEFAULT_NAME,
			type: "Local",
			warehouse: DEFAULT_NAME,
			storageLocation: null,
			properties: {},
		}),
	);
	await applyOrRefuse(deps.store, changes, {});
}
