import type {
	AssetId,
	CatalogId,
	LineId,
	TenantId,
} from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import { compareUtf8 } from "../../../model/names.ts";
import type { OwnedAsset } from "../../contract.ts";
import { keyText } from "../../entryKeys.ts";
import { prefixRange } from "../../folders.ts";
import type { EntryKey } from "../../records.ts";
import { readKey } from "../../sql/contents.ts";
import { isPinned } from "../../sql/pins.ts";
import type { SqlRow } from "../../sql/values.ts";
import { numberAt, numberOrNullAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";
import type { Level } from "../lines.ts";
import { atNumber, entryAt, readChain } from "../lines.ts";

const NAMES_FILE = `SELECT EXISTS (SELECT 1 FROM entries WHERE metadata_location = ?1)
	OR EXISTS (
		SELECT 1 FROM superseded s JOIN lines l ON l.seq = s.line
		WHERE s.metadata_location = ?1 AND (s.ended_at_micros > ?2 OR ${isPinned("?2")}))`;
/** Of the merges of a number of a line, one that its own line did not repeat with a later number. */
const IS_PINNED = `SELECT EXISTS (
		SELECT 1 FROM refs WHERE tenant_id = ?1 AND line_id = ?2 AND number = ?3)
	OR EXISTS (
		SELECT 1 FROM lines WHERE tenant_id = ?1 AND parent_line_id = ?2 AND parent_number = ?3)
	OR EXISTS (
		SELECT 1 FROM merges m JOIN lines l ON l.seq = m.line
		WHERE m.parent_line = ?2 AND m.parent_number = ?3 AND l.tenant_id = ?1 AND l.id <> ?2
		AND NOT EXISTS (
			SELECT 1 FROM merges n WHERE n.line = m.line AND n.number > m.number
			AND n.parent_line = m.parent_line))`;
const BELOW = `SELECT asset_id, l.tenant_id FROM entries JOIN lines l ON l.seq = line
	WHERE metadata_location >= ?1 AND metadata_location < ?2 AND asset_id <> ?3
	UNION SELECT asset_id, l.tenant_id FROM superseded JOIN lines l ON l.seq = line
	WHERE metadata_location >= ?1 AND metadata_location < ?2 AND asset_id <> ?3
	ORDER BY 1, 2 LIMIT ?4`;
const CURRENT_ROWS = `SELECT line, space, parent, name, number
	FROM entries INDEXED BY entries_by_asset WHERE asset_id = ?`;
/**
 * The first row of the next key after one: an asset has many earlier rows and
 * few keys. The greatest number makes SQLite seek past all rows of the last key.
 */
const NEXT_EARLIER_KEY = `SELECT line, space, parent, name, from_number
	FROM superseded INDEXED BY superseded_by_asset
	WHERE asset_id = ? AND (line, space, parent, name, from_number) > (?, ?, ?, ?, 9223372036854775807)
	ORDER BY line, space, parent, name, from_number LIMIT 1`;
const REFS = "SELECT line_id, number FROM refs WHERE tenant_id = ?";
const REFS_OF_CATALOG = `SELECT line_id, number, name FROM refs
	WHERE tenant_id = ? AND catalog_id = ? AND name > ? ORDER BY name LIMIT ?`;
const LINE_ID =
	"SELECT id FROM lines WHERE seq = ? AND tenant_id = ? AND catalog_id = ?";
const FORKS_FROM = `SELECT id FROM lines
	WHERE tenant_id = ? AND parent_line_id = ? AND parent_number >= ? LIMIT ?`;
const REFS_OF_LINE = `SELECT line_id, number, name FROM refs
	WHERE tenant_id = ? AND line_id = ? LIMIT ?`;
/** So many lines or refs are looked at one by one; where there are more, the first refs by name are likely to do. */
const FEW = 32;
const CHUNK = 100;

/** See `EntryReader.namesMetadataFile`. */
export function readNamesFile(
	db: Database,
	location: string,
	sinceMicros: number,
): boolean {
	return db.prepare(NAMES_FILE).get(location, sinceMicros)?.[0] === 1;
}

/** See `RefReader.isPinned`. */
export function readIsPinned(
	db: Database,
	tenant: TenantId,
	line: LineId,
	number: number,
): boolean {
	return db.prepare(IS_PINNED).get(tenant, line, number)?.[0] === 1;
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
	const written = readWritten(db, asset);
	if (written.keys.size === 0) return false;
	return db
		.prepare(REFS)
		.all(tenant)
		.some((row) => {
			const chain = readChain(db, tenant, brandId(textAt(row, 0)));
			return shows(db, refAt(chain, row), written);
		});
}

/**
 * See `EntryReader.refsShowing`.
 * @param chainOf a line and its ancestors
 */
export function readRefsShowing(
	db: Database,
	at: { readonly tenant: TenantId; readonly catalog: CatalogId },
	asset: AssetId,
	limit: number,
	chainOf: (line: LineId) => readonly Level[],
): string[] {
	const written = readWritten(db, asset);
	const names: string[] = [];
	if (written.keys.size === 0) return names;
	const few = readRefsBelow(db, at, written);
	if (few !== undefined) {
		for (const row of few)
			if (shows(db, refAt(chainOf(brandId(textAt(row, 0))), row), written))
				names.push(textAt(row, 2));
		return names.sort(compareUtf8).slice(0, limit);
	}
	for (let after = ""; ; ) {
		const refs = db
			.prepare(REFS_OF_CATALOG)
			.all(at.tenant, at.catalog, after, CHUNK);
		for (const row of refs) {
			if (names.length === limit) return names;
			after = textAt(row, 2);
			const chain = chainOf(brandId(textAt(row, 0)));
			if (shows(db, refAt(chain, row), written)) names.push(after);
		}
		if (refs.length < CHUNK) return names;
	}
}

/** All refs that can show it, where they are few: then the others need not be looked at. */
function readRefsBelow(
	db: Database,
	{
		tenant,
		catalog,
	}: { readonly tenant: TenantId; readonly catalog: CatalogId },
	{ lines }: Written,
): SqlRow[] | undefined {
	if (lines.size >= FEW) return undefined;
	const open = [...lines].flatMap(([seq, from]) =>
		db
			.prepare(LINE_ID)
			.all(seq, tenant, catalog)
			.map((row) => ({ id: textAt(row, 0), from })),
	);
	const refs = new Map<string, SqlRow>();
	// A line may be met twice: for what it wrote, and for what it has of its parent.
	const seen = new Set<string>();
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		const { id, from } = next;
		if (seen.has(`${from} ${id}`)) continue;
		seen.add(`${from} ${id}`);
		for (const row of db.prepare(FORKS_FROM).all(tenant, id, from, FEW))
			open.push({ id: textAt(row, 0), from: 0 });
		for (const row of db.prepare(REFS_OF_LINE).all(tenant, id, FEW))
			refs.set(textAt(row, 2), row);
		if (seen.size + open.length >= FEW || refs.size >= FEW) return undefined;
	}
	return [...refs.values()];
}

