import { PangolinError } from "../../model/errors.ts";
import { brandId, type TenantId } from "../../model/ids.ts";
import type { Principal } from "../../model/principal.ts";
import type { MergeOperation } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";
import { untilDecided } from "../submit.ts";
import { isoNow } from "./merge.ts";
import { checkDecision } from "./mergeDecisions.ts";
import {
	conflictsOf,
	decideConflict,
	type KeptConflict,
	mergeResult,
	type Operation,
	readConflict,
	readOperation,
	requireOperation,
	updateOperation,
} from "./mergeRecords.ts";
import type { ConflictDecision, MergeCaller } from "./mergeRequests.ts";
import type { ConflictResult, MergeList, MergeResult } from "./mergeResults.ts";
import { requireCatalog } from "./states.ts";
import { applyRefChange } from "./writing.ts";

/** Newest first. @throws PangolinError `catalog-not-found`, `bad-request` */
export async function listMerges(
	deps: CatalogDeps,
	{ tenant }: Principal,
	catalogName: string,
	page: PageRequest,
): Promise<MergeList> {
	const { value } = await requireCatalog(deps, tenant, catalogName);
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["merges", value.id]),
		page,
		async (after, limit) => {
			const position =
				after === undefined ? undefined : brandId<MergeOperation["id"]>(after);
			const found = await deps.store.merges.operations(tenant, value.id, {
				after: position,
				limit,
			});
			return found.map(readOperation);
		},
		({ record }) => record.id,
	);
	const operations = rows.map(({ record: { id, status }, detail }) => ({
		id,
		status,
		source_branch: detail.source,
		target_branch: detail.target,
		conflicts_count: detail.conflicts,
		initiated_at: detail.initiatedAt,
		completed_at: detail.completedAt,
	}));
	return { operations, nextPageToken };
}

/** @throws PangolinError `merge-not-found` */
export async function getMerge(
	deps: CatalogDeps,
	{ tenant }: Principal,
	id: string,
): Promise<MergeResult> {
	const { record, detail } = await requireOperation(deps, tenant, id);
	const conflicts = await conflictsOf(deps, record);
	return mergeResult(
		record,
		detail,
		conflicts.map(({ result }) => result),
	);
}

/** @throws PangolinError `merge-not-found` */
export async function listConflicts(
	deps: CatalogDeps,
	principal: Principal,
	id: string,
): Promise<readonly ConflictResult[]> {
	return (await getMerge(deps, principal, id)).conflicts;
}

export interface ResolvedResult {
	readonly status: "resolved";
	readonly conflict_id: string;
}

/**
 * Decides one conflict of a merge, or decides it anew. With the last one the
 * merge is ready to be completed.
 * @throws PangolinError `merge-not-found`, `bad-request`
 */
export async function resolveConflict(
	deps: CatalogDeps,
	caller: MergeCaller,
	id: string,
	decision: ConflictDecision,
): Promise<ResolvedResult> {
	const { tenant } = caller.principal;
	return untilDecided(deps, `conflict ${id}`, async () => {
		const conflict = await requireConflict(deps, tenant, id);
		const { operation: of } = conflict.record;
		const operation = await requireOperation(deps, tenant, of);
		requireOpen(operation, "resolve its conflicts");
		requireDecisive(operation, decision);
		checkDecision(conflict.result.details, decision);
		const all = await conflictsOf(deps, operation.record);
		const isLast = all.every(
			({ result }) => result.id === conflict.result.id || result.resolution,
		);
		const resolution = {
			conflict_id: conflict.result.id,
			strategy: decision.strategy,
			resolved_value: decision.value ?? null,
			resolved_by: caller.principal.id,
			resolved_at: isoNow(deps),
		};
		const result: ResolvedResult = {
			status: "resolved",
			conflict_id: conflict.result.id,
		};
		const isApplied = await applyRefChange(deps, caller, {
			changes: [
				decideConflict(conflict, resolution),
				updateOperation(operation, isLast ? "Ready" : "Resolving"),
			],
			answer: { kind: "json", body: JSON.stringify(result) },
			result,
		});
		return isApplied ? result : undefined;
	});
}

async function requireConflict(
	{ store }: CatalogDeps,
	tenant: TenantId,
	id: string,
): Promise<KeptConflict> {
	const row = await store.merges.conflict(tenant, brandId(id.toLowerCase()));
	if (row !== undefined) return readConflict(row);
	throw new PangolinError("merge-not-found", `Conflict does not exist: ${id}`);
}

function requireOpen(
	{ record: { id, status } }: Operation,
	what: string,
): void {
	if (status !== "Completed" && status !== "Aborted") return;
	throw new PangolinError(
		"bad-request",
		`Merge ${id} was ${status.toLowerCase()}: it is too late to ${what}`,
	);
}

/** What could be combined was, unless the merge is one by hand. */
function requireDecisive(
	{ detail }: Operation,
	{ strategy }: ConflictDecision,
): void {
	const combines = strategy === "AutoMerge" || strategy === "ThreeWayMerge";
	if (!combines || detail.strategy === "Manual") return;
	throw new PangolinError(
		"bad-request",
		`${strategy} has left this conflict open: use TakeSource, TakeTarget or Manual`,
	);
}

export interface AbortedResult {
	readonly status: "aborted";
	readonly operation_id: string;
}

/** Gives a merge up; again does no harm. @throws PangolinError `merge-not-found`, `bad-request` when it was completed */
export async function abortMerge(
	deps: CatalogDeps,
	caller: MergeCaller,
	id: string,
): Promise<AbortedResult> {
	const { tenant } = caller.principal;
	return untilDecided(deps, `merge ${id}`, async () => {
		const operation = await requireOperation(deps, tenant, id);
		const result: AbortedResult = {
			status: "aborted",
			operation_id: operation.record.id,
		};
		if (operation.record.status === "Aborted") return result;
		requireOpen(operation, "abort it");
		const isApplied = await applyRefChange(deps, caller, {
			changes: [
				updateOperation(operation, "Aborted", { completedAt: isoNow(deps) }),
			],
			answer: { kind: "json", body: JSON.stringify(result) },
			result,
		});
		return isApplied ? result : undefined;
	});
}
