import type { LineId, TenantId } from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import type { Page } from "../../contract.ts";
import type { DroppedAsset } from "../../records.ts";
import { readKey } from "../../sql/contents.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";

const DROPPED = `SELECT d.number, d.asset_id, d.space, d.parent, d.name
	FROM lines l JOIN dropped d ON d.line = l.seq
	WHERE l.tenant_id = ? AND l.id = ? AND (d.number, d.asset_id) < (?, ?)
	ORDER BY d.number DESC, d.asset_id DESC LIMIT ?`;

/** See `DropReader.dropped`. */
export function readDropped(
	db: Database,
	tenant: TenantId,
	line: LineId,
	{ after, limit }: Page<Pick<DroppedAsset, "number" | "asset">>,
): DroppedAsset[] {
	const { number = Number.MAX_SAFE_INTEGER, asset = "" } = after ?? {};
	return db
		.prepare(DROPPED)
		.all(tenant, line, number, asset, limit)
		.map((row) => ({
			number: numberAt(row, 0),
			asset: brandId(textAt(row, 1)),
			key: readKey(row, 2),
		}));
}
