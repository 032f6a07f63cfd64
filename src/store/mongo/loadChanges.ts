import type {
	Advance,
	Change,
	ClaimChange,
	HistoryChange,
} from "../changes.ts";
import { foldersAbove, prefixRange } from "../folders.ts";
import type { EntryKey } from "../records.ts";
import { entryId, idOf } from "../rules/state.ts";
import type { Group } from "./changeGroup.ts";
import { numberText } from "./collections.ts";
import {
	keysAround,
	loadChildren,
	loadPassing,
	loadPins,
	loadRoots,
} from "./loadHistory.ts";
import { loadChain, loadDrops, loadKeys } from "./loadLines.ts";
import { loadRecordChange } from "./loadRecords.ts";
import { assetsIn, loadRemoved } from "./loadRemovals.ts";
import type { Overlay } from "./overlay.ts";
import { loadLine, loadRecord, putClaim, putCommit } from "./overlay.ts";
import type { Selection } from "./queries.ts";
import { below } from "./queries.ts";

/** Reads everything that the rules look at when they decide the group. */
export async function loadGroup(overlay: Overlay, group: Group): Promise<void> {
	await Promise.all(
		group.changes.map((change) => loadChange(overlay, group, change)),
	);
}

async function loadChange(
	overlay: Overlay,
	group: Group,
	change: Change,
): Promise<void> {
	switch (change.op) {
		case "insert":
		case "update":
		case "delete":
		case "check":
			return await loadRecordChange(overlay, group, change);
		case "advance":
			return await loadAdvance(overlay, group, change);
		case "requireHead":
			await loadLine(overlay, change.tenant, change.line);
			return;
		case "claim":
		case "setClaims":
		case "releaseClaims":
			return await loadClaims(overlay, group, change);
		case "forget":
		case "forgetLine":
			return await loadForgetting(overlay, group, change);
	}
}

async function loadAdvance(
	overlay: Overlay,
	group: Group,
	change: Advance,
): Promise<void> {
	const { tenant, catalog, line, branch } = change;
	const at = { tenant, line };
	const [levels] = await Promise.all([
		loadChain(overlay, at, group.lines),
		branch === undefined || loadRecord(overlay, "ref", tenant, catalog, branch),
	]);
	const keys = change.entries.flatMap(({ key }) => keysAround(key));
	const namespaces = change.entries
		.filter(({ op, key }) => op === "drop" && key.space === "namespace")
		.map(({ key }): EntryKey => key);
	const [shown] = await Promise.all([
		loadKeys(overlay, levels, keys),
		...namespaces.map((key) =>
			loadChildren(overlay, { tenant, id: line }, levels, key, group.slack),
		),
	]);
	await loadDrops(overlay, idOf(tenant, line), [
		...assetsIn(shown),
		...assetsWritten(group, change),
	]);
}

/** What any set of the group writes under the line's keys, and so may be what another one drops. */
function assetsWritten({ changes }: Group, { line }: Advance): string[] {
	return changes.flatMap((change) =>
		change.op === "advance" && change.line === line
			? change.entries.flatMap((each) =>
					each.op === "create" || each.op === "replace" ? [each.entry.id] : [],
				)
			: [],
	);
}

async function loadClaims(
	overlay: Overlay,
	group: Group,
	change: ClaimChange,
): Promise<void> {
	const { tenant, asset } = change.op === "claim" ? change.claim : change;
	const own = { a: idOf(tenant, asset) };
	const selections: Selection[] = [{ filter: own }];
	if (change.op === "claim") {
		const { location } = change.claim;
		const [first, end] = prefixRange(location);
		const inside = { k: { $gt: first, $lt: end }, a: { $ne: own.a } };
		selections.push(
			{ filter: { k: { $in: [...foldersAbove(location), location] } } },
			{ filter: inside, limit: group.slack },
		);
	}
	const found = await Promise.all(
		selections.map((what) => overlay.rows.select("claim", what)),
	);
	for (const row of found.flat()) putClaim(overlay, row);
}

async function loadForgetting(
	overlay: Overlay,
	group: Group,
	change: HistoryChange,
): Promise<void> {
	const line = idOf(change.tenant, change.line);
	const { rows } = overlay;
	const stored = await loadLine(overlay, change.tenant, change.line);
	if (stored === undefined) return;
	if (change.op === "forget") {
		const keys = change.rows.map(({ key, number }) =>
			idOf(line, entryId(key), numberText(number)),
		);
		const [found] = await Promise.all([
			rows.byKeys("entry", keys),
			loadPins(overlay, line),
		]);
		await loadRemoved(overlay, line, found);
		return;
	}
	const limit = group.removals + group.slack;
	const [entries, commits] = await Promise.all([
		rows.select("entry", {
			filter: { k: below([line]) },
			sort: { k: 1 },
			limit,
		}),
		rows.select("commit", {
			filter: { k: below([line]) },
			sort: { k: 1 },
			limit,
		}),
		loadRoots(overlay, line, group.slack),
		loadPassing(overlay, line),
	]);
	for (const commit of commits) putCommit(overlay, commit);
	await loadRemoved(overlay, line, entries);
}
