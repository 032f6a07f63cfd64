import { assert } from "../../model/errors.ts";
import type { AssetId, CatalogId, LineId, TenantId } from "../../model/ids.ts";
import { compareUtf8 } from "../../model/names.ts";
import type { OwnedAsset } from "../contract.ts";
import type { Entry, Line, MergedParent, Ref } from "../records.ts";
import { endOf } from "./history.ts";
import { entryAt } from "./lines.ts";
import { pinnedNumbers, tagsAndForks } from "./pins.ts";
import { rowsBelow } from "./records.ts";
import type { End, State, StoredRow } from "./state.ts";
import { entryId, idOf, lineOf } from "./state.ts";

/** See `EntryReader.namesMetadataFile`. */
export function namesMetadataFile(
	state: State,
	location: string,
	sinceMicros: number,
): boolean {
	for (const [id, content] of state.contents) {
		const line = state.lines.get(id)?.value;
		if (line === undefined) continue;
		const pinned = pinnedNumbers(state, line, sinceMicros);
		for (const { rows } of content.histories.values()) {
			const named = rows.some(
				(row, i) =>
					locationOf(row.entry) === location &&
					isKept(row, endOf(rows, i), pinned, sinceMicros),
			);
			if (named) return true;
		}
	}
	return false;
}

function isKept(
	{ number }: StoredRow,
	end: End | undefined,
	pinned: readonly number[],
	sinceMicros: number,
): boolean {
	if (end === undefined || end.timeMicros > sinceMicros) return true;
	return pinned.some((pin) => number <= pin && pin < end.number);
}

/** See `RefReader.isPinned`. */
export function isPinned(
	state: State,
	tenant: TenantId,
	line: LineId,
	number: number,
): boolean {
	const named = lineOf(state, tenant, line);
	return (
		(named !== undefined && tagsAndForks(state, named).includes(number)) ||
		state.lines
			.values()
			.some(
				({ value: other }) =>
					other.tenant === tenant &&
					other.id !== line &&
					lastMerged(state, other, line).includes(number),
			)
	);
}

/** What a line merged last of another one. */
function lastMerged(state: State, { tenant, id }: Line, of: LineId): number[] {
	const merges = state.contents.get(idOf(tenant, id))?.merges ?? [];
	const isOf = (parent: MergedParent) => parent.line === of;
	const newest = merges.findLast((each) => each.mergedParents.some(isOf));
	return (newest?.mergedParents ?? [])
		.filter(isOf)
		.map((parent) => parent.number);
}

/** See `EntryReader.assetsBelow`. */
export function assetsBelow(
	state: State,
	prefix: string,
	except: AssetId,
): OwnedAsset[] {
	assert(prefix.endsWith("/"), "a folder ends with a slash");
	const found = new Map<string, OwnedAsset>();
	for (const [id, { histories }] of state.contents) {
		const tenant = state.lines.get(id)?.value.tenant;
		if (tenant === undefined) continue;
		for (const { rows } of histories.values()) {
			for (const { entry } of rows) {
				if (entry === null || entry.id === except) continue;
				if (locationOf(entry)?.startsWith(prefix))
					found.set(idOf(entry.id, tenant), { tenant, asset: entry.id });
			}
		}
	}
	return [...found.entries()]
		.sort(([a], [b]) => compareUtf8(a, b))
		.map(([, owned]) => owned);
}

/** See `EntryReader.isReachable`. */
export function isReachable(
	state: State,
	tenant: TenantId,
	asset: AssetId,
): boolean {
	const keys = keysOf(state, asset);
	return state.refs
		.values()
		.some(
			({ value }) =>
				value.tenant === tenant && shows(state, value, keys, asset),
		);
}

/** See `EntryReader.refsShowing`. */
export function refsShowing(
	state: State,
	tenant: TenantId,
	catalog: CatalogId,
	asset: AssetId,
): string[] {
	const keys = keysOf(state, asset);
	return rowsBelow(state.refs, tenant, catalog)
		.filter(([, ref]) => shows(state, ref, keys, asset))
		.map(([, ref]) => ref.name)
		.sort(compareUtf8);
}

/** Every key under which any line ever wrote the asset, joined. */
function keysOf(state: State, asset: AssetId): Set<string> {
	const keys = new Set<string>();
	for (const { histories } of state.contents.values()) {
		for (const { key, rows } of histories.values()) {
			if (rows.some((row) => row.entry?.id === asset)) keys.add(entryId(key));
		}
	}
	return keys;
}

/** Whether a ref shows the asset under one of the keys. */
function shows(
	state: State,
	{ tenant, line, number }: Ref,
	keys: ReadonlySet<string>,
	asset: AssetId,
): boolean {
	const at = { tenant, line, number: number ?? undefined };
	return keys
		.values()
		.some((key) => entryAt(state, at, key)?.entry.id === asset);
}

function locationOf(entry: Entry | null): string | undefined {
	return entry?.kind === "table" || entry?.kind === "view"
		? entry.metadataLocation
		: undefined;
}
