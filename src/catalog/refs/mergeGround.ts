import { PangolinError } from "../../model/errors.ts";
import type { CatalogDeps } from "../deps.ts";
import { openScope, prefixOf, readOnly, type Scope } from "../scope.ts";
import { requireInHistory, requireKept } from "./history.ts";
import { locateRef } from "./locate.ts";
import { type Ancestry, findAncestry } from "./mergePlanning.ts";
import type { MergeCaller } from "./mergeRequests.ts";
import { settingsOf } from "./settings.ts";
import { commitOf, requireState, type State } from "./states.ts";
import { type CatalogVersions, versionsOf } from "./writing.ts";

/** What a merge is planned on, read in an order that lets nothing slip through. */
export interface MergeGround extends Ancestry {
	readonly versions: CatalogVersions;
	/** The branch that is changed. */
	readonly scope: Scope;
	/** What it shows now. */
	readonly ours: State;
	/** What is merged into it. */
	readonly theirs: State;
	readonly baseCommit: string | null;
}

export interface MergeSides {
	readonly catalog: string;
	readonly target: string;
	/** A state that is known already, or a ref. */
	readonly source: State | string;
	/** Message of the commit; absent: the caller's. */
	readonly message?: string | undefined;
}

/**
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `forbidden` when
 *   the target is no branch
 */
export async function openMerge(
	deps: CatalogDeps,
	caller: MergeCaller,
	{ catalog, target, source, message = caller.message }: MergeSides,
): Promise<MergeGround> {
	const { tenant } = caller.principal;
	const versions = await versionsOf(deps, tenant, catalog);
	const scope = await openBranch(deps, { ...caller, message }, catalog, target);
	const ours = await requireState(deps, tenant, catalog, target);
	const theirs =
		typeof source === "string"
			? await requireState(deps, tenant, catalog, source)
			: source;
	if ((await deps.store.refs.line(tenant, theirs.line)) === undefined)
		throw sourceGone(catalog, target);
	const ancestry = await findAncestry(deps, tenant, ours, theirs);
	const text = typeof source === "string" ? source : "the source of the merge";
	await requireInHistory(deps, versions.catalog.value, theirs, text);
	await requireKept(deps, versions.catalog.value, ancestry.base, text);
	const baseCommit = (await commitOf(deps, tenant, ancestry.base))?.id ?? null;
	return { ...ancestry, versions, scope, ours, theirs, baseCommit };
}

/** @throws PangolinError `ref-not-found`, `forbidden` when it is no branch */
export async function openBranch(
	deps: CatalogDeps,
	{ principal, slot, message }: MergeCaller,
	catalog: string,
	branch: string,
): Promise<Scope> {
	const scope = await openScope(deps, principal, prefixOf(catalog, branch));
	if (scope.pinned === undefined) return { ...scope, slot, message };
	throw readOnly(scope, scope.pinned);
}

/** @throws PangolinError `bad-request` for an experimental branch */
export async function refuseExperimental(
	deps: CatalogDeps,
	{ principal }: MergeCaller,
	catalog: string,
	source: string,
): Promise<void> {
	const found = await locateRef(deps, principal.tenant, catalog, source);
	if (found === undefined || settingsOf(found.located.ref).kind === "ingest")
		return;
	throw new PangolinError(
		"bad-request",
		`Branch ${catalog}@${source} is experimental: it cannot be merged`,
	);
}

function sourceGone(catalog: string, target: string): PangolinError {
	return new PangolinError(
		"ref-not-found",
		`The source of the merge into ${catalog}@${target} was deleted or rebased: abort the merge and start another one`,
	);
}
