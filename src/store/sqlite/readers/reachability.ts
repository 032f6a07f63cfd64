import type { AssetId, TenantId } from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import type { OwnedAsset } from "../../contract.ts";
import { readKey } from "../../sql/contents.ts";
import { numberOrNullAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import { atNumber, entryAt, readChain } from "../lines.ts";
import { prefixRange } from "./claims.ts";

const NAMES_FILE = `SELECT EXISTS (SELECT 1 FROM entries WHERE metadata_location = ?1)
	OR EXISTS (
		SELECT 1 FROM superseded s JOIN lines l ON l.seq = s.line
		WHERE s.metadata_location = ?1 AND (
			s.ended_at_micros > ?2
			OR EXISTS (
				SELECT 1 FROM refs t WHERE t.tenant_id = l.tenant_id AND t.line_id = l.id
				AND t.number >= s.from_number AND t.number < s.to_number)
			OR EXISTS (
				SELECT 1 FROM lines f WHERE f.tenant_id = l.tenant_id AND f.parent_line_id = l.id
				AND f.parent_number >= s.from_number AND f.parent_number < s.to_number)))`;
const BELOW = `SELECT asset_id, l.tenant_id FROM entries JOIN lines l ON l.seq = line
	WHERE metadata_location >= ?1 AND metadata_location < ?2 AND asset_id <> ?3
	UNION SELECT asset_id, l.tenant_id FROM superseded JOIN lines l ON l.seq = line
	WHERE metadata_location >= ?1 AND metadata_location < ?2 AND asset_id <> ?3
	ORDER BY 1, 2 LIMIT ?4`;
const KEYS_OF_ASSET = `SELECT space, parent, name FROM entries WHERE asset_id = ?1
	UNION SELECT space, parent, name FROM superseded WHERE asset_id = ?1`;
const REFS = "SELECT line_id, number FROM refs WHERE tenant_id = ?";

/** See `EntryReader.namesMetadataFile`. */
export function readNamesFile(
	db: Database,
	location: string,
	sinceMicros: number,
): boolean {
	return db.prepare(NAMES_FILE).get(location, sinceMicros)?.[0] === 1;
}

/** See `EntryReader.assetsBelow`. */
export function readAssetsBelow(
	db: Database,
	prefix: string,
	except: AssetId,
	limit: number,
): OwnedAsset[] {
	const [from, below] = prefixRange(prefix);
	return db
		.prepare(BELOW)
		.all(from, below, except, limit)
		.map((row) => ({
			asset: brandId(textAt(row, 0)),
			tenant: brandId(textAt(row, 1)),
		}));
}

/** See `EntryReader.isReachable`. Reads every ref of the tenant: not for the main thread. */
export function readIsReachable(
	db: Database,
	tenant: TenantId,
	asset: AssetId,
): boolean {
	const keys = db
		.prepare(KEYS_OF_ASSET)
		.all(asset)
		.map((row) => readKey(row, 0));
	if (keys.length === 0) return false;
	return db
		.prepare(REFS)
		.all(tenant)
		.some((row) => {
			const chain = readChain(db, tenant, brandId(textAt(row, 0)));
			const levels = atNumber(chain, numberOrNullAt(row, 1) ?? undefined);
			return keys.some((key) => entryAt(db, levels, key)?.entry.id === asset);
		});
}
