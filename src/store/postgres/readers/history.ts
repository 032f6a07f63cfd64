import { brandId } from "../../../model/ids.ts";
import type {
	ClaimReader,
	CommitReader,
	DropReader,
	HistoryReader,
} from "../../contract.ts";
import { foldersAbove, prefixRange } from "../../folders.ts";
import { COLLECTIONS } from "../../sql/collections.ts";
import {
	CLAIM_COLUMNS,
	COMMIT_COLUMNS,
	readClaim,
	readCommit,
	readKey,
	spaceNumber,
} from "../../sql/contents.ts";
import { isPinned } from "../../sql/pins.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Read } from "./rows.ts";
import { readExists } from "./rows.ts";

const COMMIT = COMMIT_COLUMNS.map((column) => `c.${column}`).join(", ");
const OF_LINE = `SELECT ${COMMIT}
	FROM lines l JOIN commits c ON c.line = l.seq WHERE l.tenant_id = $1 AND l.id = $2`;
const NEWEST = `${OF_LINE} AND c.number < $3 ORDER BY c.number DESC LIMIT $4`;
const ONE_COMMIT = `${OF_LINE} AND c.number = $3`;
const BY_ID = `SELECT ${COMMIT}, l.id FROM commits c JOIN lines l ON l.seq = c.line
	WHERE c.id = $3 AND l.tenant_id = $1 AND l.catalog_id = $2 LIMIT 1`;
const NEWEST_MERGE = `SELECT m.number, m.parent_line, m.parent_number
	FROM lines l JOIN merges m ON m.line = l.seq
	WHERE l.tenant_id = $1 AND l.id = $2 AND m.number = (
		SELECT n.number FROM merges n WHERE n.line = l.seq AND n.number <= $3
		ORDER BY n.number DESC LIMIT 1)
	ORDER BY m.position`;
/** Every commit that wrote a key left a row of it. */
const OF_KEY = `SELECT ${COMMIT} FROM lines l
	CROSS JOIN LATERAL (
		SELECT e.number FROM entries e
		WHERE e.line = l.seq AND e.space = $3 AND e.parent = $4 AND e.name = $5 AND e.number < $6
		UNION ALL
		(SELECT s.from_number FROM superseded s
		WHERE s.line = l.seq AND s.space = $3 AND s.parent = $4 AND s.name = $5 AND s.from_number < $6
		ORDER BY s.from_number DESC LIMIT $7)
	) written
	JOIN commits c ON c.line = l.seq AND c.number = written.number
	WHERE l.tenant_id = $1 AND l.id = $2 ORDER BY c.number DESC LIMIT $7`;
const DROPPED = `SELECT d.number, d.asset_id, d.space, d.parent, d.name
	FROM lines l JOIN dropped d ON d.line = l.seq
	WHERE l.tenant_id = $1 AND l.id = $2 AND (d.number, d.asset_id) < ($3, $4)
	ORDER BY d.number DESC, d.asset_id DESC LIMIT $5`;
const CLAIMS = `SELECT ${CLAIM_COLUMNS.join(", ")} FROM claims`;
const OVERLAPPING = `${CLAIMS}
	WHERE location = ANY (ARRAY(SELECT jsonb_array_elements_text($1::jsonb)))
	OR location >= $2 AND location < $3 ORDER BY location LIMIT $4`;
const OF_ASSET = `${CLAIMS} WHERE asset_id = $1 AND tenant_id = $2 ORDER BY location`;
const LINES = `SELECT id FROM lines
	WHERE tenant_id = $1 AND catalog_id = $2 AND id > $3 ORDER BY id LIMIT $4`;
const EXPIRED = `SELECT s.space, s.parent, s.name, s.from_number, s.ended_at_micros
	FROM lines l JOIN superseded s ON s.line = l.seq
	WHERE l.tenant_id = $1 AND l.id = $2
	AND s.ended_at_micros >= $3 AND s.ended_at_micros <= $4 AND NOT ${isPinned("$4")}
	ORDER BY s.ended_at_micros, s.space, s.parent, s.name, s.from_number LIMIT $5`;
const GARBAGE = `SELECT ${COLLECTIONS.garbage.columns.join(", ")} FROM garbage
	WHERE tenant_id = $1 AND catalog_id = $2 AND (asset_id, metadata_location) > ($3, $4)
	ORDER BY asset_id, metadata_location LIMIT $5`;
