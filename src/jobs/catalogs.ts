import { PangolinError } from "../model/errors.ts";
import type { TenantId } from "../model/ids.ts";
import type { Catalog } from "../model/registry.ts";
import type { Change, ChangeSet } from "../store/changes.ts";
import type { Store } from "../store/contract.ts";
import type { Versioned } from "../store/records.ts";

const PAGE = 100;
/** How often a change begins anew when the catalog's row changed at the same moment. */
const ATTEMPTS = 20;

/** By id, because it may have been renamed; undefined when it was deleted. */
export async function findCatalog(
	{ registry }: Store,
	tenant: TenantId,
	id: Catalog["id"],
): Promise<Versioned<Catalog> | undefined> {
	for (let after: string | undefined; ; ) {
		const page = await registry.catalogs(tenant, { after, limit: PAGE });
		const found = page.find(({ value }) => value.id === id);
		if (found !== undefined || page.length < PAGE) return found;
		after = page.at(-1)?.value.name;
	}
}

export function countUp({ value, version }: Versioned<Catalog>): Change {
	return {
		op: "update",
		collection: "catalog",
		key: { tenant: value.tenant, name: value.name },
		value,
		ifVersion: version,
	};
}

/**
 * Applies changes together with counting up the catalog's version: whoever
 * makes something be shown that was not shown before is either seen
 * afterwards, or refused.
 * @returns false when the catalog was deleted, or the changes were refused
 * @throws PangolinError `unavailable`
 */
export async function applyCounted(
	store: Store,
	{ tenant, id }: Pick<Catalog, "tenant" | "id">,
	changes: ChangeSet,
): Promise<boolean> {
	for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
		const catalog = await findCatalog(store, tenant, id);
		if (catalog === undefined) return false;
		const result = await store.apply([countUp(catalog), ...changes]);
		if (result.outcome === "applied") return true;
		if (result.at.change > 0) return false;
	}
	throw new PangolinError(
		"unavailable",
		"The catalog is changed all the time; the job comes back later",
	);
}
