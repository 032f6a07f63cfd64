import { newTableMetadata } from "../iceberg/newTable.ts";
import { serializeTableMetadata } from "../iceberg/tableMetadata.ts";
import type { TableMetadata } from "../iceberg/types.ts";
import { bytesOf } from "../model/bytes.ts";
import { type AssetId, brandId } from "../model/ids.ts";
import {
	checkName,
	displayName,
	type Identifier,
	type NamespacePath,
} from "../model/names.ts";
import { createPlanned, newLocation } from "./createPlanned.ts";
import type { CatalogDeps } from "./deps.ts";
import { requireFree } from "./entries.ts";
import { etagOf, loadedOf } from "./loadAnswers.ts";
import {
	checkLocations,
	claimedFolders,
	hasChosenFolder,
	refuseLinks,
} from "./locationRules.ts";
import { TABLE } from "./metadataKinds.ts";
import type { CreateTableRequest } from "./requests.ts";
import type { LoadedTable } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";

/**
 * Creates a table, or (with `stage-create`) tells only what its metadata would
 * be: nothing is kept of that until it is committed with `assert-create`.
 * @throws PangolinError `namespace-not-found`, `already-exists`, `bad-request`,
 *   `validation-failed`, `location-not-allowed`, `location-busy`, `forbidden`,
 *   `commit-state-unknown`
 */
export async function createTable(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: CreateTableRequest,
): Promise<LoadedTable> {
	requireWritable(scope);
	checkName("table", request.name);
	const identifier = { namespace, name: request.name };
	const asset: AssetId = brandId(deps.newUuid());
	const metadata = await newMetadata(deps, scope, identifier, asset, request);
	await requireFree(deps, scope, "table", identifier);
	const folders = claimedFolders(scope.storage, metadata);
	if (request["stage-create"] === true) {
		if (hasChosenFolder(request)) await refuseLinks(scope.storage, folders);
		return staged(scope, asset, metadata);
	}
	const file = await createPlanned(deps, scope, {
		kind: TABLE,
		operation: "create-table",
		message: `create table ${displayName(identifier)}`,
		plan: () => ({
			changes: true,
			identifier,
			asset,
			base: undefined,
			metadata,
			folders,
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
	request: CreateTableRequest,
): Promise<TableMetadata> {
	const { location: chosen } = request;
	const location = await newLocation(deps, scope, identifier, asset, chosen);
	const metadata = newTableMetadata(
		{
			schema: request.schema,
			partitionSpec: request["partition-spec"] ?? undefined,
			writeOrder: request["write-order"] ?? undefined,
			properties: request.properties ?? {},
			location,
		},
		{ nowMillis: deps.clock(), newUuid: deps.newUuid },
	);
	checkLocations(scope.storage, metadata, undefined);
	return metadata;
}

function staged(
	scope: Scope,
	asset: AssetId,
	metadata: TableMetadata,
): LoadedTable {
	const text = serializeTableMetadata(metadata);
	const body = `{"metadata":${text},"config":{}}`;
	scope.slot?.record({ kind: "json", body });
	return {
		metadataLocation: null,
		body: bytesOf([body]),
		etag: etagOf(asset, "staged", "all"),
	};
}
