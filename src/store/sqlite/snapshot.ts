import type { Snapshot } from "../sql/dumping.ts";
import type { Database } from "./database.ts";

/** A file in a transaction that its caller has begun. */
export function snapshotOf(db: Database): Snapshot {
	return {
		mergedParents: `json_group_array(
			json_object('line', parent_line, 'number', parent_number) ORDER BY position)`,
		all: (sql, params) => db.prepare(sql).all(...params),
	};
}
