import { StoreUnavailable } from "../contract.ts";
import type { StoreMover } from "../moving.ts";
import { countRows, dumpRows } from "../sql/dumping.ts";
import { openSnapshot } from "./check.ts";
import { driverFailure, openFailureMessage } from "./driverErrors.ts";
import { loadRows } from "./load.ts";
import { MIGRATIONS } from "./migrate.ts";
import { openOwnedFile } from "./openFile.ts";
import { snapshotOf } from "./snapshot.ts";

/**
 * Moves what one SQLite file holds. A dump may run beside a server; a load
 * needs the file for itself, and makes it when it is missing.
 */
export function openSqliteMover(path: string): StoreMover {
	return {
		async *dump(tenant) {
			const db = openSnapshot(path);
			try {
				yield* dumpRows(snapshotOf(db), tenant);
			} catch (error) {
				throw translated(path, error);
			} finally {
				db.close();
			}
		},
		async count(tenant) {
			const db = openSnapshot(path);
			try {
				return await countRows(snapshotOf(db), tenant);
			} catch (error) {
				throw translated(path, error);
			} finally {
				db.close();
			}
		},
		async load(tenant, rows) {
			const file = openOwnedFile(path, MIGRATIONS);
			try {
				return await loadRows(file.db, tenant, rows);
			} catch (error) {
				throw translated(path, error);
			} finally {
				file.close();
			}
		},
		async close() {},
	};
}

function translated(path: string, error: unknown): unknown {
	if (driverFailure(error) === undefined) return error;
	const message = openFailureMessage(path, error);
	return new StoreUnavailable("not-applied", message, { cause: error });
}
