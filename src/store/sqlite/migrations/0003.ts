import type { Migration } from "./migration.ts";

/** Merged parents as rows (the merges behind a position are found without reading commits), merges that wait for decisions. */
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

CREATE TABLE merge_operations (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	catalog_id TEXT NOT NULL,
	status TEXT NOT NULL,
	detail TEXT NOT NULL, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_operations_by_catalog ON merge_operations (tenant_id, catalog_id, id);

CREATE TABLE merge_conflicts (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	operation_id TEXT NOT NULL,
	detail TEXT NOT NULL, -- JSON
	resolution TEXT, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, operation_id) REFERENCES merge_operations (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX merge_conflicts_by_operation ON merge_conflicts (tenant_id, operation_id, id);
`,
};
