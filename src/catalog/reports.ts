import type { Identifier } from "../model/names.ts";
import type { CatalogDeps } from "./deps.ts";
import type { PageRequest, ReportRequest } from "./requests.ts";
import type { ReportList } from "./results.ts";
import type { Scope } from "./scope.ts";

export async function reportMetrics(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_report: ReportRequest,
): Promise<void> {
	throw new Error("not built yet");
}

export async function listReports(
	_deps: CatalogDeps,
	_scope: Scope,
	_identifier: Identifier,
	_page: PageRequest,
): Promise<ReportList> {
	throw new Error("not built yet");
}