const METADATA = `SELECT metadata_location FROM entries JOIN lines l ON l.seq = line
	WHERE asset_id = $1 AND l.tenant_id = $2 AND metadata_location > $3
	UNION SELECT metadata_location FROM superseded JOIN lines l ON l.seq = line
	WHERE asset_id = $1 AND l.tenant_id = $2 AND metadata_location > $3
	ORDER BY 1 LIMIT $4`;
/** Beyond every number of a line. */
const NO_NUMBER = Number.MAX_SAFE_INTEGER;

export function commitReader(read: Read): CommitReader {
	return {
		commits: async (tenant, line, { after = NO_NUMBER, limit }) =>
			(await read(NEWEST, [tenant, line, after, limit])).map((row) =>
				readCommit(line, row),
			),
		commit: async (tenant, line, number) => {
			const [row] = await read(ONE_COMMIT, [tenant, line, number]);
			return row && readCommit(line, row);
		},
		byId: async (tenant, catalog, id) => {
			const [row] = await read(BY_ID, [tenant, catalog, id]);
			return (
				row && readCommit(brandId(textAt(row, COMMIT_COLUMNS.length)), row)
			);
		},
		numberAt: async (tenant, line, timeMicros) => {
			const [row] = await read("SELECT number_at($1, $2, $3)", [
				...[tenant, line, timeMicros],
			]);
			return numberAt(row ?? [], 0);
		},
		newestMerge: async (tenant, line, atOrBelow) => {
			const rows = await read(NEWEST_MERGE, [tenant, line, atOrBelow]);
			const [first] = rows;
			if (first === undefined) return undefined;
			return {
				number: numberAt(first, 0),
				mergedParents: rows.map((row) => ({
					line: brandId(textAt(row, 1)),
					number: numberAt(row, 2),
				})),
			};
		},
		ofKey: async (tenant, line, key, { after = NO_NUMBER, limit }) => {
			const of = [spaceNumber(key.space), key.parent, key.name];
			const rows = await read(OF_KEY, [tenant, line, ...of, after, limit]);
			return rows.map((row) => readCommit(line, row));
		},
	};
}

export function dropReader(read: Read): DropReader {
	return {
		dropped: async (tenant, line, { after, limit }) => {
			const { number = NO_NUMBER, asset = "" } = after ?? {};
			const rows = await read(DROPPED, [tenant, line, number, asset, limit]);
			return rows.map((row) => ({
				number: numberAt(row, 0),
				asset: brandId(textAt(row, 1)),
				key: readKey(row, 2),
			}));
		},
	};
}

export function claimReader(read: Read): ClaimReader {
	return {
		overlapping: async (location, limit) => {
			const above = JSON.stringify(foldersAbove(location));
			const params = [above, ...prefixRange(location), limit];
			return (await read(OVERLAPPING, params)).map(readClaim);
		},
		claimsOf: async (tenant, asset) =>
			(await read(OF_ASSET, [asset, tenant])).map(readClaim),
	};
}

export function historyReader(read: Read): HistoryReader {
	return {
		lines: async (tenant, catalog, { after = "", limit }) =>
			(await read(LINES, [tenant, catalog, after, limit])).map((row) =>
				brandId(textAt(row, 0)),
			),
		expired: async (tenant, line, { fromMicros, toMicros }, limit) => {
			const params = [tenant, line, fromMicros, toMicros, limit];
			return (await read(EXPIRED, params)).map((row) => ({
				key: readKey(row, 0),
				number: numberAt(row, 3),
				endedAtMicros: numberAt(row, 4),
			}));
		},
		isKept: (tenant, line, number) =>
			readExists(read, "SELECT 1 WHERE keeps_number($1, NULL, $2, $3)", [
				...[tenant, line, number],
			]),
		garbage: async (tenant, catalog, { after, limit }) => {
			const { asset = "", metadataLocation = "" } = after ?? {};
			const params = [tenant, catalog, asset, metadataLocation, limit];
			return (await read(GARBAGE, params)).map((row) =>
				COLLECTIONS.garbage.read(row, 0),
			);
		},
		metadataOf: async (tenant, asset, { after = "", limit }) =>
			(await read(METADATA, [asset, tenant, after, limit])).map((row) =>
				textAt(row, 0),
			),
	};
}
