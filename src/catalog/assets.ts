import { parseAssetType } from "../model/assetTypes.ts";
import { PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import {
	checkName,
	displayName,
	type Identifier,
	type NamespacePath,
	pathKey,
} from "../model/names.ts";
import type { EntryChange } from "../store/changes.ts";
import type { AssetEntry, EntryRow } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findObject,
	isIcebergRow,
	objectKey,
	objectMissing,
	requireFree,
	requireNamespace,
} from "./entries.ts";
import { readMetadata } from "./metadataFiles.ts";
import { TABLE, VIEW } from "./metadataKinds.ts";
import { pageOf } from "./pages.ts";
import { isGivenUp } from "./refs/kept.ts";
import { isSameName, requireRoom } from "./renames.ts";
import type {
	CreateAssetRequest,
	PageRequest,
	UpdateAssetRequest,
} from "./requests.ts";
import type { AssetItem, AssetList, AssetResult } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { isOutrun, refuseUnexpected, submit, untilDecided } from "./submit.ts";

/**
 * Everything in a namespace that has a name of its own, by name: tables and
 * views too.
 * @throws PangolinError `namespace-not-found`, `bad-request`
 */
export async function listAssets(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	page: PageRequest,
): Promise<AssetList> {
	const parent = pathKey(namespace);
	const kinds = ["table", "view", "asset"] as const;
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["assets", scope.at.line, parent]),
		page,
		(after, limit) =>
			deps.store.entries.list(scope.at, { parent, kinds }, { after, limit }),
		({ key }) => key.name,
	);
	if (rows.length === 0) await requireNamespace(deps, scope, namespace);
	const items = rows.map((row) => itemOf(namespace, row));
	return { assets: items, nextPageToken };
}

function itemOf(namespace: NamespacePath, { key, entry }: EntryRow): AssetItem {
	const { name } = key;
	const identifier = { namespace, name };
	return { id: entry.id, ...identifier, kind: kindOf(entry), identifier };
}

function kindOf(entry: EntryRow["entry"]): string {
	if (entry.kind === "asset") return entry.assetType;
	return entry.kind === "view" ? "VIEW" : "ICEBERG_TABLE";
}

/**
 * An asset, table or view; the latter as their metadata files describe them.
 * @throws PangolinError `asset-not-found`, `file-not-found`
 */
