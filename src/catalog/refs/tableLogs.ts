import { PangolinError } from "../../model/errors.ts";
import { brandId, type LineId, type TenantId } from "../../model/ids.ts";
import { compareUtf8, type Identifier } from "../../model/names.ts";
import type { Principal } from "../../model/principal.ts";
import type { Catalog } from "../../model/registry.ts";
import type { Commit, EntryKey, Ref } from "../../store/records.ts";
import { MAIN_BRANCH } from "../../versioning/refNames.ts";
import type { CatalogDeps } from "../deps.ts";
import { objectKey, objectMissing } from "../entries.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";
import { resultsOf, tableLog } from "./log.ts";
import type { CommitList, TableCommitList } from "./results.ts";
import { requireCatalog, requireState } from "./states.ts";

/**
 * As `tableLog`, of a table that the ref shows or showed.
 * @throws PangolinError `table-not-found`, and what `tableLog` throws
 */
export async function logOfTable(
	deps: CatalogDeps,
	principal: Principal,
	catalog: string,
	ref: string,
	identifier: Identifier,
	page: PageRequest,
): Promise<CommitList> {
	const list = await tableLog(deps, principal, catalog, ref, identifier, page);
	if (list.commits.length === 0)
		await requireShown(deps, principal.tenant, catalog, ref, identifier);
	return list;
}

/**
 * The commits that any branch or tag reaches and that changed what has this name,
 * newest first, each with the branch on which it was made; always in pages.
 * @throws PangolinError `catalog-not-found`, `table-not-found`, `bad-request`
 */
export async function logOfTableEverywhere(
	deps: CatalogDeps,
	principal: Principal,
	catalogName: string,
	identifier: Identifier,
	{ pageToken = "", pageSize }: PageRequest,
): Promise<TableCommitList> {
	const { tenant } = principal;
	const { value: catalog } = await requireCatalog(deps, tenant, catalogName);
	const key = objectKey(identifier);
	const lines = await reachedLines(deps, catalog);
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["table-log", catalog.id, key]),
		{ pageToken, pageSize },
		(after, limit) => {
			const place = after === undefined ? undefined : parsePlace(after);
			return newestOf(
				lines.map((line) => commitsOf(deps, tenant, line, key, place)),
				limit,
			);
		},
		({ timeMicros, line }) => `${timeMicros} ${line}`,
	);
	if (rows.length === 0)
		await requireShown(deps, tenant, catalogName, MAIN_BRANCH, identifier);
	const branches = new Map(lines.map(({ line, branch }) => [line, branch]));
	const lineOf = new Map(rows.map(({ id, line }) => [String(id), line]));
	const results = await resultsOf(deps, tenant, rows);
	const commits = results.map((result) => {
		const line = lineOf.get(result.id);
		return { ...result, branch: (line && branches.get(line)) ?? null };
	});
	return { commits, nextPageToken };
}

/** What of a line is reached from a branch or tag. */
interface Reached {
	readonly line: LineId;
	/** The greatest number that is reached. */
	readonly number: number;
	/** The branch whose line it is; null when that was deleted. */
	readonly branch: string | null;
}

const BATCH_ROWS = 100;

/** Every line that a branch or tag reads from, once. */
async function reachedLines(
	deps: CatalogDeps,
	{ tenant, id }: Catalog,
): Promise<Reached[]> {
	const reached = new Map<LineId, Reached>();
	let refs: readonly Ref[] = [];
	do {
		const page = { after: refs.at(-1)?.name, limit: BATCH_ROWS };
		const rows = await deps.store.refs.refs(tenant, id, page);
		refs = rows.map(({ value }) => value);
		for (const ref of refs) await reach(deps, reached, ref);
	} while (refs.length === BATCH_ROWS);
	return [...reached.values()];
}

async function reach(
	{ store }: CatalogDeps,
	reached: Map<LineId, Reached>,
	ref: Ref,
): Promise<void> {
	let at: { line: LineId; number: number | null } | null = ref;
	while (at !== null) {
		const line = await store.refs.line(ref.tenant, at.line);
		if (line === undefined) return;
		const number = at.number ?? line.head;
		const known = reached.get(line.id);
		const isOwn = ref.kind === "branch" && line.id === ref.line;
		reached.set(line.id, {
			line: line.id,
			number: Math.max(number, known?.number ?? 0),
			branch: isOwn ? ref.name : (known?.branch ?? null),
		});
		// What it forked from was reached together with it.
		at = known === undefined ? line.parent : null;
	}
}

/** Where a commit stands among those of several lines: later ones first. */
type Place = Pick<Commit, "timeMicros" | "line">;

function isBefore(a: Place, b: Place): boolean {
	return (
		a.timeMicros > b.timeMicros ||
		(a.timeMicros === b.timeMicros && compareUtf8(a.line, b.line) < 0)
	);
}

function parsePlace(text: string): Place {
	const [time, line = ""] = text.split(" ");
	const timeMicros = Number(time);
	if (Number.isSafeInteger(timeMicros))
		return { timeMicros, line: brandId(line) };
	throw new PangolinError("bad-request", "Invalid pageToken");
}

/** Of one line, in order, those that come after a place. */
async function* commitsOf(
	{ store: { commits } }: CatalogDeps,
	tenant: TenantId,
	{ line, number }: Reached,
	key: EntryKey,
	after: Place | undefined,
): AsyncGenerator<Commit> {
	const newest =
		after === undefined
			? number
			: await commits.numberAt(tenant, line, after.timeMicros);
	let before = Math.min(newest, number) + 1;
	let rows: readonly Commit[];
	do {
		const page = { after: before, limit: BATCH_ROWS };
		rows = await commits.ofKey(tenant, line, key, page);
		for (const row of rows)
			if (after === undefined || isBefore(after, row)) yield row;
		before = rows.at(-1)?.number ?? 0;
	} while (rows.length === BATCH_ROWS);
}

/** The first ones of several lists that are in order, in order. */
async function newestOf(
	lists: readonly AsyncGenerator<Commit, undefined>[],
	limit: number,
): Promise<Commit[]> {
	const found: Commit[] = [];
	const heads = await Promise.all(lists.map((list) => list.next()));
	while (found.length < limit) {
		let first: { at: number; commit: Commit } | undefined;
		for (const [at, { value: commit }] of heads.entries()) {
			if (commit === undefined) continue;
			if (first === undefined || isBefore(commit, first.commit))
				first = { at, commit };
		}
		const list = first && lists[first.at];
		if (first === undefined || list === undefined) break;
		found.push(first.commit);
		heads[first.at] = await list.next();
	}
	return found;
}

async function requireShown(
	deps: CatalogDeps,
	tenant: TenantId,
	catalog: string,
	ref: string,
	identifier: Identifier,
): Promise<void> {
	const state = await requireState(deps, tenant, catalog, ref);
	const key = objectKey(identifier);
	const row = await deps.store.entries.get({ tenant, ...state }, key);
	if (row === undefined) throw objectMissing("table", identifier);
}
