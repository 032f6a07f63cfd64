import type {
	AssetId,
	CatalogId,
	CommitId,
	ConflictId,
	JobId,
	LineId,
	MergeOperationId,
	PrincipalId,
	ReportId,
	TenantId,
} from "../model/ids.ts";
import type { PathKey } from "../model/names.ts";
import type {
	Catalog,
	Properties,
	Tenant,
	Warehouse,
} from "../model/registry.ts";

/**
 * The rows that belong to no line. Each has a key that begins with its tenant
 * (a tenant is its own), and a version that the store counts from 1.
 */
export interface Records {
	tenant: { key: { tenant: TenantId }; value: Tenant };
	warehouse: { key: { tenant: TenantId; name: string }; value: Warehouse };
	catalog: { key: { tenant: TenantId; name: string }; value: Catalog };
	ref: {
		key: { tenant: TenantId; catalog: CatalogId; name: string };
		value: Ref;
	};
	line: { key: { tenant: TenantId; line: LineId }; value: Line };
	idempotency: {
		key: { tenant: TenantId; key: string };
		value: IdempotencyRecord;
	};
	job: { key: { tenant: TenantId; job: JobId }; value: Job };
	garbage: {
		key: { tenant: TenantId; asset: AssetId; metadataLocation: string };
		value: Garbage;
	};
	report: {
		key: { tenant: TenantId; asset: AssetId; report: ReportId };
		value: MetricsReport;
	};
	mergeOperation: {
		key: { tenant: TenantId; operation: MergeOperationId };
		value: MergeOperation;
	};
	mergeConflict: {
		key: { tenant: TenantId; conflict: ConflictId };
		value: MergeConflict;
	};
}
export type Collection = keyof Records;
export type RecordKey<C extends Collection> = Records[C]["key"];
export type RecordValue<C extends Collection> = Records[C]["value"];

/** A record as read: its value and the version to name in `ifVersion`. */
export interface Versioned<Value> {
	readonly value: Value;
	readonly version: number;
}

/** A name for a line (branch) or for one number of a line (tag). */
export interface Ref {
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly name: string;
	readonly kind: "branch" | "tag";
	readonly line: LineId;
	/** Tags only: the number that the tag names. */
	readonly number: number | null;
	/** What use cases keep about a ref (branch kind, protection, expiry, filter); JSON text. */
	readonly settings: string;
}

/** Where the versions of one branch live. `head` is 0 before the first commit. */
export interface Line {
	readonly id: LineId;
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	/** The line and number this one forked from; what it has not changed is read there. */
	readonly parent: { readonly line: LineId; readonly number: number } | null;
	/**
	 * Of a partial branch: which keys of its ancestors it shows, beside the
	 * namespaces that enclose them. Null: all. Never changes.
	 */
	readonly filter: readonly EntryKey[] | null;
	/** Written by the store only (0 in an insert). */
	readonly head: number;
	/** Time of the head commit (before the first one: of the commit that the line forked at, or 0), microseconds since the epoch; written by the store only. */
	readonly headTimeMicros: number;
}

/** One finished request that must not have its effect twice. */
export interface IdempotencyRecord {
	readonly tenant: TenantId;
	readonly key: string;
	/** Hash over operation, target, principal and body. */
	readonly binding: string;
	readonly status: number;
	/** The answer's body, or null where it is made again from `metadataLocation` (or is empty). */
	readonly body: string | null;
	readonly metadataLocation: string | null;
	readonly expiresAtMillis: number;
}

/** Background work that survives a restart. */
export interface Job {
	readonly id: JobId;
	readonly tenant: TenantId;
	readonly kind: string;
	/** JSON text, by kind. */
	readonly payload: string;
	readonly runAfterMillis: number;
	readonly attempts: number;
	readonly lastError: string | null;
	/** Who works on it, until when; another may take it over after that. */
	readonly leaseOwner: string | null;
	readonly leaseUntilMillis: number;
}

/**
 * A metadata file that fell out of the history. It, and what only it reached, is
 * deleted in the background; then this record goes.
 */
