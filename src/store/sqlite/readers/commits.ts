import type {
	CatalogId,
	CommitId,
	LineId,
	TenantId,
} from "../../../model/ids.ts";
import { brandId } from "../../../model/ids.ts";
import type { Page } from "../../contract.ts";
import type { Commit, EntryKey, Merge } from "../../records.ts";
import { COMMIT_COLUMNS, readCommit, spaceNumber } from "../../sql/contents.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";

const COLUMNS = COMMIT_COLUMNS.map((column) => `c.${column}`).join(", ");
const OF_LINE = `SELECT ${COLUMNS}
	FROM lines l JOIN commits c ON c.line = l.seq WHERE l.tenant_id = ? AND l.id = ?`;
const NEWEST = `${OF_LINE} AND c.number < ? ORDER BY c.number DESC LIMIT ?`;
const ONE_COMMIT = `${OF_LINE} AND c.number = ?`;
const BY_ID = `SELECT ${COLUMNS}, l.id
	FROM commits c INDEXED BY commits_by_id CROSS JOIN lines l ON l.seq = c.line
	WHERE c.id = ? AND l.tenant_id = ? AND l.catalog_id = ? LIMIT 1`;
const LINE = "SELECT seq, head FROM lines WHERE tenant_id = ? AND id = ?";
const TIME = "SELECT time_micros FROM commits WHERE line = ? AND number = ?";
const KEY = "line = ?1 AND space = ?2 AND parent = ?3 AND name = ?4";
const NEWEST_MERGE = `SELECT m.number, m.parent_line, m.parent_number
	FROM lines l JOIN merges m ON m.line = l.seq
	WHERE l.tenant_id = ?1 AND l.id = ?2 AND m.number = (
		SELECT n.number FROM merges n WHERE n.line = l.seq AND n.number <= ?3
		ORDER BY n.number DESC LIMIT 1)
	ORDER BY m.position`;
/** Every commit that wrote a key left a row of it. */
const NUMBERS_OF_KEY = `SELECT number FROM entries WHERE ${KEY} AND number < ?5
	UNION ALL
	SELECT from_number FROM superseded WHERE ${KEY} AND from_number < ?5
	ORDER BY 1 DESC LIMIT ?6`;

/** Newest first; `after` is exclusive. */
export function readCommits(
	db: Database,
	tenant: TenantId,
	line: LineId,
	{ after, limit }: Page<number>,
): Commit[] {
	return db
		.prepare(NEWEST)
		.all(tenant, line, after ?? Number.MAX_SAFE_INTEGER, limit)
		.map((row) => readCommit(line, row));
}

export function readOneCommit(
	db: Database,
	tenant: TenantId,
	line: LineId,
	number: number,
): Commit | undefined {
	const row = db.prepare(ONE_COMMIT).get(tenant, line, number);
	return row && readCommit(line, row);
}

/** See `CommitReader.byId`. */
export function readCommitById(
	db: Database,
	tenant: TenantId,
	catalog: CatalogId,
	id: CommitId,
): Commit | undefined {
	const row = db.prepare(BY_ID).get(id, tenant, catalog);
	if (row === undefined) return undefined;
	return readCommit(brandId(textAt(row, COMMIT_COLUMNS.length)), row);
}

/** See `CommitReader.numberAt`. Times grow with the numbers, so it halves the range. */
export function readNumberAt(
	db: Database,
	tenant: TenantId,
	line: LineId,
	timeMicros: number,
): number {
	const row = db.prepare(LINE).get(tenant, line);
	if (row === undefined) return 0;
	const seq = numberAt(row, 0);
	let low = 0;
	let high = numberAt(row, 1);
	while (low < high) {
		const middle = Math.ceil((low + high) / 2);
		const time = numberAt(db.prepare(TIME).get(seq, middle) ?? [], 0);
		if (time <= timeMicros) low = middle;
		else high = middle - 1;
	}
	return low;
}

/** See `CommitReader.newestMerge`. */
export function readNewestMerge(
	db: Database,
	tenant: TenantId,
	line: LineId,
	atOrBelow: number,
): Merge | undefined {
	const rows = db.prepare(NEWEST_MERGE).all(tenant, line, atOrBelow);
	const [first] = rows;
	if (first === undefined) return undefined;
	return {
		number: numberAt(first, 0),
		mergedParents: rows.map((row) => ({
			line: brandId(textAt(row, 1)),
			number: numberAt(row, 2),
		})),
	};
}

/** See `CommitReader.ofKey`. */
export function readCommitsOfKey(
	db: Database,
	tenant: TenantId,
	line: LineId,
	key: EntryKey,
	{ after, limit }: Page<number>,
): Commit[] {
	const row = db.prepare(LINE).get(tenant, line);
	if (row === undefined) return [];
	const { space, parent, name } = key;
	const before = after ?? Number.MAX_SAFE_INTEGER;
	return db
		.prepare(NUMBERS_OF_KEY)
		.all(numberAt(row, 0), spaceNumber(space), parent, name, before, limit)
		.flatMap(
			(number) => readOneCommit(db, tenant, line, numberAt(number, 0)) ?? [],
		);
}
