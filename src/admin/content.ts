import type { CatalogId, TenantId } from "../model/ids.ts";
import { pathKey } from "../model/names.ts";
import type { Catalog } from "../model/registry.ts";
import type { Store } from "../store/contract.ts";
import type { Ref, Versioned } from "../store/records.ts";
import { readSlice } from "./listing.ts";

/** Keys are ordered by space first, and this is before all of its space. */
const BEFORE_OBJECTS = {
	space: "object",
	parent: pathKey([]),
	name: "",
} as const;

/** Whether a branch or tag of a catalog shows a table, a view or another asset. */
export async function showsObjects(
	{ refs, entries }: Pick<Store, "refs" | "entries">,
	tenant: TenantId,
	catalog: CatalogId,
): Promise<boolean> {
	const all = await readSlice<Versioned<Ref>, string>(
		{},
		(page) => refs.refs(tenant, catalog, page),
		(row) => row.value.name,
	);
	for (const { value } of all) {
		const at = { tenant, line: value.line, number: value.number ?? undefined };
		const found = await entries.all(at, { after: BEFORE_OBJECTS, limit: 1 });
		if (found.length > 0) return true;
	}
	return false;
}

/** The first catalog of a warehouse that shows something in it. */
export async function catalogWithObjects(
	store: Pick<Store, "refs" | "entries" | "registry">,
	tenant: TenantId,
	warehouse: string,
): Promise<Catalog | undefined> {
	const catalogs = await readSlice<Versioned<Catalog>, string>(
		{},
		(page) => store.registry.catalogs(tenant, page),
		(row) => row.value.name,
	);
	for (const { value } of catalogs) {
		if (value.warehouse !== warehouse) continue;
		if (await showsObjects(store, tenant, value.id)) return value;
	}
	return undefined;
}
