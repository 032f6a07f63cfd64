import type { Bytes } from "../model/bytes.ts";
import type { Properties } from "../model/registry.ts";
import type { MetricsReport } from "../store/records.ts";

/** A table or view as clients load it. */
export interface Loaded {
	/** Null for a staged create: nothing was persisted. */
	readonly metadataLocation: string | null;
	/** The whole LoadTableResult or LoadViewResult, UTF-8 JSON. */
	readonly body: Bytes;
	/** A quoted entity tag: one per content and representation. */
	readonly etag: string;
}

export type LoadedTable = Loaded;
export type LoadedView = Loaded;

export interface NamespaceList {
	readonly namespaces: readonly (readonly string[])[];
	readonly nextPageToken: string | null;
}

export interface NamespaceResult {
	readonly namespace: readonly string[];
	readonly properties: Properties;
}

export interface NamespaceUpdateResult {
	readonly updated: readonly string[];
	readonly removed: readonly string[];
	readonly missing: readonly string[];
}

export interface IdentifierList {
	/** The whole answer as JSON: `identifiers` and `next-page-token`. */
	readonly body: Buffer;
}

export interface ReportList {
	readonly reports: readonly MetricsReport[];
	readonly nextPageToken: string | null;
}

/** One of everything that has a name in a namespace, in the original's fields. */
export interface AssetItem {
	readonly id: string;
	readonly name: string;
	readonly namespace: readonly string[];
	/** `ICEBERG_TABLE` and `VIEW` for tables and views, else the asset's own. */
	readonly kind: string;
	readonly identifier: {
		readonly namespace: readonly string[];
		readonly name: string;
	};
}

export interface AssetList {
	readonly assets: readonly AssetItem[];
	readonly nextPageToken: string | null;
}

export interface AssetResult {
	readonly id: string;
	readonly name: string;
	readonly namespace: readonly string[];
	readonly kind: string;
	readonly location: string;
	readonly properties: Properties;
}

export interface CatalogSummary {
	readonly name: string;
	readonly table_count: number;
	readonly view_count: number;
	/** Of generic assets. */
	readonly asset_count: number;
	readonly namespace_count: number;
	readonly branch_count: number;
	readonly storage_location: string | null;
}

export interface NamespaceNode {
	readonly name: string;
	readonly full_path: readonly string[];
	readonly children: readonly NamespaceNode[];
}
