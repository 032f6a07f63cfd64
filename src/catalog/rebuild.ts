import { brandId } from "../model/ids.ts";
import type { CatalogDeps } from "./deps.ts";
import { readMetadata } from "./metadataFiles.ts";
import {
	type Metadata,
	type MetadataKind,
	TABLE,
	VIEW,
} from "./metadataKinds.ts";
import type { Rebuild } from "./recordedAnswers.ts";
import type { Scope } from "./scope.ts";

/**
 * Makes the load answer of a repeated request again, from the metadata file that
 * its first run wrote.
 */
export function rebuildTable(deps: CatalogDeps, scope: Scope): Rebuild {
	return rebuildWith(deps, scope, TABLE);
}

/** As `rebuildTable`, for views. */
export function rebuildView(deps: CatalogDeps, scope: Scope): Rebuild {
	return rebuildWith(deps, scope, VIEW);
}

function rebuildWith<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
): Rebuild {
	return async (metadataLocation, asset) => {
		const { body, etag } = await readMetadata(deps, scope, kind, {
			id: brandId(asset),
			metadataLocation: scope.storage.canonical(metadataLocation),
		});
		return { status: 200, body, etag };
	};
}
