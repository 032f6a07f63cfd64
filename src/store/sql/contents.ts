import { assert } from "../../model/errors.ts";
import type { LineId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { PathKey } from "../../model/names.ts";
import type { Claim, Commit, Entry, EntryKey } from "../records.ts";
import type { SqlRow, SqlValue } from "./values.ts";
import {
	numberAt,
	oneOf,
	propertiesAt,
	textAt,
	textOrNullAt,
} from "./values.ts";

/** The columns of what a row of a line says, after its key and number. A tombstone has no kind. */
export const ENTRY_COLUMNS = [
	"kind",
	"asset_id",
	"uuid",
	"metadata_location",
	"asset_type",
	"location",
	"properties",
] as const;

/** One per column of ENTRY_COLUMNS; null is a tombstone. */
export function entryParams(entry: Entry | null): SqlValue[] {
	if (entry === null) return [null, null, null, null, null, null, null];
	const { kind, id } = entry;
	switch (kind) {
		case "namespace": {
			const properties = JSON.stringify(entry.properties);
			return [kind, id, null, null, null, null, properties];
		}
		case "table":
		case "view":
			return [kind, id, entry.uuid, entry.metadataLocation, null, null, null];
		case "asset": {
			const { assetType, location } = entry;
			const properties = JSON.stringify(entry.properties);
			return [kind, id, null, null, assetType, location, properties];
		}
	}
}

/** From the columns of ENTRY_COLUMNS, which begin at `start`; null is a tombstone. */
export function readEntry(row: SqlRow, start: number): Entry | null {
	if (row[start] === null) return null;
	const kind = oneOf(textAt(row, start), [
		"namespace",
		"table",
		"view",
		"asset",
	]);
	const id = brandId<Entry["id"]>(textAt(row, start + 1));
	switch (kind) {
		case "namespace":
			return { kind, id, properties: propertiesAt(row, start + 6) };
		case "table":
		case "view":
			return {
				kind,
				id,
				uuid: textAt(row, start + 2),
				metadataLocation: textAt(row, start + 3),
			};
		case "asset":
			return {
				kind,
				id,
				assetType: textAt(row, start + 4),
				location: textAt(row, start + 5),
				properties: propertiesAt(row, start + 6),
			};
	}
}

/** Namespaces sort before objects, as their names do. */
export function spaceNumber(space: EntryKey["space"]): 0 | 1 {
	return space === "namespace" ? 0 : 1;
}

/** From the columns space, parent, name. */
export function readKey(row: SqlRow, start: number): EntryKey {
	return entryKey(
		numberAt(row, start),
		textAt(row, start + 1),
		textAt(row, start + 2),
	);
}

function entryKey(space: number, parent: string, name: string): EntryKey {
	return {
		space: space === 0 ? "namespace" : "object",
		parent: parent as PathKey,
		name,
	};
}

/** The columns of a commit, after its line. */
export const COMMIT_COLUMNS = [
	"number",
	"id",
	"merged_parents",
	"author",
	"author_name",
	"message",
	"time_micros",
	"keys",
] as const;

export function commitParams(commit: Omit<Commit, "line">): SqlValue[] {
	return [
		commit.number,
		commit.id,
		commit.mergedParents.length === 0
			? null
			: JSON.stringify(commit.mergedParents),
		commit.author,
		commit.authorName,
		commit.message,
		commit.timeMicros,
		keysText(commit.keys),
	];
}

export function readCommit(line: LineId, row: SqlRow): Commit {
	const parents = textOrNullAt(row, 2);
	return {
		id: brandId(textAt(row, 1)),
		line,
		number: numberAt(row, 0),
		mergedParents: parents === null ? [] : JSON.parse(parents),
		author: brandId(textAt(row, 3)),
		authorName: textAt(row, 4),
		message: textAt(row, 5),
		timeMicros: numberAt(row, 6),
		keys: readKeys(textAt(row, 7)),
	};
}

/** Keys as JSON: [space, parent, name] each. */
export function keysText(keys: readonly EntryKey[]): string {
	return JSON.stringify(
		keys.map((key) => [spaceNumber(key.space), key.parent, key.name]),
	);
}

/** From what `keysText` wrote. */
export function readKeys(json: string): EntryKey[] {
	const keys: unknown = JSON.parse(json);
	assert(Array.isArray(keys), "keys are a list");
	return keys.map(([space, parent, name]) => entryKey(space, parent, name));
}

export const CLAIM_COLUMNS = [
	"location",
	"tenant_id",
	"catalog_id",
	"asset_id",
	"uuid",
	"state",
] as const;

export function claimParams(claim: Claim): SqlValue[] {
	const { location, tenant, catalog, asset, uuid, state } = claim;
	return [location, tenant, catalog, asset, uuid, state];
}

export function readClaim(row: SqlRow): Claim {
	return {
		location: textAt(row, 0),
		tenant: brandId(textAt(row, 1)),
		catalog: brandId(textAt(row, 2)),
		asset: brandId(textAt(row, 3)),
		uuid: textAt(row, 4),
		state: oneOf(textAt(row, 5), ["held", "dropped", "purging"]),
	};
}
