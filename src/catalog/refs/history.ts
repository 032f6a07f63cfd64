import { PangolinError } from "../../model/errors.ts";
import type { LineId } from "../../model/ids.ts";
import type { Catalog } from "../../model/registry.ts";
import {
	HISTORY_RETENTION,
	historyRetentionSeconds,
} from "../../model/retention.ts";
import type { CatalogDeps } from "../deps.ts";

/** What ended at or before this time, in microseconds, is not part of the history any more. */
export function historySinceMicros(
	{ clock }: Pick<CatalogDeps, "clock">,
	{ properties }: Catalog,
): number {
	return (clock() - historyRetentionSeconds(properties) * 1000) * 1000;
}

/**
 * Refuses a state that the catalog does not keep any more: one that another
 * took the place of longer ago than the retention, and that no tag, no branch
 * and no merge begins with.
 * @param text how the caller named it
 * @throws PangolinError `ref-not-found`
 */
export async function requireInHistory(
	deps: Pick<CatalogDeps, "store" | "clock">,
	catalog: Catalog,
	state: { readonly line: LineId; readonly number: number },
	text: string,
): Promise<void> {
	const { commits, refs } = deps.store;
	const { tenant } = catalog;
	const { line, number } = state;
	const next = await commits.commit(tenant, line, number + 1);
	if (next === undefined) return;
	if (next.timeMicros > historySinceMicros(deps, catalog)) return;
	if (await refs.isPinned(tenant, line, number)) return;
	const seconds = historyRetentionSeconds(catalog.properties);
	throw new PangolinError(
		"ref-not-found",
		`${catalog.name}@${text}: history expired. What was replaced is kept for ${seconds} seconds (the catalog's property ${HISTORY_RETENTION}); name a branch, a tag or a later commit or time`,
	);
}
