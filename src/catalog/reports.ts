import type { AssetId, ReportId } from "../model/ids.ts";
import { brandId } from "../model/ids.ts";
import type { Identifier } from "../model/names.ts";
import type { RecordChange } from "../store/changes.ts";
import type { CatalogDeps } from "./deps.ts";
import { requireObject } from "./entries.ts";
import { pageOf } from "./pages.ts";
import type { PageRequest, ReportRequest } from "./requests.ts";
import type { ReportList } from "./results.ts";
import type { Scope } from "./scope.ts";

/** Old reports are removed once in so many new ones, so that each costs one row. */
const PRUNE_EVERY = 25;
const MAX_COUNTED_ASSETS = 10_000;

/**
 * Keeps the report of a scan or a commit; of each table the newest ones stay.
 * @throws PangolinError `table-not-found`
 */
export async function reportMetrics(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	{ type, body }: ReportRequest,
): Promise<void> {
	const { entry } = await requireObject(deps, scope, "table", identifier);
	const { tenant } = scope.principal;
	const id: ReportId = brandId(deps.newUuid());
	const insert: RecordChange = {
		op: "insert",
		collection: "report",
		value: {
			id,
			tenant,
			asset: entry.id,
			type,
			receivedAtMillis: deps.clock(),
			body,
		},
	};
	const removals = isPruningDue(deps, entry.id)
		? await outlived(deps, scope, entry.id)
		: [];
	const result = await deps.store.apply([insert, ...removals]);
	if (result.outcome === "refused")
		throw new Error(`a report was refused: ${result.reason}`);
}

function isPruningDue(deps: CatalogDeps, asset: AssetId): boolean {
	const counts = deps.reportsSincePruning;
	if (counts.size > MAX_COUNTED_ASSETS) counts.clear();
	const count = (counts.get(asset) ?? PRUNE_EVERY - 1) + 1;
	counts.set(asset, count >= PRUNE_EVERY ? 0 : count);
	return count >= PRUNE_EVERY;
}

/** Room is made for the one that comes. */
async function outlived(
	deps: CatalogDeps,
	scope: Scope,
	asset: AssetId,
): Promise<RecordChange[]> {
	const { tenant } = scope.principal;
	const newest = await deps.store.work.reports(tenant, asset, {
		limit: deps.limits.reportsPerTable + 2 * PRUNE_EVERY,
	});
	return newest.slice(deps.limits.reportsPerTable - 1).map(({ id }) => ({
		op: "delete",
		collection: "report",
		key: { tenant, asset, report: id },
	}));
}

/**
 * The reports kept of a table, newest first.
 * @throws PangolinError `table-not-found`, `bad-request`
 */
export async function listReports(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	page: PageRequest,
): Promise<ReportList> {
	const { entry } = await requireObject(deps, scope, "table", identifier);
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["reports", entry.id]),
		page,
		(after, limit) =>
			deps.store.work.reports(scope.principal.tenant, entry.id, {
				after,
				limit,
			}),
		({ id }) => id,
	);
	return { reports: rows, nextPageToken };
}
