import type {
	Located,
	MergeReader,
	RefReader,
	RegistryReader,
	WorkReader,
} from "../../contract.ts";
import { isListing } from "../../entryKeys.ts";
import { COLLECTIONS } from "../../sql/collections.ts";
import type { SqlRow } from "../../sql/values.ts";
import { JOIN_SHOWN, keyParams, SHOWN_COLUMNS, shownEntry } from "./entries.ts";
import {
	askNames,
	JOIN_LISTED,
	LISTED_COLUMNS,
	LISTING,
	LISTING_TYPES,
	MAX_LISTS,
} from "./names.ts";
import type { Read } from "./rows.ts";
import {
	readExists,
	readPage,
	readRecord,
	readRecords,
	versioned,
} from "./rows.ts";
import { readTogether, unnested } from "./together.ts";

const {
	tenant: TENANTS,
	catalog: CATALOGS,
	warehouse: WAREHOUSES,
	ref: REFS,
	line: LINES,
	idempotency: IDEMPOTENCY,
	job: JOBS,
	report: REPORTS,
	mergeOperation: OPERATIONS,
	mergeConflict: CONFLICTS,
} = COLLECTIONS;

/** @param what of the questions `q`: their columns and types, what joins the ref `at`, and what it gives */
function locating(what: {
	readonly asked: string;
	readonly types: readonly string[];
	readonly join: string;
	readonly columns: string;
}): string {
	return `SELECT q.place, found.* FROM ${unnested("text", "text", "text", ...what.types)}
	WITH ORDINALITY AS q (tenant_id, catalog, ref, ${what.asked}, place)
	CROSS JOIN LATERAL (SELECT ${prefixed("c", CATALOGS.columns)}, ${prefixed("at", REFS.columns)},
			${prefixed("w", WAREHOUSES.columns)}, ${what.columns}
		FROM catalogs c
		JOIN refs at ON at.tenant_id = c.tenant_id AND at.catalog_id = c.id AND at.name = q.ref
		LEFT JOIN warehouses w ON w.tenant_id = c.tenant_id AND w.name = c.warehouse_name
		${what.join}
		WHERE c.tenant_id = q.tenant_id AND c.name = q.catalog LIMIT 1) found`;
}

const LOCATE = locating({
	asked: "space, parent, name",
	types: ["smallint", "text", "text"],
	join: JOIN_SHOWN,
	columns: SHOWN_COLUMNS,
});
const LOCATE_LIST = locating({
	asked: LISTING,
	types: LISTING_TYPES,
	join: JOIN_LISTED,
	columns: LISTED_COLUMNS,
});
const REF_START = CATALOGS.columns.length;
const WAREHOUSE_START = REF_START + REFS.columns.length;
const SEEN_START = WAREHOUSE_START + WAREHOUSES.columns.length;
const NO_KEY = [null, null, null] as const;
/** Of the merges of a number of a line, one that its own line did not repeat with a later number. */
const PINNED = `SELECT 1 WHERE EXISTS (
		SELECT FROM refs WHERE tenant_id = $1 AND line_id = $2 AND number = $3)
	OR EXISTS (
		SELECT FROM lines WHERE tenant_id = $1 AND parent_line_id = $2 AND parent_number = $3)
	OR EXISTS (
		SELECT FROM merges m JOIN lines l ON l.seq = m.line
		WHERE m.parent_line = $2 AND m.parent_number = $3 AND l.tenant_id = $1 AND l.id <> $2
		AND NOT EXISTS (
			SELECT FROM merges n WHERE n.line = m.line AND n.number > m.number
			AND n.parent_line = m.parent_line))`;
const EXPIRED = `SELECT ${IDEMPOTENCY.columns.join(", ")}, version FROM idempotency
	WHERE expires_at_millis < $1 ORDER BY expires_at_millis, tenant_id, key LIMIT $2`;
const DUE = `SELECT ${JOBS.columns.join(", ")}, version FROM jobs
	WHERE run_after_millis <= $1 AND due_at_millis <= $1
	ORDER BY run_after_millis, tenant_id, id LIMIT $2`;
const NEXT_DUE = "SELECT min(due_at_millis) FROM jobs";

function prefixed(alias: string, columns: readonly string[]): string {
	return columns.map((column) => `${alias}.${column}`).join(", ");
}

