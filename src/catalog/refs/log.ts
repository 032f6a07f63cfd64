import { PangolinError } from "../../model/errors.ts";
import { brandId, type CommitId, type TenantId } from "../../model/ids.ts";
import { type Identifier, levelsOf } from "../../model/names.ts";
import type { Principal } from "../../model/principal.ts";
import type { Page } from "../../store/contract.ts";
import type { Commit } from "../../store/records.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import { formatTime } from "../../versioning/times.ts";
import type { CatalogDeps } from "../deps.ts";
import { objectKey } from "../entries.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";
import type { CommitList, CommitResult } from "./results.ts";
import {
	chainOf,
	commitOf,
	type Level,
	refMissing,
	requireCatalog,
	requireState,
	type State,
} from "./states.ts";

/**
 * The commits that made what a ref shows, newest first; always in pages (no
 * token: the first one).
 * @param ref a branch, tag, commit id or time; undefined: `main`
 * @throws PangolinError `catalog-not-found`, `ref-not-found`, `bad-request`
 */
export async function listCommits(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	ref: string = MAIN_BRANCH,
	page: PageRequest = {},
): Promise<CommitList> {
	const { commits } = deps.store;
	const { tenant } = principal;
	return logOf(deps, tenant, { catalog, ref, of: null }, page, (line, range) =>
		commits.commits(tenant, line, range),
	);
}

/** As `listCommits`, those that changed what has this name. */
export async function tableLog(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	ref: string,
	identifier: Identifier,
	page: PageRequest,
): Promise<CommitList> {
	const { commits } = deps.store;
	const { tenant } = principal;
	const key = objectKey(identifier);
	const of = [key.parent, key.name];
	return logOf(deps, tenant, { catalog, ref, of }, page, (line, range) =>
		commits.ofKey(tenant, line, key, range),
	);
}

/** Reads commits of one line, newest first. */
type ReadLine = (
	line: State["line"],
	page: Page<number>,
) => Promise<readonly Commit[]>;

async function logOf(
	deps: CatalogDeps,
	tenant: TenantId,
	list: {
		readonly catalog: string;
		readonly ref: string;
		readonly of: readonly string[] | null;
	},
	{ pageToken = "", pageSize }: PageRequest,
	readLine: ReadLine,
): Promise<CommitList> {
	await requireCatalog(deps, tenant, list.catalog);
	const state = await requireState(deps, tenant, list.catalog, list.ref);
	const chain = await chainOf(deps, tenant, state);
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["log", list.catalog, list.ref, list.of]),
		{ pageToken, pageSize },
		(after, limit) => readChain(chain, after, limit, readLine),
		({ line, number }) => `${number} ${line}`,
	);
	const commits = await resultsOf(deps, tenant, rows);
	return { commits, nextPageToken };
}

async function readChain(
	chain: readonly Level[],
	after: string | undefined,
	limit: number,
	readLine: ReadLine,
): Promise<Commit[]> {
	const found: Commit[] = [];
	for (const { line, number } of levelsAfter(chain, after)) {
		if (found.length >= limit) break;
		const page = { after: number + 1, limit: limit - found.length };
		found.push(...(await readLine(line.id, page)));
	}
	return found;
}

/** What is left of a chain below the commit that a page ended with. */
function levelsAfter(
	chain: readonly Level[],
	after: string | undefined,
): Level[] {
	if (after === undefined) return [...chain];
	const [number, line] = after.split(" ");
	const i = chain.findIndex((level) => level.line.id === line);
	const last = chain[i];
	const next = Number(number) - 1;
	if (last === undefined || !Number.isSafeInteger(next)) {
		throw new PangolinError(
			"bad-request",
			"Invalid pageToken: the log does not contain its commit any more",
		);
	}
	const rest = { line: last.line, number: Math.min(next, last.number) };
	return [rest, ...chain.slice(i + 1)];
}

/** @throws PangolinError `catalog-not-found`, `ref-not-found` */
export async function getCommit(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	id: string,
): Promise<CommitResult> {
	const { tenant } = principal;
	const { value } = await requireCatalog(deps, tenant, catalog);
	const commitId: CommitId = brandId(id.toLowerCase());
	const commit = await deps.store.commits.byId(tenant, value.id, commitId);
	const [result] = commit ? await resultsOf(deps, tenant, [commit]) : [];
	if (result === undefined) throw refMissing(catalog, id);
	return result;
}

/** As callers get them. Parents among the commits themselves are not read again. */
export async function resultsOf(
	deps: CatalogDeps,
	tenant: TenantId,
	commits: readonly Commit[],
): Promise<CommitResult[]> {
	const known = new Map(commits.map((each) => [placeOf(each), each.id]));
	const idOf = async (state: State): Promise<CommitId[]> => {
		const id = known.get(placeOf(state));
		const found = id ?? (await commitOf(deps, tenant, state))?.id;
		return found === undefined ? [] : [found];
	};
	return Promise.all(
		commits.map(async (commit) => {
			const { line, number, mergedParents } = commit;
			const previous = await idOf({ line, number: number - 1 });
			const merged = await Promise.all(mergedParents.map(idOf));
			return resultOf(commit, previous, merged.flat());
		}),
	);
}

function placeOf({ line, number }: State): string {
	return `${number} ${line}`;
}

function resultOf(
	commit: Commit,
	previous: readonly CommitId[],
	merged: readonly CommitId[],
): CommitResult {
	return {
		id: commit.id,
		parent_id: previous[0] ?? null,
		parent_ids: [...previous, ...merged],
		author: commit.authorName,
		author_id: commit.author,
		message: commit.message,
		timestamp: Math.floor(commit.timeMicros / 1000),
		committed_at: formatTime(commit.timeMicros),
		changes: commit.keys.map(({ space, parent, name }) => ({
			kind: space,
			path: [...levelsOf(parent), name],
		})),
	};
}
