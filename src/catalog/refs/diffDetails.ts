import {
	type Named,
	propertySides,
	type Sides,
	sidesOf,
} from "../../iceberg/diff/sides.ts";
import { diffTables, type TableDiff } from "../../iceberg/diff/tableDiff.ts";
import { diffViews, type ViewDiff } from "../../iceberg/diff/viewDiff.ts";
import type { ItemDifference } from "../../versioning/diffItems.ts";
import type {
	AssetEntry,
	Entry,
	IcebergEntry,
	NamespaceEntry,
} from "../../versioning/entries.ts";
import type { CatalogDeps } from "../deps.ts";
import { readMetadata } from "../metadataFiles.ts";
import {
	type Metadata,
	type MetadataKind,
	TABLE,
	VIEW,
} from "../metadataKinds.ts";
import type { Scope } from "../scope.ts";

/** What differs inside of one thing; by its kind. */
export type DiffDetails = NamespaceDiff | AssetDiff | TableDiff | ViewDiff;

export interface NamespaceDiff {
	readonly properties: readonly Named<string>[];
}

export interface AssetDiff {
	readonly asset_type: Sides<string> | null;
	readonly location: Sides<string> | null;
	readonly properties: readonly Named<string>[];
}

/** @throws PangolinError `file-not-found` for a metadata file that is not there any more */
export async function readDetails(
	deps: CatalogDeps,
	scope: Scope,
	difference: ItemDifference,
): Promise<DiffDetails> {
	const before = difference.change === "added" ? undefined : difference.before;
	const after = difference.change === "removed" ? undefined : difference.after;
	const [from, to] = [before?.entry, after?.entry];
	const read = async <M extends Metadata>(kind: MetadataKind<M>) => {
		const [old, now] = await Promise.all(
			[from, to].map((entry) => metadataOf(deps, scope, kind, entry)),
		);
		return [old, now] as const;
	};
	switch ((to ?? from)?.kind) {
		case "table":
			return diffTables(...(await read(TABLE)));
		case "view":
			return diffViews(...(await read(VIEW)));
		case "asset":
			return diffAssets(asAsset(from), asAsset(to));
		default:
			return {
				properties: propertySides(
					asNamespace(from)?.properties,
					asNamespace(to)?.properties,
				),
			};
	}
}

async function metadataOf<M extends Metadata>(
	deps: CatalogDeps,
	scope: Scope,
	kind: MetadataKind<M>,
	entry: Entry | undefined,
): Promise<M | undefined> {
	if (entry === undefined || !isIceberg(entry)) return undefined;
	return (await readMetadata(deps, scope, kind, entry)).metadata;
}

function diffAssets(
	from: AssetEntry | undefined,
	to: AssetEntry | undefined,
): AssetDiff {
	return {
		asset_type: sidesOf(from?.assetType, to?.assetType),
		location: sidesOf(from?.location, to?.location),
		properties: propertySides(from?.properties, to?.properties),
	};
}

function isIceberg(entry: Entry): entry is IcebergEntry {
	return entry.kind === "table" || entry.kind === "view";
}

function asAsset(entry: Entry | undefined): AssetEntry | undefined {
	return entry?.kind === "asset" ? entry : undefined;
}

function asNamespace(entry: Entry | undefined): NamespaceEntry | undefined {
	return entry?.kind === "namespace" ? entry : undefined;
}
