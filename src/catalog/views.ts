import type { ViewMetadata } from "../iceberg/types.ts";
import { newViewMetadata } from "../iceberg/views/newView.ts";
import { type AssetId, brandId } from "../model/ids.ts";
import {
	checkName,
	displayName,
	type Identifier,
	type NamespacePath,
} from "../model/names.ts";
import { createPlanned, newLocation } from "./createPlanned.ts";
import type { CatalogDeps } from "./deps.ts";
import { dropObject } from "./dropTable.ts";
import {
	findObject,
	isIcebergRow,
	requireFree,
	requireObject,
} from "./entries.ts";
import { loadedOf } from "./loadAnswers.ts";
import {
	checkLocations,
	claimedFolders,
	hasChosenFolder,
} from "./locationRules.ts";
import { readMetadata } from "./metadataFiles.ts";
import { VIEW } from "./metadataKinds.ts";
import { isGivenUp, requireUnpurged } from "./refs/kept.ts";
import type { CreateViewRequest } from "./requests.ts";
import type { LoadedView } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";

/**
 * Creates a view.
 * @throws PangolinError `namespace-not-found`, `already-exists`, `bad-request`,
 *   `location-not-allowed`, `location-busy`, `forbidden`, `commit-state-unknown`
 */
export async function createView(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: CreateViewRequest,
): Promise<LoadedView> {
	requireWritable(scope);
	checkName("view", request.name);
	const identifier = { namespace, name: request.name };
	const asset: AssetId = brandId(deps.newUuid());
	const metadata = await newMetadata(deps, scope, identifier, asset, request);
	await requireFree(deps, scope, "view", identifier);
	const file = await createPlanned(deps, scope, {
		kind: VIEW,
		operation: "create-view",
		message: `create view ${displayName(identifier)}`,
		plan: () => ({
			changes: true,
			identifier,
			asset,
			base: undefined,
			metadata,
			folders: claimedFolders(scope.storage, metadata),
			isLocationChosen: hasChosenFolder(request),
		}),
	});
	return loadedOf(file);
}

async function newMetadata(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	asset: AssetId,
	request: CreateViewRequest,
): Promise<ViewMetadata> {
	const { location: chosen } = request;
	const location = await newLocation(deps, scope, identifier, asset, chosen);
	const metadata = newViewMetadata(
		{
			schema: request.schema,
			viewVersion: request["view-version"],
			properties: request.properties ?? {},
			location,
		},
		{ nowMillis: deps.clock(), newUuid: deps.newUuid },
	);
	checkLocations(scope.storage, metadata, undefined);
	return metadata;
}

/** @throws PangolinError `view-not-found`, `file-not-found` */
export async function loadView(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<LoadedView> {
	const row = await requireObject(deps, scope, "view", identifier);
	await requireUnpurged(deps, scope, identifier, row);
	return loadedOf(await readMetadata(deps, scope, VIEW, row.entry));
}

/** Whether there is a view of this name; a table is none. */
export async function viewExists(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<boolean> {
	const row = await findObject(deps, scope, identifier);
	if (row === undefined || !isIcebergRow(row) || row.entry.kind !== "view")
		return false;
	return !(await isGivenUp(deps, scope, row));
}

/**
 * Drops a view; its metadata files stay.
 * @throws PangolinError `view-not-found`, `forbidden`
 */
export async function dropView(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<void> {
	await dropObject(deps, scope, "view", identifier, async () => ({
		message: `drop view ${displayName(identifier)}`,
		answer: { kind: "empty" },
		jobs: [],
		result: undefined,
	}));
}
