/**
 * The tables. Text is compared by its UTF-8 bytes (collation "C") whatever the
 * database's own order is. `lines.seq` stands for a line in the large tables;
 * those name it without a foreign key, whose check would lock the line's row for
 * every row written: the locks of `apply_sets` keep a line while it is written.
 */
export const TABLES_SQL = `
CREATE TABLE tenants (
	id text COLLATE "C" PRIMARY KEY,
	name text COLLATE "C" NOT NULL,
	properties text COLLATE "C" NOT NULL, -- JSON
	version integer NOT NULL
);

CREATE TABLE warehouses (
	tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
	name text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	use_sts smallint NOT NULL, -- 0 or 1
	storage_config text COLLATE "C" NOT NULL, -- JSON
	vending_strategy text COLLATE "C", -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, name),
	UNIQUE (tenant_id, id)
);

CREATE TABLE catalogs (
	tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (id),
	name text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL,
	warehouse_name text COLLATE "C",
	storage_location text COLLATE "C",
	properties text COLLATE "C" NOT NULL, -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, name),
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, warehouse_name) REFERENCES warehouses (tenant_id, name) ON UPDATE CASCADE
);
CREATE INDEX catalogs_by_warehouse ON catalogs (tenant_id, warehouse_name);

-- What one branch changed, and where it forked from (parent).
CREATE TABLE lines (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	catalog_id text COLLATE "C" NOT NULL,
	parent_line_id text COLLATE "C",
	parent_number bigint,
	head bigint NOT NULL,
	head_time_micros bigint NOT NULL,
	filter text COLLATE "C", -- of a partial branch: the keys of its ancestors that it shows, JSON
	version integer NOT NULL,
	UNIQUE (tenant_id, id),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id),
	-- Lines that are loaded come in another order.
	FOREIGN KEY (tenant_id, parent_line_id) REFERENCES lines (tenant_id, id) DEFERRABLE INITIALLY IMMEDIATE
) WITH (fillfactor = 50); -- a commit writes the row anew, on the same page while there is room
CREATE INDEX lines_by_catalog ON lines (tenant_id, catalog_id, id);
CREATE INDEX lines_by_parent ON lines (tenant_id, parent_line_id, parent_number);

-- The keys of a partial branch's filter and of the namespaces that enclose them.
CREATE TABLE filter_keys (
	line bigint NOT NULL,
	space smallint NOT NULL,
	parent text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	PRIMARY KEY (line, space, parent, name)
);

-- Branches and tags.
CREATE TABLE refs (
	tenant_id text COLLATE "C" NOT NULL,
	catalog_id text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL,
	line_id text COLLATE "C" NOT NULL,
	number bigint,
	settings text COLLATE "C" NOT NULL, -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, catalog_id, name),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id),
	FOREIGN KEY (tenant_id, line_id) REFERENCES lines (tenant_id, id)
);
CREATE INDEX refs_by_line ON refs (tenant_id, line_id, number);

-- The newest row of each key that a line wrote; without a kind: dropped.
-- space: 0 namespaces, 1 tables, views and other assets.
-- parent: the levels of the enclosing namespace, joined by U+001F.
CREATE TABLE entries (
	line bigint NOT NULL,
	space smallint NOT NULL,
	parent text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	number bigint NOT NULL,
	kind text COLLATE "C",
	asset_id text COLLATE "C",
	uuid text COLLATE "C",
	metadata_location text COLLATE "C",
	asset_type text COLLATE "C",
	location text COLLATE "C",
	properties text COLLATE "C", -- JSON
	PRIMARY KEY (line, space, parent, name)
);
CREATE INDEX entries_by_metadata_location ON entries (metadata_location) WHERE metadata_location IS NOT NULL;
CREATE INDEX entries_by_asset ON entries (asset_id) WHERE asset_id IS NOT NULL;

-- Rows that were valid from from_number until before to_number.
CREATE TABLE superseded (
	line bigint NOT NULL,
	space smallint NOT NULL,
	parent text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	from_number bigint NOT NULL,
	to_number bigint NOT NULL,
	ended_at_micros bigint NOT NULL,
	kind text COLLATE "C",
	asset_id text COLLATE "C",
	uuid text COLLATE "C",
	metadata_location text COLLATE "C",
	asset_type text COLLATE "C",
	location text COLLATE "C",
	properties text COLLATE "C", -- JSON
	PRIMARY KEY (line, space, parent, name, from_number)
);
CREATE INDEX superseded_by_metadata_location ON superseded (metadata_location) WHERE metadata_location IS NOT NULL;
CREATE INDEX superseded_by_asset ON superseded (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX superseded_by_end ON superseded (line, ended_at_micros);

CREATE TABLE commits (
	line bigint NOT NULL,
	number bigint NOT NULL,
	id text COLLATE "C" NOT NULL,
	merged_parents text COLLATE "C", -- JSON
	author text COLLATE "C" NOT NULL,
	author_name text COLLATE "C" NOT NULL,
	message text COLLATE "C" NOT NULL,
	time_micros bigint NOT NULL,
	keys text COLLATE "C" NOT NULL, -- JSON: [space, parent, name] each
	PRIMARY KEY (line, number)
);
CREATE INDEX commits_by_id ON commits (id);

-- parent_line: the id of a line of the same tenant, which may be gone by now.
CREATE TABLE merges (
	line bigint NOT NULL,
	number bigint NOT NULL,
	position integer NOT NULL, -- among the merged parents of the commit, from 0
	parent_line text COLLATE "C" NOT NULL,
	parent_number bigint NOT NULL,
	PRIMARY KEY (line, number, position)
);
CREATE INDEX merges_by_parent ON merges (parent_line, parent_number);
CREATE INDEX merges_by_pair ON merges (parent_line, line, number);

-- What a line dropped, so that it can be found and come back.
CREATE TABLE dropped (
	line bigint NOT NULL,
	asset_id text COLLATE "C" NOT NULL,
	number bigint NOT NULL, -- of the commit that dropped it
	space smallint NOT NULL,
	parent text COLLATE "C" NOT NULL,
	name text COLLATE "C" NOT NULL,
	PRIMARY KEY (line, asset_id)
);
CREATE INDEX dropped_by_number ON dropped (line, number, asset_id);

-- Numbers from_number up to before to_number of a line show no longer what they
-- showed: rows that were valid there are gone. The stretches of a line do not touch.
CREATE TABLE forgotten (
	line bigint NOT NULL,
	from_number bigint NOT NULL,
	to_number bigint NOT NULL,
	PRIMARY KEY (line, from_number)
);

-- Metadata files that fell out of the history and are to be deleted.
CREATE TABLE garbage (
	tenant_id text COLLATE "C" NOT NULL,
	catalog_id text COLLATE "C" NOT NULL,
	asset_id text COLLATE "C" NOT NULL,
	metadata_location text COLLATE "C" NOT NULL,
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, asset_id, metadata_location)
);
CREATE INDEX garbage_by_catalog ON garbage (tenant_id, catalog_id, asset_id, metadata_location);

-- Who owns which folder, across tenants.
CREATE TABLE claims (
	location text COLLATE "C" PRIMARY KEY,
	tenant_id text COLLATE "C" NOT NULL,
	catalog_id text COLLATE "C" NOT NULL,
	asset_id text COLLATE "C" NOT NULL,
	uuid text COLLATE "C" NOT NULL,
	state text COLLATE "C" NOT NULL
);
CREATE INDEX claims_by_asset ON claims (asset_id);

CREATE TABLE merge_operations (
	tenant_id text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	catalog_id text COLLATE "C" NOT NULL,
	status text COLLATE "C" NOT NULL,
	detail text COLLATE "C" NOT NULL, -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, catalog_id) REFERENCES catalogs (tenant_id, id)
);
CREATE INDEX merge_operations_by_catalog ON merge_operations (tenant_id, catalog_id, id);

CREATE TABLE merge_conflicts (
	tenant_id text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	operation_id text COLLATE "C" NOT NULL,
	detail text COLLATE "C" NOT NULL, -- JSON
	resolution text COLLATE "C", -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, id),
	FOREIGN KEY (tenant_id, operation_id) REFERENCES merge_operations (tenant_id, id)
);
CREATE INDEX merge_conflicts_by_operation ON merge_conflicts (tenant_id, operation_id, id);

CREATE TABLE idempotency (
	tenant_id text COLLATE "C" NOT NULL,
	key text COLLATE "C" NOT NULL,
	binding text COLLATE "C" NOT NULL,
	status integer NOT NULL,
	body text COLLATE "C",
	metadata_location text COLLATE "C",
	expires_at_millis bigint NOT NULL,
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at_millis, tenant_id, key);

CREATE TABLE jobs (
	tenant_id text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL,
	payload text COLLATE "C" NOT NULL, -- JSON
	run_after_millis bigint NOT NULL,
	attempts integer NOT NULL,
	last_error text COLLATE "C",
	lease_owner text COLLATE "C",
	lease_until_millis bigint NOT NULL,
	due_at_millis bigint GENERATED ALWAYS AS (
		CASE WHEN lease_owner IS NULL THEN run_after_millis ELSE greatest(run_after_millis, lease_until_millis) END
	) STORED,
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, id)
);
CREATE INDEX jobs_by_run_after ON jobs (run_after_millis, tenant_id, id);
CREATE INDEX jobs_by_due ON jobs (due_at_millis);

-- Metrics reports of engines.
CREATE TABLE reports (
	tenant_id text COLLATE "C" NOT NULL,
	asset_id text COLLATE "C" NOT NULL,
	id text COLLATE "C" NOT NULL,
	type text COLLATE "C" NOT NULL,
	received_at_millis bigint NOT NULL,
	body text COLLATE "C" NOT NULL, -- JSON
	version integer NOT NULL,
	PRIMARY KEY (tenant_id, asset_id, id)
);
`;
