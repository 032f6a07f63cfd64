import { type AssetId, brandId } from "../model/ids.ts";
import type { CatalogDeps } from "./deps.ts";
import { loadedAs, variantOf } from "./loadVariants.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE, VIEW } from "./metadataKinds.ts";
import type { Rebuild } from "./recordedAnswers.ts";
import { isGuarded } from "./refs/sharing.ts";
import type { Scope } from "./scope.ts";

/**
 * Makes the load answer of a repeated request again, from the metadata file that
 * its first run wrote.
 */
export function rebuildTable(deps: CatalogDeps, scope: Scope): Rebuild {
	return async (metadataLocation, asset) => {
		const location = scope.storage.canonical(metadataLocation);
		const id: AssetId = brandId(asset);
		const entry = { id, metadataLocation: location };
		const file = await readMetadata(deps, scope, TABLE, entry);
		const variant = variantOf("all", await isGuarded(deps, scope, id));
		const { body, etag } = loadedAs(deps, location, file, variant);
		return { status: 200, body, etag };
	};
}

/** As `rebuildTable`, for views. */
export function rebuildView(deps: CatalogDeps, scope: Scope): Rebuild {
	return async (metadataLocation, asset) => {
		const { body, etag } = await readMetadata(deps, scope, VIEW, {
			id: brandId(asset),
			metadataLocation: scope.storage.canonical(metadataLocation),
		});
		return { status: 200, body, etag };
	};
}
