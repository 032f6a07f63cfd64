import { plainMetadata } from "../iceberg/metadataFile.ts";
import { type AssetId, brandId } from "../model/ids.ts";
import {
	checkName,
	displayName,
	type Identifier,
	type NamespacePath,
} from "../model/names.ts";
import type { RecordChange } from "../store/changes.ts";
import { createPlanned } from "./createPlanned.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findObject,
	type IcebergRow,
	isIcebergRow,
	nameTaken,
	requireNamespace,
} from "./entries.ts";
import { loadedAfterEffect } from "./guardedAnswers.ts";
import { answered, loadedOf } from "./loadAnswers.ts";
import { checkLocations, claimedFolders } from "./locationRules.ts";
import type { Cached } from "./metadataCache.ts";
import { readBytes, readMetadata } from "./metadataFiles.ts";
import {
	type Metadata,
	type MetadataKind,
	TABLE,
	VIEW,
} from "./metadataKinds.ts";
import type { Changed } from "./plans.ts";
import { releaseFrom } from "./refs/sharing.ts";
import { filesStay, versionsOf } from "./refs/writing.ts";
import type { RegisterRequest } from "./requests.ts";
import type { LoadedTable, LoadedView } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";

/**
 * Makes a table of a metadata file that exists. A table that was dropped keeps
 * its location: the same Iceberg UUID gets it back. With `overwrite` the name
 * may be that of a table.
 * @throws PangolinError `namespace-not-found`, `already-exists`,
 *   `file-not-found`, `bad-request`, `location-not-allowed`, `location-busy`
 */
export async function registerTable(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: RegisterRequest,
): Promise<LoadedTable> {
	const file = await register(deps, scope, TABLE, namespace, request);
	return loadedAfterEffect(deps, scope, file);
}

/** As `registerTable`, for views, which are never overwritten. */
export async function registerView(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: RegisterRequest,
): Promise<LoadedView> {
	const file = await register(deps, scope, VIEW, namespace, {
		...request,
		overwrite: false,
	});
	return loadedOf(file);
}

async function register<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	namespace: NamespacePath,
	request: RegisterRequest,
): Promise<Cached<M>> {
	requireWritable(scope);
	checkName(kind.kind, request.name);
	scope.storage.canonical(request["metadata-location"]);
	const identifier = { namespace, name: request.name };
	await requireNamespace(deps, scope, namespace);
	return createPlanned(deps, scope, {
		kind,
		operation: `register-${kind.kind}`,
		message: `register ${kind.kind} ${displayName(identifier)}`,
		plan: () => planRegister(deps, scope, kind, identifier, request),
	});
}

async function planRegister<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	identifier: Identifier,
	request: RegisterRequest,
): Promise<Changed<M>> {
	const { storage, located } = scope;
	const { tenant, name: catalog } = located.catalog;
	const versions = await versionsOf(deps, tenant, catalog);
	const present = await replaced(deps, scope, kind, identifier, request);
	const spelled = request["metadata-location"];
	const location = storage.canonical(spelled);
	const text = plainMetadata(location, await readBytes(scope, location));
	const metadata = kind.parse(text.toString("utf8"));
	checkLocations(storage, metadata, undefined);
	const isSameTable = present?.entry.uuid === kind.uuidOf(metadata);
	const asset: AssetId =
		present !== undefined && isSameTable
			? present.entry.id
			: brandId(deps.newUuid());
	const { file } = answered(asset, metadata, { location, spelled }, [text]);
	const plan = {
		changes: true,
		identifier,
		asset,
		metadata,
		existing: { location, file },
		folders: claimedFolders(storage, metadata),
		isLocationChosen: true,
	} as const;
	if (present === undefined) return { ...plan, base: undefined };
	if (!isSameTable)
		return {
			...plan,
			base: undefined,
			before: await dropOf(deps, scope, present),
		};
	const base = await readMetadata(deps, scope, kind, present.entry);
	// The file may be one that the history has forgotten and that is being deleted.
	const key = { tenant, asset, metadataLocation: location };
	const guards: RecordChange[] = [
		filesStay(versions),
		{ op: "check", collection: "garbage", key, version: "absent" },
	];
	return { ...plan, base: { row: present, file: base }, guards };
}

/** The table that an overwrite replaces. */
async function replaced<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	identifier: Identifier,
	{ overwrite }: RegisterRequest,
): Promise<IcebergRow | undefined> {
	const present = await findObject(deps, scope, identifier);
	if (present === undefined) return undefined;
	const isReplaceable = present.entry.kind === kind.kind && overwrite === true;
	if (!isReplaceable || !isIcebergRow(present))
		throw nameTaken(kind.kind, identifier, present);
	return present;
}

/** Another table under the same name: the old one is dropped, its files stay. */
async function dropOf(
	deps: CatalogDeps,
	scope: Scope,
	row: IcebergRow,
): Promise<NonNullable<Changed<Metadata>["before"]>> {
	const asset = row.entry.id;
	return {
		asset,
		entry: { op: "drop", key: row.key, ifVersion: row.version },
		...(await releaseFrom(deps, scope, asset, "dropped")),
	};
}
