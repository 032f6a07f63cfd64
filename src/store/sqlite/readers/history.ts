import type {
	AssetId,
	CatalogId,
	LineId,
	TenantId,
} from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import type { ExpiredRow, Page } from "../../contract.ts";
import type { Garbage } from "../../records.ts";
import { readKey } from "../../sql/contents.ts";
import { isPinned } from "../../sql/pins.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import { TABLES } from "../tables.ts";

const LINES = `SELECT id FROM lines
	WHERE tenant_id = ? AND catalog_id = ? AND id > ? ORDER BY id LIMIT ?`;
const EXPIRED = `SELECT s.space, s.parent, s.name, s.from_number, s.ended_at_micros
	FROM lines l CROSS JOIN superseded s INDEXED BY superseded_by_end ON s.line = l.seq
	WHERE l.tenant_id = ?1 AND l.id = ?2
	AND s.ended_at_micros >= ?3 AND s.ended_at_micros <= ?4 AND NOT ${isPinned("?4")}
	ORDER BY s.ended_at_micros, s.space, s.parent, s.name, s.from_number LIMIT ?5`;
const KEPT = `SELECT 1 FROM lines l
	WHERE l.tenant_id = ?1 AND l.id = ?2 AND l.head >= ?3 AND NOT EXISTS (
		SELECT 1 FROM forgotten g WHERE g.line = l.seq AND g.from_number <= ?3 AND g.to_number > ?3)`;
const GARBAGE = `SELECT ${TABLES.garbage.columns.join(", ")} FROM garbage
	WHERE tenant_id = ? AND catalog_id = ? AND (asset_id, metadata_location) > (?, ?)
	ORDER BY asset_id, metadata_location LIMIT ?`;
const METADATA = `SELECT metadata_location FROM entries JOIN lines l ON l.seq = line
	WHERE asset_id = ?1 AND l.tenant_id = ?2 AND metadata_location > ?3
	UNION SELECT metadata_location FROM superseded JOIN lines l ON l.seq = line
	WHERE asset_id = ?1 AND l.tenant_id = ?2 AND metadata_location > ?3
	ORDER BY 1 LIMIT ?4`;

/** See `HistoryReader.lines`. */
export function readLines(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
	{ after, limit }: Page<LineId>,
): LineId[] {
	return db
		.prepare(LINES)
		.all(tenant, catalog, after ?? "", limit)
		.map((row) => brandId(textAt(row, 0)));
}

/** See `HistoryReader.expired`. */
export function readExpired(
	db: Database,
	tenant: TenantId,
	line: LineId,
	ended: { readonly fromMicros: number; readonly toMicros: number },
	limit: number,
): ExpiredRow[] {
	return db
		.prepare(EXPIRED)
		.all(tenant, line, ended.fromMicros, ended.toMicros, limit)
		.map((row) => ({
			key: readKey(row, 0),
			number: numberAt(row, 3),
			endedAtMicros: numberAt(row, 4),
		}));
}

/** See `HistoryReader.isKept`. */
export function keepsNumber(
	db: Database,
	tenant: TenantId,
	line: LineId,
	number: number,
): boolean {
	return db.prepare(KEPT).get(tenant, line, number) !== undefined;
}

/** See `HistoryReader.garbage`. */
export function readGarbage(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
	{ after, limit }: Page<Pick<Garbage, "asset" | "metadataLocation">>,
): Garbage[] {
	const { asset = "", metadataLocation = "" } = after ?? {};
	return db
		.prepare(GARBAGE)
		.all(tenant, catalog, asset, metadataLocation, limit)
		.map((row) => TABLES.garbage.read(row, 0));
}

/** See `HistoryReader.metadataOf`. */
export function readMetadataOf(
	db: Database,
	tenant: TenantId,
	asset: AssetId,
	{ after, limit }: Page<string>,
): string[] {
	return db
		.prepare(METADATA)
		.all(asset, tenant, after ?? "", limit)
		.map((row) => textAt(row, 0));
}
