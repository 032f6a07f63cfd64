import type { Migration } from "./migration.ts";

/** Partial branches, and commits by their id. */
export const VERSIONS: Migration = {
	version: 2,
	name: "versions",
	sql: `
-- Of a partial branch: which keys of its ancestors it shows, as JSON.
ALTER TABLE lines ADD COLUMN filter TEXT;

CREATE INDEX commits_by_id ON commits (id);

DROP VIEW namespaces;
DROP VIEW assets;
DROP VIEW branch_entries;

-- For people: what every branch shows now, its ancestors included.
-- filters: those of the lines that a row comes through, as a JSON list.
CREATE VIEW branch_entries AS
WITH RECURSIVE chain (tenant_id, catalog_id, branch_name, depth, line, bound, filters) AS (
	SELECT r.tenant_id, r.catalog_id, r.name, 0, l.seq, l.head, '[]'
	FROM refs r JOIN lines l ON l.tenant_id = r.tenant_id AND l.id = r.line_id
	WHERE r.kind = 'branch'
	UNION ALL
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth + 1, p.seq, l.parent_number,
		iif(l.filter IS NULL, c.filters, json_insert(c.filters, '$[#]', json(l.filter)))
	FROM chain c JOIN lines l ON l.seq = c.line
	JOIN lines p ON p.tenant_id = l.tenant_id AND p.id = l.parent_line_id
), written AS (
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth, c.filters, e.space, e.parent, e.name,
		e.number, e.kind, e.asset_id, e.metadata_location, e.asset_type, e.location, e.properties
	FROM chain c JOIN entries e ON e.line = c.line AND e.number <= c.bound
	UNION ALL
	SELECT c.tenant_id, c.catalog_id, c.branch_name, c.depth, c.filters, s.space, s.parent, s.name,
		s.from_number, s.kind, s.asset_id, s.metadata_location, s.asset_type, s.location, s.properties
	FROM chain c JOIN superseded s
		ON s.line = c.line AND s.from_number <= c.bound AND s.to_number > c.bound
), shown AS (
	SELECT * FROM written w WHERE NOT EXISTS (
		SELECT 1 FROM json_each(w.filters) f WHERE NOT EXISTS (
			SELECT 1 FROM json_each(f.value) k WHERE
			(k.value ->> 0 = w.space AND k.value ->> 1 = w.parent AND k.value ->> 2 = w.name)
			OR (w.space = 0 AND instr((k.value ->> 1) || char(31),
				iif(w.parent = '', w.name, w.parent || char(31) || w.name) || char(31)) = 1)))
), nearest AS (
	SELECT *, min(depth) FROM shown
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