export interface Garbage {
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly asset: AssetId;
	readonly metadataLocation: string;
}

/** A scan or commit report of an engine, as it came. */
export interface MetricsReport {
	readonly id: ReportId;
	readonly tenant: TenantId;
	readonly asset: AssetId;
	readonly type: string;
	readonly receivedAtMillis: number;
	/** JSON text. */
	readonly body: string;
}

/** A merge that was asked for, until it is done or given up, and as a record afterwards. */
export interface MergeOperation {
	readonly id: MergeOperationId;
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly status:
		| "Pending"
		| "Conflicted"
		| "Resolving"
		| "Ready"
		| "Completed"
		| "Aborted";
	/** What merges into what, and how; JSON text. */
	readonly detail: string;
}

/** What somebody must decide before a merge can be completed. */
export interface MergeConflict {
	readonly id: ConflictId;
	readonly tenant: TenantId;
	readonly operation: MergeOperationId;
	/** JSON text. */
	readonly detail: string;
	/** What was decided, JSON text; null: nothing yet. */
	readonly resolution: string | null;
}

/**
 * A key of a line's content. Namespaces have names of their own; tables, views
 * and other assets of one namespace share one name.
 */
export interface EntryKey {
	readonly space: "namespace" | "object";
	/** The enclosing namespace; `""` for a top-level namespace. */
	readonly parent: PathKey;
	readonly name: string;
}

/** What a line holds under a key. */
export type Entry = NamespaceEntry | IcebergEntry | AssetEntry;
export type EntryKind = Entry["kind"];

/** The entries of these kinds directly in a namespace; the kinds share their names (see EntryKey). */
export interface InNamespace {
	readonly parent: PathKey;
	readonly kinds: readonly EntryKind[];
}

export interface NamespaceEntry {
	readonly kind: "namespace";
	readonly id: AssetId;
	readonly properties: Properties;
}

export interface IcebergEntry {
	readonly kind: "table" | "view";
	readonly id: AssetId;
	/** The Iceberg `table-uuid` or `view-uuid`. */
	readonly uuid: string;
	readonly metadataLocation: string;
}

/** A registered object that is not Iceberg's. */
export interface AssetEntry {
	readonly kind: "asset";
	readonly id: AssetId;
	readonly assetType: string;
	readonly location: string;
	readonly properties: Properties;
}

/** The version of an entry: the line that holds the row and the number that wrote it. */
export interface EntryVersion {
	readonly line: LineId;
	readonly number: number;
}

/** Which of a line's own rows: its key and the number that wrote it. */
export interface RowName {
	readonly key: EntryKey;
	readonly number: number;
}

export interface EntryRow {
	readonly key: EntryKey;
	readonly entry: Entry;
	readonly version: EntryVersion;
}

/** An asset that a line showed under a key until one of its commits dropped it. */
export interface DroppedAsset {
	readonly asset: AssetId;
	readonly key: EntryKey;
	/** Of the commit that dropped it. */
	readonly number: number;
}

/** What a merge took in beside its line's previous number. */
export interface MergedParent {
	readonly line: LineId;
	readonly number: number;
}

/** A commit with merged parents, as far as the graph of commits needs it. */
export type Merge = Pick<Commit, "number" | "mergedParents">;

/** One commit of a line, as read. */
export interface Commit {
	readonly id: CommitId;
	readonly line: LineId;
	readonly number: number;
	/** Further parents (merges); the first parent is always the line's previous number. */
	readonly mergedParents: readonly MergedParent[];
	readonly author: PrincipalId;
	readonly authorName: string;
	readonly message: string;
	readonly timeMicros: number;
	readonly keys: readonly EntryKey[];
}

/**
 * A folder that belongs to one table or view, whatever its name and branch.
 * `location` is canonical and ends with `/`.
 */
export interface Claim {
	readonly location: string;
	readonly tenant: TenantId;
	readonly catalog: CatalogId;
	readonly asset: AssetId;
	/** The Iceberg UUID; registering the same one takes a dropped table's claim over. */
	readonly uuid: string;
	readonly state: "held" | "dropped" | "purging";
}
