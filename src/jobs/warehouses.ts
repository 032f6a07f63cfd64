import type { JobWarehouse } from "../catalog/jobs.ts";
import type { TenantId } from "../model/ids.ts";
import type { Warehouse } from "../model/registry.ts";
import type { Store } from "../store/contract.ts";

const PAGE = 100;

/** A warehouse by its id; it may have been renamed. Undefined when it was deleted. */
export async function findWarehouse(
	{ registry }: Store,
	tenant: TenantId,
	{ id, name }: JobWarehouse,
): Promise<Warehouse | undefined> {
	const named = await registry.warehouse(tenant, name);
	if (named?.value.id === id) return named.value;
	for (let after: string | undefined; ; ) {
		const page = await registry.warehouses(tenant, { after, limit: PAGE });
		const found = page.find(({ value }) => value.id === id);
		if (found !== undefined) return found.value;
		if (page.length < PAGE) return undefined;
		after = page.at(-1)?.value.name;
	}
}
