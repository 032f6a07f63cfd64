import { levelsOf, pathKey } from "../model/names.ts";
import type { EntryKey, EntryRow } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { listRefs } from "./refs/listing.ts";
import type { CatalogSummary, NamespaceNode } from "./results.ts";
import type { Scope } from "./scope.ts";

/** Counts what a ref shows, and the branches. Reads every entry, in pages. */
export async function summarizeCatalog(
	deps: CatalogDeps,
	scope: Scope,
): Promise<CatalogSummary> {
	const { catalog } = scope.located;
	const counts = { namespace: 0, table: 0, view: 0, asset: 0 };
	for await (const { entry } of entriesOf(deps, scope)) counts[entry.kind]++;
	const { refs } = await listRefs(deps, catalog, "branch", {});
	return {
		name: catalog.name,
		table_count: counts.table,
		view_count: counts.view,
		asset_count: counts.asset,
		namespace_count: counts.namespace,
		branch_count: refs.length,
		storage_location: catalog.storageLocation,
	};
}

/** All namespaces of a ref, each below the one around it, by name. */
export async function namespaceTree(
	deps: CatalogDeps,
	scope: Scope,
): Promise<NamespaceNode[]> {
	const children = new Map<string, NamespaceNode[]>([["", []]]);
	for await (const { key, entry } of entriesOf(deps, scope)) {
		if (entry.kind !== "namespace") break;
		const path = [...levelsOf(key.parent), key.name];
		const below: NamespaceNode[] = [];
		children.set(pathKey(path), below);
		// A namespace comes before what is in it.
		children
			.get(key.parent)
			?.push({ name: key.name, full_path: path, children: below });
	}
	return children.get("") ?? [];
}

const BATCH_ROWS = 1000;

/** Everything that a ref shows, namespaces first. */
async function* entriesOf(
	{ store }: CatalogDeps,
	{ at }: Scope,
): AsyncGenerator<EntryRow> {
	let after: EntryKey | undefined;
	let rows: readonly EntryRow[];
	do {
		rows = await store.entries.all(at, { after, limit: BATCH_ROWS });
		yield* rows;
		after = rows.at(-1)?.key;
	} while (rows.length === BATCH_ROWS);
}
