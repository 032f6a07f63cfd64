import type {
	CatalogId,
	ConflictId,
	MergeOperationId,
	TenantId,
} from "../../../model/ids.ts";
import type { Page } from "../../contract.ts";
import type {
	MergeConflict,
	MergeOperation,
	Versioned,
} from "../../records.ts";
import type { Database } from "../database.ts";
import { TABLES } from "../tables.ts";
import { versioned } from "./records.ts";

const OPERATIONS = `SELECT ${TABLES.mergeOperation.columns.join(", ")}, version
	FROM merge_operations
	WHERE tenant_id = ?1 AND catalog_id = ?2 AND (?3 IS NULL OR id < ?3)
	ORDER BY id DESC LIMIT ?4`;
const CONFLICTS = `SELECT ${TABLES.mergeConflict.columns.join(", ")}, version
	FROM merge_conflicts WHERE tenant_id = ? AND operation_id = ? AND id > ?
	ORDER BY id LIMIT ?`;

/** See `MergeReader.operations`. */
export function readOperations(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
	{ after, limit }: Page<MergeOperationId>,
): Versioned<MergeOperation>[] {
	return db
		.prepare(OPERATIONS)
		.all(tenant, catalog, after ?? null, limit)
		.map((row) => versioned(TABLES.mergeOperation, row));
}

/** See `MergeReader.conflicts`. */
export function readConflicts(
	db: Database,
	tenant: TenantId,
	operation: MergeOperationId,
	{ after, limit }: Page<ConflictId>,
): Versioned<MergeConflict>[] {
	return db
		.prepare(CONFLICTS)
		.all(tenant, operation, after ?? "", limit)
		.map((row) => versioned(TABLES.mergeConflict, row));
}
