import { PangolinError } from "../../model/errors.ts";
import type {
	ConflictId,
	MergeOperationId,
	TenantId,
} from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { RecordChange } from "../../store/changes.ts";
import type {
	MergeConflict as ConflictRecord,
	MergeOperation,
	Versioned,
} from "../../store/records.ts";
import type {
	MergeConflict,
	ResolutionStrategy,
} from "../../versioning/mergeTypes.ts";
import type { CatalogDeps } from "../deps.ts";
import { conflictResult } from "./mergeConflicts.ts";
import type {
	ConflictResult,
	MergeResult,
	ResolutionResult,
} from "./mergeResults.ts";
import type { State } from "./states.ts";

/** What `MergeOperation.detail` keeps. */
export interface MergeDetail {
	readonly catalog: string;
	readonly source: string;
	/** What is merged: the source as it was when the merge was asked for. */
	readonly sourceState: State;
	readonly target: string;
	readonly strategy: ResolutionStrategy;
	readonly squash: boolean;
	readonly fastForward: "only" | null;
	readonly message: string | null;
	readonly baseCommit: string | null;
	readonly initiatedBy: string;
	readonly initiatedAt: string;
	readonly completedAt: string | null;
	readonly resultCommit: string | null;
	/** How many conflicts there are, decided or not. */
	readonly conflicts: number;
}

export interface Operation {
	readonly record: MergeOperation;
	readonly version: number;
	readonly detail: MergeDetail;
}

export interface KeptConflict {
	readonly record: ConflictRecord;
	readonly version: number;
	/** With the resolution in it. */
	readonly result: ConflictResult;
}

/** @throws PangolinError `merge-not-found` */
export async function requireOperation(
	{ store }: Pick<CatalogDeps, "store">,
	tenant: TenantId,
	id: string,
): Promise<Operation> {
	const row = await store.merges.operation(tenant, brandId(id.toLowerCase()));
	if (row !== undefined) return readOperation(row);
	throw new PangolinError(
		"merge-not-found",
		`Merge operation does not exist: ${id}`,
	);
}

export function readOperation({
	value,
	version,
}: Versioned<MergeOperation>): Operation {
	return { record: value, version, detail: JSON.parse(value.detail) };
}

const CONFLICTS_AT_ONCE = 1000;

export async function conflictsOf(
	{ store }: Pick<CatalogDeps, "store">,
	{ tenant, id }: MergeOperation,
): Promise<KeptConflict[]> {
	const found: KeptConflict[] = [];
	for (let after: ConflictId | undefined; ; ) {
		const page = { after, limit: CONFLICTS_AT_ONCE };
		const rows = await store.merges.conflicts(tenant, id, page);
		found.push(...rows.map(readConflict));
		if (rows.length < CONFLICTS_AT_ONCE) return found;
		after = rows.at(-1)?.value.id;
	}
}

export function readConflict({
	value,
	version,
}: Versioned<ConflictRecord>): KeptConflict {
	const { detail, resolution } = value;
	const result: ConflictResult = {
		...JSON.parse(detail),
		resolution: resolution === null ? null : JSON.parse(resolution),
	};
	return { record: value, version, result };
}

export function mergeResult(
	{ tenant, id, status }: MergeOperation,
	detail: MergeDetail,
	conflicts: readonly ConflictResult[],
): MergeResult {
	return {
		id,
		tenant_id: tenant,
		catalog_name: detail.catalog,
		source_branch: detail.source,
		target_branch: detail.target,
		base_commit_id: detail.baseCommit,
		status,
		strategy: detail.strategy,
		squash: detail.squash,
		conflicts,
		initiated_by: detail.initiatedBy,
		initiated_at: detail.initiatedAt,
		completed_at: detail.completedAt,
		result_commit_id: detail.resultCommit,
	};
}

export function insertOperation(
	value: Omit<MergeOperation, "detail">,
	detail: MergeDetail,
): RecordChange {
	return {
		op: "insert",
		collection: "mergeOperation",
		value: { ...value, detail: JSON.stringify(detail) },
	};
}

/** Refused `stale` when somebody else has changed the operation since it was read. */
export function updateOperation(
	{ record, version, detail }: Operation,
	status: MergeOperation["status"],
	changed: Partial<MergeDetail> = {},
): RecordChange {
	const { tenant, id: operation } = record;
	return {
		op: "update",
		collection: "mergeOperation",
		key: { tenant, operation },
		value: {
			...record,
			status,
			detail: JSON.stringify({ ...detail, ...changed }),
		},
		ifVersion: version,
	};
}

export function insertConflict(
	tenant: TenantId,
	operation: MergeOperationId,
	conflict: MergeConflict,
	createdAt: string,
): RecordChange {
	const result = conflictResult(operation, conflict, createdAt);
	return {
		op: "insert",
		collection: "mergeConflict",
		value: {
			id: brandId(result.id),
			tenant,
			operation,
			detail: JSON.stringify(result),
			resolution: null,
		},
	};
}

export function decideConflict(
	{ record, version }: KeptConflict,
	resolution: ResolutionResult | null,
): RecordChange {
	const { tenant, id: conflict } = record;
	const text = resolution === null ? null : JSON.stringify(resolution);
	return {
		op: "update",
		collection: "mergeConflict",
		key: { tenant, conflict },
		value: { ...record, resolution: text },
		ifVersion: version,
	};
}

export function forgetConflict({
	record,
	version,
}: KeptConflict): RecordChange {
	const { tenant, id: conflict } = record;
	return {
		op: "delete",
		collection: "mergeConflict",
		key: { tenant, conflict },
		ifVersion: version,
	};
}
