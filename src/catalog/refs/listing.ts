import type { Catalog } from "../../model/registry.ts";
import type { Ref } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";

const BATCH_ROWS = 1000;

/** Refs of one kind, by name. @throws PangolinError `bad-request` */
export async function listRefs(
	deps: CatalogDeps,
	catalog: Catalog,
	kind: Ref["kind"],
	page: PageRequest,
): Promise<{ refs: Ref[]; nextPageToken: string | null }> {
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["refs", kind, catalog.id]),
		page,
		(after, limit) => refsAfter(deps, catalog, kind, after, limit),
		({ name }) => name,
	);
	return { refs: rows, nextPageToken };
}

/** Both kinds share their names, so more may have to be read than are given. */
async function refsAfter(
	{ store }: CatalogDeps,
	{ tenant, id }: Catalog,
	kind: Ref["kind"],
	after: string | undefined,
	limit: number,
): Promise<Ref[]> {
	const found: Ref[] = [];
	for (let position = after; found.length < limit; ) {
		const rows = await store.refs.refs(tenant, id, {
			after: position,
			limit: BATCH_ROWS,
		});
		for (const { value } of rows) if (value.kind === kind) found.push(value);
		if (rows.length < BATCH_ROWS) break;
		position = rows.at(-1)?.value.name;
	}
	return found.slice(0, limit);
}