export function registryReader(read: Read): RegistryReader {
	const byName = (tenant: string) =>
		({ where: [["tenant_id", tenant]], order: "name" }) as const;
	return {
		tenant: (tenant) => readRecord(read, TENANTS, { tenant }),
		tenants: (page) =>
			readRecords(read, TENANTS, { where: [], order: "id" }, page),
		warehouse: (tenant, name) => readRecord(read, WAREHOUSES, { tenant, name }),
		warehouses: (tenant, page) =>
			readRecords(read, WAREHOUSES, byName(tenant), page),
		catalog: (tenant, name) => readRecord(read, CATALOGS, { tenant, name }),
		catalogs: (tenant, page) =>
			readRecords(read, CATALOGS, byName(tenant), page),
	};
}

export function refReader(read: Read): RefReader {
	const locateRow = readTogether(read, LOCATE);
	const locateList = askNames(
		readTogether(read, LOCATE_LIST, MAX_LISTS),
		SEEN_START,
	);
	return {
		locate: async (tenant, catalog, ref, look) => {
			const place = [tenant, catalog, ref];
			if (look !== undefined && isListing(look)) {
				const found = await locateList(place, look);
				if (found === undefined) return undefined;
				const listed = { of: look, names: found.names };
				return { ...readLocated(found.row), listed };
			}
			const params = look === undefined ? NO_KEY : keyParams(look);
			const row = await locateRow([...place, ...params]);
			if (row === undefined || look === undefined)
				return row && readLocated(row);
			const seen = { key: look, row: shownEntry(row, SEEN_START, look) };
			return { ...readLocated(row), seen };
		},
		ref: (tenant, catalog, name) =>
			readRecord(read, REFS, { tenant, catalog, name }),
		refs: (tenant, catalog, page) =>
			readRecords(
				read,
				REFS,
				{
					where: [
						["tenant_id", tenant],
						["catalog_id", catalog],
					],
					order: "name",
				},
				page,
			),
		line: async (tenant, line) =>
			(await readRecord(read, LINES, { tenant, line }))?.value,
		isPinned: (tenant, line, number) =>
			readExists(read, PINNED, [tenant, line, number]),
	};
}

function readLocated(row: SqlRow): Located {
	return {
		catalog: CATALOGS.read(row, 0),
		ref: REFS.read(row, REF_START),
		warehouse:
			row[WAREHOUSE_START] === null
				? null
				: WAREHOUSES.read(row, WAREHOUSE_START),
	};
}

export function mergeReader(read: Read): MergeReader {
	return {
		operation: (tenant, operation) =>
			readRecord(read, OPERATIONS, { tenant, operation }),
		operations: (tenant, catalog, page) =>
			readRecords(
				read,
				OPERATIONS,
				{
					where: [
						["tenant_id", tenant],
						["catalog_id", catalog],
					],
					order: "id",
					newestFirst: true,
				},
				page,
			),
		conflict: (tenant, conflict) =>
			readRecord(read, CONFLICTS, { tenant, conflict }),
		conflicts: (tenant, operation, page) =>
			readRecords(
				read,
				CONFLICTS,
				{
					where: [
						["tenant_id", tenant],
						["operation_id", operation],
					],
					order: "id",
				},
				page,
			),
	};
}

export function workReader(read: Read): WorkReader {
	return {
		idempotency: (tenant, key) =>
			readRecord(read, IDEMPOTENCY, { tenant, key }),
		expiredIdempotency: async (nowMillis, limit) =>
			(await read(EXPIRED, [nowMillis, limit])).map((row) =>
				versioned(IDEMPOTENCY, row),
			),
		job: (tenant, job) => readRecord(read, JOBS, { tenant, job }),
		dueJobs: async (nowMillis, limit) =>
			(await read(DUE, [nowMillis, limit])).map((row) => versioned(JOBS, row)),
		reports: async (tenant, asset, page) => {
			const of = {
				where: [
					["tenant_id", tenant],
					["asset_id", asset],
				],
				order: "id",
				newestFirst: true,
			} as const;
			const rows = await readPage(read, REPORTS, of, page);
			return rows.map((row) => REPORTS.read(row, 0));
		},
		nextJobAtMillis: async () => {
			const at = (await read(NEXT_DUE, []))[0]?.[0];
			return typeof at === "number" ? at : undefined;
		},
	};
}
