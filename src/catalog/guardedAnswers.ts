import type { TableMetadata } from "../iceberg/types.ts";
import type { CatalogDeps } from "./deps.ts";
import { loadedAs, variantOf } from "./loadVariants.ts";
import type { Cached } from "./metadataCache.ts";
import { isGuardedOrInDoubt } from "./refs/sharing.ts";
import type { LoadedTable } from "./results.ts";
import type { Scope } from "./scope.ts";

/**
 * A table as the answer to what was done to it: engines work on with this one,
 * so it says of deleting files what a load would say.
 */
export async function loadedAfterEffect(
	deps: CatalogDeps,
	scope: Scope,
	file: Cached<TableMetadata>,
): Promise<LoadedTable> {
	const isGuarded = await isGuardedOrInDoubt(deps, scope, file.asset);
	const location = scope.storage.canonical(file.metadataLocation);
	return loadedAs(deps, location, file, variantOf("all", isGuarded));
}
