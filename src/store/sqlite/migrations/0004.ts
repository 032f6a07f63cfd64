import type { Migration } from "./migration.ts";

/** What a line dropped, so that it can be found and come back. What was dropped before is not in it. */
export const DROPS: Migration = {
	version: 4,
	name: "drops",
	sql: `
CREATE TABLE dropped (
	line INTEGER NOT NULL REFERENCES lines (seq),
	asset_id TEXT NOT NULL,
	number INTEGER NOT NULL, -- of the commit that dropped it
	space INTEGER NOT NULL,
	parent TEXT NOT NULL,
	name TEXT NOT NULL,
	PRIMARY KEY (line, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX dropped_by_number ON dropped (line, number, asset_id);
`,
};