export async function getAsset(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<AssetResult> {
	const row = await findObject(deps, scope, identifier);
	if (row === undefined) throw objectMissing("asset", identifier);
	if (isAssetRow(row)) return resultOf(identifier, row.entry);
	if (!isIcebergRow(row)) throw new Error("a namespace under an object's key");
	if (await isGivenUp(deps, scope, row))
		throw objectMissing("asset", identifier);
	const { entry } = row;
	const { metadata } =
		entry.kind === "table"
			? await readMetadata(deps, scope, TABLE, entry)
			: await readMetadata(deps, scope, VIEW, entry);
	const { location, properties = {} } = metadata;
	const { id } = entry;
	return { id, ...identifier, kind: kindOf(entry), location, properties };
}

function resultOf(
	{ namespace, name }: Identifier,
	{ id, assetType, location, properties }: AssetEntry,
): AssetResult {
	return { id, name, namespace, kind: assetType, location, properties };
}

/**
 * Registers something that is not Iceberg's: files of another format, a model, a
 * connection. Its location is kept as it is: the catalog neither reads nor deletes
 * what is there, and it may be shared, even with tables.
 * @throws PangolinError `namespace-not-found`, `already-exists`, `bad-request`, `forbidden`
 */
export async function createAsset(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
	request: CreateAssetRequest,
): Promise<AssetResult> {
	requireWritable(scope);
	const { name, location } = request;
	checkName("asset", name);
	checkLocation(location);
	const entry: AssetEntry = {
		kind: "asset",
		id: brandId(deps.newUuid()),
		assetType: parseAssetType(request.kind),
		location,
		properties: request.properties ?? {},
	};
	const identifier = { namespace, name };
	const result = resultOf(identifier, entry);
	return untilDecided(deps, displayName(identifier), async () => {
		await requireNamespace(deps, scope, namespace);
		await requireFree(deps, scope, "asset", identifier);
		return apply(deps, scope, {
			entries: [{ op: "create", key: objectKey(identifier), entry }],
			message: `create asset ${displayName(identifier)}`,
			result,
			status: 201,
		});
	});
}

/**
 * Changes what the request names; another name or namespace moves the asset.
 * Without a difference nothing is committed.
 * @throws PangolinError `asset-not-found`, `namespace-not-found`, `already-exists`,
 *   `bad-request`, `forbidden`
 */
export async function updateAsset(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	request: UpdateAssetRequest,
): Promise<AssetResult> {
	requireWritable(scope);
	const to: Identifier = {
		namespace: request.namespace ?? identifier.namespace,
		name: request.name ?? identifier.name,
	};
	checkName("asset", to.name);
	if (typeof request.location === "string") checkLocation(request.location);
	const isMove = !isSameName(identifier, to);
	const message = isMove
		? `rename asset ${displayName(identifier)} to ${displayName(to)}`
		: `update asset ${displayName(identifier)}`;
	return untilDecided(deps, displayName(identifier), async () => {
		const row = await requireAsset(deps, scope, identifier);
		const entry = changed(row.entry, request);
		const result = resultOf(to, entry);
		if (isMove) await requireRoom(deps, scope, identifier, to);
		else if (JSON.stringify(entry) === JSON.stringify(row.entry)) return result;
		const { key, version: ifVersion } = row;
		const entries: EntryChange[] = isMove
			? [
					{ op: "drop", key, ifVersion },
					{ op: "create", key: objectKey(to), entry },
				]
			: [{ op: "replace", key, entry, ifVersion }];
		return apply(deps, scope, { entries, message, result });
	});
}

function changed(before: AssetEntry, request: UpdateAssetRequest): AssetEntry {
	return {
		...before,
		assetType:
			typeof request.kind === "string"
				? parseAssetType(request.kind)
				: before.assetType,
		location: request.location ?? before.location,
		properties: request.properties ?? before.properties,
	};
}

/**
 * Takes an asset out of the catalog; what is at its location stays.
 * @throws PangolinError `asset-not-found`, `forbidden`
 */
export async function deleteAsset(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<void> {
	requireWritable(scope);
	await untilDecided(deps, displayName(identifier), async () => {
		const { key, version } = await requireAsset(deps, scope, identifier);
		return apply(deps, scope, {
			entries: [{ op: "drop", key, ifVersion: version }],
			message: `drop asset ${displayName(identifier)}`,
			result: null,
		});
	});
}

/** @returns the result, or undefined when somebody else was faster */
async function apply<Result>(
	deps: CatalogDeps,
	scope: Scope,
	change: {
		readonly entries: readonly EntryChange[];
		readonly message: string;
		/** Null: the answer is empty. */
		readonly result: Result;
		readonly status?: number;
	},
): Promise<Result | undefined> {
	const { entries, message, result, status } = change;
	const submission = await submit(deps, scope, {
		entries,
		message,
		answer:
			result === null
				? { kind: "empty" }
				: { kind: "json", body: JSON.stringify(result), status },
	});
	if (submission.outcome === "applied") return result;
	if (isOutrun(submission)) return undefined;
	return refuseUnexpected(scope, submission);
}

type AssetRow = EntryRow & { readonly entry: AssetEntry };

function isAssetRow(row: EntryRow): row is AssetRow {
	return row.entry.kind === "asset";
}

/** @throws PangolinError `asset-not-found`, also for a table or view */
async function requireAsset(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<AssetRow> {
	const row = await findObject(deps, scope, identifier);
	if (row === undefined) throw objectMissing("asset", identifier);
	if (isAssetRow(row)) return row;
	throw new PangolinError(
		"asset-not-found",
		`${displayName(identifier)} is a ${row.entry.kind}: change it by the Iceberg REST routes`,
	);
}

const MAX_LOCATION_CHARACTERS = 2048;

/** Anything that a client can make something of: a URL, a path, a connection string. */
function checkLocation(location: string): void {
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	const hasControls = /[\u0000-\u001f\u007f-\u009f]/.test(location);
	const { length } = location;
	if (length > 0 && length <= MAX_LOCATION_CHARACTERS && !hasControls) return;
	throw new PangolinError(
		"bad-request",
		`Invalid location: use 1 to ${MAX_LOCATION_CHARACTERS} characters, none of them a control character`,
	);
}
