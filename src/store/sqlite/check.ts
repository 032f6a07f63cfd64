import { existsSync } from "node:fs";
import { PangolinError } from "../../model/errors.ts";
import type { AssetId, TenantId } from "../../model/ids.ts";
import { brandId } from "../../model/ids.ts";
import type { EntryKey } from "../records.ts";
import { readKey } from "../sql/contents.ts";
import type { SqlRow } from "../sql/values.ts";
import { numberAt, textAt, textOrNullAt } from "../sql/values.ts";
import { CHECKS } from "./checks.ts";
import type { Database } from "./database.ts";
import { openDatabase } from "./database.ts";
import { openFailureMessage } from "./driverErrors.ts";
import { MIGRATIONS, migrationRefusal } from "./migrate.ts";

/** A metadata file that the store promises to be there. */
export interface Pointer {
	readonly tenant: TenantId;
	/** Name of the catalog. */
	readonly catalog: string;
	/** Name of its warehouse, or null. */
	readonly warehouse: string | null;
	readonly key: EntryKey;
	readonly asset: AssetId;
	readonly metadataLocation: string;
}

/** One look at a file as of one moment, also beside a running server. */
export interface SqliteCheck {
	/** What is wrong, one line each; nothing when all is well. */
	problems(onProgress?: (done: number, total: number) => void): string[];
	/** What current rows, tags and forks point at. */
	pointers(): Generator<Pointer>;
	/** How many `pointers` gives, about. */
	pointerCount(): number;
	close(): void;
}

const PAGE = 1000;
const COLUMNS = `l.tenant_id, c.name, c.warehouse_name, e.space, e.parent, e.name,
	e.asset_id, e.metadata_location, e.line`;
const OWNER = `JOIN lines l ON l.seq = e.line
	JOIN catalogs c ON c.tenant_id = l.tenant_id AND c.id = l.catalog_id`;
const CURRENT = `FROM entries e ${OWNER} WHERE e.metadata_location IS NOT NULL`;
const PINNED = `FROM superseded e ${OWNER} WHERE e.metadata_location IS NOT NULL AND (
	EXISTS (SELECT 1 FROM refs t WHERE t.tenant_id = l.tenant_id AND t.line_id = l.id
		AND t.number >= e.from_number AND t.number < e.to_number)
	OR EXISTS (SELECT 1 FROM lines f WHERE f.tenant_id = l.tenant_id AND f.parent_line_id = l.id
		AND f.parent_number >= e.from_number AND f.parent_number < e.to_number))`;
const KEY = "e.line, e.space, e.parent, e.name";

/**
 * Opens a file for a check; writes nothing.
 * @throws PangolinError `unavailable`, in one line, when it cannot be read
 */
export function openCheck(path: string): SqliteCheck {
	const db = openSnapshot(path);
	return {
		problems(onProgress) {
			const found: string[] = [];
			CHECKS.forEach((check, i) => {
				onProgress?.(i, CHECKS.length);
				found.push(...check(db));
			});
			onProgress?.(CHECKS.length, CHECKS.length);
			return found;
		},
		pointers: () => readPointers(db),
		pointerCount: () =>
			numberAt(db.prepare(`SELECT count(*) ${CURRENT}`).get() ?? [], 0) +
			numberAt(db.prepare(`SELECT count(*) ${PINNED}`).get() ?? [], 0),
		close: () => db.close(),
	};
}

/**
 * A file as of one moment (of the first read), which others may write to
 * meanwhile.
 * @throws PangolinError `unavailable`, in one line, when it cannot be read
 */
export function openSnapshot(path: string): Database {
	if (!existsSync(path))
		throw new PangolinError("unavailable", `${path} does not exist`);
	let db: Database | undefined;
	try {
		db = openDatabase(path, { readOnly: true, busyTimeoutMillis: 5000 });
		const refusal = migrationRefusal(db, MIGRATIONS);
		if (refusal !== undefined)
			throw new PangolinError("unavailable", `${path} is not read: ${refusal}`);
		db.exec("BEGIN");
		return db;
	} catch (error) {
		db?.close();
		if (error instanceof PangolinError) throw error;
		throw new PangolinError("unavailable", openFailureMessage(path, error), {
			cause: error,
		});
	}
}

function* readPointers(db: Database): Generator<Pointer> {
	yield* inPages(
		`SELECT ${COLUMNS}, 0 ${CURRENT} AND (${KEY}, 0) > (?, ?, ?, ?, ?)
		ORDER BY ${KEY} LIMIT ${PAGE}`,
		db,
	);
	yield* inPages(
		`SELECT ${COLUMNS}, e.from_number ${PINNED}
		AND (${KEY}, e.from_number) > (?, ?, ?, ?, ?)
		ORDER BY ${KEY}, e.from_number LIMIT ${PAGE}`,
		db,
	);
}

/** Runs a statement again and again, each time after the last row's key. */
function* inPages(sql: string, db: Database): Generator<Pointer> {
	let position: [number, number, string, string, number] = [-1, 0, "", "", 0];
	for (;;) {
		const rows = db.prepare(sql).all(...position);
		for (const row of rows) yield pointerOf(row);
		const last = rows.at(-1);
		if (last === undefined) return;
		position = [
			numberAt(last, 8),
			numberAt(last, 3),
			textAt(last, 4),
			textAt(last, 5),
			numberAt(last, 9),
		];
	}
}

function pointerOf(row: SqlRow): Pointer {
	return {
		tenant: brandId(textAt(row, 0)),
		catalog: textAt(row, 1),
		warehouse: textOrNullAt(row, 2),
		key: readKey(row, 3),
		asset: brandId(textAt(row, 6)),
		metadataLocation: textAt(row, 7),
	};
}
