import type { Migration } from "./migration.ts";

/** What the history has forgotten, and which files it left behind. */
export const FORGETTING: Migration = {
	version: 5,
	name: "forgetting",
	sql: `
-- Numbers from_number up to before to_number of a line show no longer what they
-- showed: rows that were valid there are gone. The stretches of a line do not touch.
CREATE TABLE forgotten (
	line INTEGER NOT NULL REFERENCES lines (seq),
	from_number INTEGER NOT NULL,
	to_number INTEGER NOT NULL,
	PRIMARY KEY (line, from_number)
) STRICT, WITHOUT ROWID;

-- Metadata files that fell out of the history and are to be deleted.
CREATE TABLE garbage (
	tenant_id TEXT NOT NULL,
	catalog_id TEXT NOT NULL,
	asset_id TEXT NOT NULL,
	metadata_location TEXT NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, asset_id, metadata_location)
) STRICT, WITHOUT ROWID;
CREATE INDEX garbage_by_catalog ON garbage (tenant_id, catalog_id, asset_id, metadata_location);

CREATE INDEX superseded_by_end ON superseded (line, ended_at_micros);
CREATE INDEX merges_by_pair ON merges (parent_line, line, number);
DROP INDEX refs_by_line;
CREATE INDEX refs_by_line ON refs (tenant_id, line_id, number);
DROP INDEX lines_by_parent;
CREATE INDEX lines_by_parent ON lines (tenant_id, parent_line_id, parent_number);
DROP INDEX lines_by_catalog;
CREATE INDEX lines_by_catalog ON lines (tenant_id, catalog_id, id);
`,
};
