import type {
	Schema,
	SortOrder,
	TableRequirement,
	TableUpdate,
	UnboundPartitionSpec,
	ViewRequirement,
	ViewUpdate,
	ViewVersion,
} from "../iceberg/types.ts";
import type { Identifier, NamespacePath } from "../model/names.ts";
import type { Properties } from "../model/registry.ts";

/**
 * What callers ask for. Bodies keep the wire's kebab-case keys and have passed
 * their JSON Schema; `null` is what clients send for "not given".
 */
export interface PageRequest {
	/** Absent: everything in one answer. `""`: the first page. */
	readonly pageToken?: string | undefined;
	readonly pageSize?: number | undefined;
}

export interface CreateNamespaceRequest {
	readonly namespace: NamespacePath;
	readonly properties?: Properties | null | undefined;
}

export interface UpdateNamespacePropertiesRequest {
	readonly removals?: readonly string[] | null | undefined;
	readonly updates?: Properties | null | undefined;
}

export interface CreateTableRequest {
	readonly name: string;
	readonly location?: string | null | undefined;
	readonly schema: Schema;
	readonly "partition-spec"?: UnboundPartitionSpec | null | undefined;
	readonly "write-order"?: SortOrder | null | undefined;
	readonly "stage-create"?: boolean | null | undefined;
	readonly properties?: Properties | null | undefined;
}

export interface LoadTableRequest {
	/** `refs`: only the snapshots that a branch or tag of the table names. Default `all`. */
	readonly snapshots?: "all" | "refs" | undefined;
	/** The header as it came: one or more entity tags. */
	readonly ifNoneMatch?: string | undefined;
}

export interface CommitTableRequest {
	readonly requirements: readonly TableRequirement[];
	readonly updates: readonly TableUpdate[];
}

export interface TableChange extends CommitTableRequest {
	readonly identifier: Identifier;
}

export interface RegisterRequest {
	readonly name: string;
	readonly "metadata-location": string;
	/** Tables only: replaces what the name shows now. */
	readonly overwrite?: boolean | null | undefined;
}

export interface RenameRequest {
	readonly source: Identifier;
	readonly destination: Identifier;
}

export interface CreateViewRequest {
	readonly name: string;
	readonly location?: string | null | undefined;
	readonly schema: Schema;
	readonly "view-version": ViewVersion;
	readonly properties?: Properties | null | undefined;
}

export interface CommitViewRequest {
	readonly requirements: readonly ViewRequirement[];
	readonly updates: readonly ViewUpdate[];
}

export interface ReportRequest {
	/** The report's own `report-type`. */
	readonly type: string;
	/** JSON text, as it came. */
	readonly body: string;
}

export interface CreateAssetRequest {
	readonly name: string;
	/** One of the types of model/assetTypes.ts. */
	readonly kind: string;
	readonly location: string;
	readonly properties?: Properties | null | undefined;
}

/** Absent fields stay as they are; `properties` replaces all of them. */
export interface UpdateAssetRequest {
	readonly name?: string | null | undefined;
	readonly namespace?: NamespacePath | null | undefined;
	readonly kind?: string | null | undefined;
	readonly location?: string | null | undefined;
	readonly properties?: Properties | null | undefined;
}
