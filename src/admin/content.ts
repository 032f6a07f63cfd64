import type { CatalogId, TenantId } from "../model/ids.ts";
import { pathKey } from "../model/names.ts";
import type { Store } from "../store/contract.ts";

const REF_PAGE = 100;
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
	for (let after: string | undefined; ; ) {
		const page = await refs.refs(tenant, catalog, { after, limit: REF_PAGE });
		for (const { value } of page) {
			const at = {
				tenant,
				line: value.line,
				number: value.number ?? undefined,
			};
			const found = await entries.all(at, { after: BEFORE_OBJECTS, limit: 1 });
			if (found.length > 0) return true;
		}
		if (page.length < REF_PAGE) return false;
		after = page.at(-1)?.value.name;
	}
}
