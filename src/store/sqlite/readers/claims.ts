import type { AssetId, TenantId } from "../../../model/ids.ts";
import { foldersAbove, prefixRange } from "../../folders.ts";
import type { Claim } from "../../records.ts";
import { CLAIM_COLUMNS, readClaim } from "../../sql/contents.ts";
import type { Database } from "../database.ts";

const COLUMNS = CLAIM_COLUMNS.join(", ");
const ABOVE_OR_INSIDE = `SELECT ${COLUMNS} FROM claims
	WHERE location IN (SELECT value FROM json_each(?1)) AND NOT (asset_id = ?4 AND tenant_id = ?5)
	UNION ALL SELECT ${COLUMNS} FROM claims
	WHERE location >= ?2 AND location < ?3 AND NOT (asset_id = ?4 AND tenant_id = ?5)
	ORDER BY location LIMIT ?6`;
const OF_ASSET = `SELECT ${COLUMNS} FROM claims
	WHERE asset_id = ? AND tenant_id = ? ORDER BY location`;

/** Claims at, inside or above a location that are not the given asset's, by location. */
export function readOverlapping(
	db: Database,
	location: string,
	limit: number,
	except: { readonly asset: string; readonly tenant: string } = NOBODY,
): Claim[] {
	const [from, below] = prefixRange(location);
	const above = JSON.stringify(foldersAbove(location));
	return db
		.prepare(ABOVE_OR_INSIDE)
		.all(above, from, below, except.asset, except.tenant, limit)
		.map(readClaim);
}

const NOBODY = { asset: "", tenant: "" };

export function readClaimsOf(
	db: Database,
	tenant: TenantId,
	asset: AssetId,
): Claim[] {
	return db.prepare(OF_ASSET).all(asset, tenant).map(readClaim);
}
