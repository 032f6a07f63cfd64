import type { CommitId } from "../../model/ids.ts";
import { levelsOf } from "../../model/names.ts";
import type { Principal } from "../../model/principal.ts";
import {
	comparePlaces,
	type DifferencePlace,
	diffItems,
	type ItemDifference,
	placeOf,
} from "../../versioning/diffItems.ts";
import type { EntryKey, Item } from "../../versioning/entries.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";
import { openScope } from "../scope.ts";
import { compareStates } from "./comparing.ts";
import { type DiffDetails, readDetails } from "./diffDetails.ts";
import { findAncestry } from "./mergePlanning.ts";
import {
	commitOf,
	requireCatalog,
	requireState,
	type State,
} from "./states.ts";

export interface DiffRequest extends PageRequest {
	/** A branch, tag, commit id or time each; default `main`. */
	readonly from?: string | undefined;
	readonly to?: string | undefined;
	/** Compares `to` with the state where the two parted, in place of what `from` shows now. */
	readonly sinceMergeBase?: boolean | undefined;
	/** Also what differs inside of each: two metadata files are read for a table. */
	readonly details?: boolean | undefined;
}

export interface DiffResult {
	readonly from: DiffedState;
	readonly to: DiffedState;
	readonly differences: readonly DifferenceResult[];
	readonly next_page_token: string | null;
}

export interface DiffedState {
	readonly ref: string;
	/** Of the state that is compared; null before the catalog's first commit. */
	readonly commit_id: CommitId | null;
}

export interface DifferenceResult {
	readonly change: ItemDifference["change"];
	readonly kind: Item["entry"]["kind"];
	/** Its levels, the enclosing namespace's first; in `to`, of what was removed in `from`. */
	readonly path: readonly string[];
	/** Of what was renamed. */
	readonly from_path?: readonly string[];
	readonly details?: DiffDetails;
}

const MAX_DETAILED = 100;

/**
 * What `to` shows and `from` does not: the two states themselves are compared,
 * wherever they parted, unless it is asked what was done since then. By path, always in pages (no token: the first one); of
 * details at most 100 at once. The work grows with what was changed between the
 * two, not with the catalog. Pages of refs that move show each what the refs
 * show then; of commits they are pages of one list.
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request`, `file-not-found`
 */
export async function diffRefs(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	request: DiffRequest,
): Promise<DiffResult> {
	const { from = MAIN_BRANCH, to = MAIN_BRANCH } = request;
	const { details = false, sinceMergeBase = false } = request;
	const { tenant } = principal;
	await requireCatalog(deps, tenant, catalog);
	const after = await requireState(deps, tenant, catalog, to);
	const shown = await requireState(deps, tenant, catalog, from);
	const before = sinceMergeBase
		? (await findAncestry(deps, tenant, shown, after)).base
		: shown;
	const differences = await differencesOf(deps, principal, before, after);
	const { pageToken = "", pageSize } = request;
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["diff", catalog, from, to, sinceMergeBase]),
		{ pageToken, pageSize: details ? detailed(pageSize) : pageSize },
		async (after, limit) => differencesAfter(differences, after, limit),
		(row) => textOf(placeOf(row)),
	);
	const scope = details ? await openScope(deps, principal, catalog) : undefined;
	const results: DifferenceResult[] = [];
	// One after the other: each may be made of large files.
	for (const row of rows) {
		const inside = scope && { details: await readDetails(deps, scope, row) };
		results.push({ ...resultOf(row), ...inside });
	}
	const stateResult = async (ref: string, state: State) => ({
		ref,
		commit_id: (await commitOf(deps, tenant, state))?.id ?? null,
	});
	return {
		from: await stateResult(from, before),
		to: await stateResult(to, after),
		differences: results,
		next_page_token: nextPageToken,
	};
}

function detailed(pageSize: number | undefined): number {
	return pageSize === undefined
		? MAX_DETAILED
		: Math.min(pageSize, MAX_DETAILED);
}

async function differencesOf(
	deps: CatalogDeps,
	{ tenant }: Principal,
	from: State,
	to: State,
): Promise<ItemDifference[]> {
	const states = { base: from, ours: from, theirs: to };
	const { base, theirs } = await compareStates(deps, tenant, states);
	return diffItems(base, theirs);
}

function differencesAfter(
	differences: readonly ItemDifference[],
	after: string | undefined,
	limit: number,
): ItemDifference[] {
	if (after === undefined) return differences.slice(0, limit);
	const last = placeIn(after);
	return differences
		.filter((each) => comparePlaces(placeOf(each), last) > 0)
		.slice(0, limit);
}

/** U+0000 occurs in no name. */
function textOf({ key, isRemoval }: DifferencePlace): string {
	const { space, parent, name } = key;
	return [isRemoval ? "-" : "+", space, parent, name].join("\u0000");
}

function placeIn(text: string): DifferencePlace {
	const [sign, space, parent = "", name = ""] = text.split("\u0000");
	const key: EntryKey = {
		space: space === "namespace" ? space : "object",
		parent: parent as EntryKey["parent"],
		name,
	};
	return { key, isRemoval: sign === "-" };
}

function resultOf(difference: ItemDifference): DifferenceResult {
	const { change } = difference;
	const item = change === "removed" ? difference.before : difference.after;
	return {
		change,
		kind: item.entry.kind,
		path: pathOf(item),
		...(change === "renamed" && { from_path: pathOf(difference.before) }),
	};
}

function pathOf({ key }: Item): string[] {
	return [...levelsOf(key.parent), key.name];
}