function refAt(chain: readonly Level[], ref: SqlRow): readonly Level[] {
	return atNumber(chain, numberOrNullAt(ref, 1) ?? undefined);
}

/** Where an asset was ever written. */
interface Written {
	readonly asset: AssetId;
	/** The first number on each line, by `Level.seq`. */
	readonly lines: Map<number, number>;
	/** By their text. */
	readonly keys: Map<string, EntryKey>;
}

function readWritten(db: Database, asset: AssetId): Written {
	const written = { asset, lines: new Map<number, number>(), keys: new Map() };
	const add = (row: SqlRow) => {
		const key = readKey(row, 1);
		const line = numberAt(row, 0);
		const number = numberAt(row, 4);
		const first = written.lines.get(line) ?? number;
		written.lines.set(line, Math.min(first, number));
		written.keys.set(keyText(key), key);
	};
	db.prepare(CURRENT_ROWS).all(asset).forEach(add);
	const next = db.prepare(NEXT_EARLIER_KEY);
	let row = next.get(asset, -1, 0, "", "");
	while (row !== undefined) {
		add(row);
		row = next.get(asset, ...row.slice(0, 4));
	}
	return written;
}

/** Whether a chain shows an asset under one of its keys. */
function shows(
	db: Database,
	levels: readonly Level[],
	{ asset, lines, keys }: Written,
): boolean {
	const wasWritten = levels.some(({ seq, bound }) => {
		const first = lines.get(seq);
		return first !== undefined && (bound === undefined || first <= bound);
	});
	return (
		wasWritten &&
		keys.values().some((key) => entryAt(db, levels, key)?.entry.id === asset)
	);
}
