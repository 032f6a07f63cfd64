import type { Migration } from "./migration.ts";

/** Merged parents as rows: the merges behind a position are found without reading commits. */
export const MERGES: Migration = {
	version: 3,
	name: "merges",
	sql: `
-- parent_line: the id of a line of the same tenant, which may be gone by now.
CREATE TABLE merges (
	line INTEGER NOT NULL REFERENCES lines (seq),
	number INTEGER NOT NULL,
	position INTEGER NOT NULL, -- among the merged parents of the commit, from 0
	parent_line TEXT NOT NULL,
	parent_number INTEGER NOT NULL,
	PRIMARY KEY (line, number, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX merges_by_parent ON merges (parent_line, parent_number);

INSERT INTO merges (line, number, position, parent_line, parent_number)
SELECT c.line, c.number, p.key, p.value ->> 'line', p.value ->> 'number'
FROM commits c JOIN json_each(c.merged_parents) p WHERE c.merged_parents IS NOT NULL;
`,
};
