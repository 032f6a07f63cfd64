import type { Migration } from "./migration.ts";

/**
 * The first schema. Text is compared by its UTF-8 bytes (SQLite's BINARY
 * collation). `lines.seq` stands for a line in the large tables.
 */
export const INITIAL: Migration = {
	version: 1,
	name: "initial",
	sql: `
CREATE TABLE tenants (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	properties TEXT NOT NULL, -- JSON
	version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE warehouses (
	id TEXT NOT NULL,
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL,
	use_sts INTEGER NOT NULL, -- 0 or 1
	storage_config TEXT NOT NULL, -- JSON
	vending_strategy TEXT, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, name),
	UNIQUE (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE catalogs (
	tenant_id TEXT NOT NULL REFERENCES tenants (id),
	name TEXT NOT NULL,
	id TEXT NOT NULL,
	type TEXT NOT NULL,
	warehouse_name TEXT,
	storage_location TEXT,
	properties TEXT NOT NULL, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, name),
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, warehouse_name) REFERENCES warehouses (tenant_id, name) ON UPDATE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX catalogs_by_warehouse ON catalogs (tenant_id, warehouse_name);

-- What one branch changed, and where it forked from (parent).
CREATE TABLE lines (
	seq INTEGER PRIMARY KEY,
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	catalog_id TEXT NOT NULL,
	parent_line_id TEXT,
	parent_number INTEGER,
	head INTEGER NOT NULL,
	head_time_micros INTEGER NOT NULL,
	version INTEGER NOT NULL,
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id),
	FOREIGN KEY (tenant_id, parent_line_id) REFERENCES lines (tenant_id, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX lines_by_catalog ON lines (tenant_id, catalog_id);
CREATE INDEX lines_by_parent ON lines (tenant_id, parent_line_id);

-- Branches and tags.
CREATE TABLE refs (
	tenant_id TEXT NOT NULL,
	catalog_id TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	line_id TEXT NOT NULL,
	number INTEGER,
	settings TEXT NOT NULL, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, catalog_id, name),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id),
	FOREIGN KEY (tenant_id, line_id) REFERENCES lines (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refs_by_line ON refs (tenant_id, line_id);

-- The newest row of each key that a line wrote; without a kind: dropped.
-- space: 0 namespaces, 1 tables, views and other assets.
-- parent: the levels of the enclosing namespace, joined by U+001F.
CREATE TABLE entries (
	line INTEGER NOT NULL REFERENCES lines (seq),
	space INTEGER NOT NULL,
	parent TEXT NOT NULL,
	name TEXT NOT NULL,
	number INTEGER NOT NULL,
	kind TEXT,
	asset_id TEXT,
	uuid TEXT,
	metadata_location TEXT,
	asset_type TEXT,
	location TEXT,
	properties TEXT, -- JSON
	PRIMARY KEY (line, space, parent, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_kind ON entries (line, space, parent, kind, name);
CREATE INDEX entries_by_metadata_location ON entries (metadata_location) WHERE metadata_location IS NOT NULL;
CREATE INDEX entries_by_asset ON entries (asset_id) WHERE asset_id IS NOT NULL;

-- Rows that were valid from from_number until before to_number.
CREATE TABLE superseded (
	line INTEGER NOT NULL REFERENCES lines (seq),
	space INTEGER NOT NULL,
	parent TEXT NOT NULL,
	name TEXT NOT NULL,
	from_number INTEGER NOT NULL,
	to_number INTEGER NOT NULL,
	ended_at_micros INTEGER NOT NULL,
	kind TEXT,
	asset_id TEXT,
	uuid TEXT,
	metadata_location TEXT,
	asset_type TEXT,
	location TEXT,
	properties TEXT, -- JSON
	PRIMARY KEY (line, space, parent, name, from_number)
) STRICT, WITHOUT ROWID;
CREATE INDEX superseded_by_metadata_location ON superseded (metadata_location) WHERE metadata_location IS NOT NULL;
CREATE INDEX superseded_by_asset ON superseded (asset_id) WHERE asset_id IS NOT NULL;

CREATE TABLE commits (
	line INTEGER NOT NULL REFERENCES lines (seq),
	number INTEGER NOT NULL,
	id TEXT NOT NULL,
	merged_parents TEXT, -- JSON
	author TEXT NOT NULL,
	author_name TEXT NOT NULL,
	message TEXT NOT NULL,
	time_micros INTEGER NOT NULL,
	keys TEXT NOT NULL, -- JSON: [space, parent, name] each
	PRIMARY KEY (line, number)
) STRICT, WITHOUT ROWID;

-- Who owns which folder, across tenants.
CREATE TABLE claims (
	location TEXT PRIMARY KEY,
	tenant_id TEXT NOT NULL,
	catalog_id TEXT NOT NULL,
	asset_id TEXT NOT NULL,
	uuid TEXT NOT NULL,
	state TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_by_asset ON claims (asset_id);

CREATE TABLE idempotency (
	tenant_id TEXT NOT NULL,
	key TEXT NOT NULL,
	binding TEXT NOT NULL,
	status INTEGER NOT NULL,
	body TEXT,
	metadata_location TEXT,
	expires_at_millis INTEGER NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, key)
) STRICT;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at_millis, tenant_id, key);

CREATE TABLE jobs (
	tenant_id TEXT NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	payload TEXT NOT NULL, -- JSON
	run_after_millis INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	last_error TEXT,
	lease_owner TEXT,
	lease_until_millis INTEGER NOT NULL,
	due_at_millis INTEGER GENERATED ALWAYS AS (
		CASE WHEN lease_owner IS NULL THEN run_after_millis ELSE max(run_after_millis, lease_until_millis) END
	) VIRTUAL,
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, id)
) STRICT;
CREATE INDEX jobs_by_run_after ON jobs (run_after_millis, tenant_id, id);
CREATE INDEX jobs_by_due ON jobs (due_at_millis);

-- Metrics reports of engines.
CREATE TABLE reports (
	tenant_id TEXT NOT NULL,
	asset_id TEXT NOT NULL,
	id TEXT NOT NULL,
	type TEXT NOT NULL,
	received_at_millis INTEGER NOT NULL,
	body TEXT NOT NULL, -- JSON
	version INTEGER NOT NULL,
	PRIMARY KEY (tenant_id, asset_id, id)
) STRICT;

-- For people: what every branch shows now, its ancestors included.
CREATE VIEW branch_entries AS
WITH RECURSIVE chain (tenant_id, catalog_id, branch_name, depth, line, bound) AS (
	SELECT r.tenant_id, r.catalog_id, r.name, 0, l.seq, l.head
	FROM refs r JOIN lines l ON l.tenant_id = r.tenant_id AND l.id = r.line_id
	WHERE r.kind = 'branch'
	UNION ALL
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth + 1, p.seq, l.parent_number
	FROM chain c JOIN lines l ON l.seq = c.line
	JOIN lines p ON p.tenant_id = l.tenant_id AND p.id = l.parent_line_id
), written AS (
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth, e.space, e.parent, e.name,
		e.number, e.kind, e.asset_id, e.metadata_location, e.asset_type, e.location, e.properties
	FROM chain c JOIN entries e ON e.line = c.line AND e.number <= c.bound
	UNION ALL
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth, s.space, s.parent, s.name,
		s.from_number, s.kind, s.asset_id, s.metadata_location, s.asset_type, s.location, s.properties
	FROM chain c JOIN superseded s
		ON s.line = c.line AND s.from_number <= c.bound AND s.to_number > c.bound
), nearest AS (
	SELECT *, min(depth) FROM written
	GROUP BY tenant_id, catalog_id, branch_name, space, parent, name
)
SELECT n.tenant_id, k.name AS catalog_name, n.branch_name, n.space, n.parent, n.name, n.kind,
	n.asset_id, n.metadata_location, n.asset_type, n.location, n.properties
FROM nearest n JOIN catalogs k ON k.tenant_id = n.tenant_id AND k.id = n.catalog_id
WHERE n.kind IS NOT NULL;

CREATE VIEW namespaces AS
SELECT tenant_id, catalog_name,
	CASE WHEN parent = '' THEN name ELSE replace(parent, char(31), '.') || '.' || name END AS name,
	properties, branch_name
FROM branch_entries WHERE space = 0;

CREATE VIEW assets AS
SELECT asset_id AS id, tenant_id, catalog_name, replace(parent, char(31), '.') AS namespace_name,
	name, coalesce(asset_type, kind) AS asset_type, coalesce(metadata_location, location) AS metadata_location,
	branch_name, properties
FROM branch_entries WHERE space = 1;
`,
};
