import { levelsOf } from "../../model/names.ts";
import { historyRetentionSeconds } from "../../model/retention.ts";
import type {
	Commit,
	DroppedAsset,
	Entry,
	EntryRow,
} from "../../store/records.ts";
import { formatTime } from "../../versioning/times.ts";
import type { CatalogDeps } from "../deps.ts";
import { pageOf } from "../pages.ts";
import type { PageRequest } from "../requests.ts";
import type { Scope } from "../scope.ts";
import { historySinceMicros } from "./history.ts";
import { isPurged } from "./kept.ts";
import type { DroppedItem, DroppedList } from "./undoResults.ts";

const BATCH_ROWS = 1000;

/** Something that a branch dropped and can have again. */
export interface Dropped {
	readonly number: number;
	readonly row: EntryRow;
	readonly commit: Commit;
}

/**
 * What a branch dropped within the catalog's retention and does not show again,
 * newest first: tables, views, assets and namespaces, also those that it had
 * from another branch. What was purged is not among them.
 * @throws PangolinError `bad-request`
 */
export async function listDropped(
	deps: CatalogDeps,
	scope: Scope,
	page: PageRequest,
): Promise<DroppedList> {
	const { rows, nextPageToken } = await pageOf(
		deps,
		JSON.stringify(["dropped", scope.at.line]),
		page,
		(after, limit) =>
			Array.fromAsync(limited(droppedAfter(deps, scope, after), limit)),
		positionOf,
	);
	const { properties } = scope.located.catalog;
	const retentionMicros = historyRetentionSeconds(properties) * 1_000_000;
	const dropped = rows.map((each) => itemOf(each, retentionMicros));
	return { dropped, nextPageToken };
}

/** Newest first, from after a position of `listDropped` on. */
export async function* droppedAfter(
	deps: CatalogDeps,
	scope: Scope,
	position?: string,
): AsyncGenerator<Dropped> {
	const since = historySinceMicros(deps, scope.located.catalog);
	const { tenant, line } = scope.at;
	for (let after = parsed(position); ; ) {
		const page = { after, limit: BATCH_ROWS };
		const drops = await deps.store.drops.dropped(tenant, line, page);
		for (const drop of drops) {
			const found = await readDropped(deps, scope, drop);
			if (found === undefined) continue;
			if (found.commit.timeMicros <= since) return;
			if (!(await isGone(deps, scope, found.row.entry))) yield found;
		}
		if (drops.length < BATCH_ROWS) return;
		after = drops.at(-1);
	}
}

/** Undefined: it was made and dropped by one commit, no state ever showed it. */
async function readDropped(
	{ store }: CatalogDeps,
	{ at: { tenant, line } }: Scope,
	{ asset, key, number }: DroppedAsset,
): Promise<Dropped | undefined> {
	const commit = await store.commits.commit(tenant, line, number);
	const before = { tenant, line, number: number - 1 };
	const row = await store.entries.get(before, key);
	if (commit === undefined || row?.entry.id !== asset) return undefined;
	return { number, row, commit };
}

async function isGone(
	deps: CatalogDeps,
	scope: Scope,
	entry: Entry,
): Promise<boolean> {
	const hasFiles = entry.kind === "table" || entry.kind === "view";
	return hasFiles && (await isPurged(deps, scope, entry));
}

async function* limited<Row>(
	rows: AsyncIterable<Row>,
	limit: number,
): AsyncGenerator<Row> {
	let count = 0;
	for await (const row of rows) {
		yield row;
		if (++count >= limit) return;
	}
}

function positionOf({ number, row }: Dropped): string {
	return `${number} ${row.entry.id}`;
}

function parsed(
	position: string | undefined,
): Pick<DroppedAsset, "number" | "asset"> | undefined {
	if (position === undefined) return undefined;
	const space = position.indexOf(" ");
	const asset = position.slice(space + 1) as DroppedAsset["asset"];
	return { number: Number(position.slice(0, space)), asset };
}

function itemOf(
	{ row: { key, entry }, commit }: Dropped,
	retentionMicros: number,
): DroppedItem {
	return {
		id: entry.id,
		kind: entry.kind,
		namespace: levelsOf(key.parent),
		name: key.name,
		dropped_at: formatTime(commit.timeMicros),
		dropped_by: commit.authorName,
		commit_id: commit.id,
		recoverable_until: formatTime(commit.timeMicros + retentionMicros),
	};
}
