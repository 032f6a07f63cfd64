/**
 * What a line shows (sentences L4 and L12). All are STABLE: what one statement
 * of a client calls sees one state of the database.
 */
export const READING_SQL = `
-- A row as a line shows it. line: the id of the line that holds it.
CREATE TYPE shown_entry AS (
	line text COLLATE "C", space smallint, parent text COLLATE "C", name text COLLATE "C",
	number bigint, kind text COLLATE "C", asset_id text COLLATE "C", uuid text COLLATE "C",
	metadata_location text COLLATE "C", asset_type text COLLATE "C", location text COLLATE "C",
	properties text COLLATE "C"
);

-- A line and its ancestors, the nearest first. bound: the newest number that
-- counts, null for the head. filters: the lines whose filters a row comes through.
CREATE FUNCTION chain_of(of_tenant text, of_line text, at_number bigint)
RETURNS TABLE (depth integer, seq bigint, id text, bound bigint, filters bigint[])
LANGUAGE sql STABLE ROWS 4 AS $fn$
	WITH RECURSIVE chain AS (
		SELECT 0 AS depth, l.seq, l.id, at_number AS bound, '{}'::bigint[] AS filters,
			l.parent_line_id, l.parent_number, l.filter
		FROM lines l WHERE l.tenant_id = of_tenant AND l.id = of_line
		UNION ALL
		SELECT c.depth + 1, p.seq, p.id, c.parent_number,
			CASE WHEN c.filter IS NULL THEN c.filters ELSE c.filters || c.seq END,
			p.parent_line_id, p.parent_number, p.filter
		FROM chain c JOIN lines p ON p.tenant_id = of_tenant AND p.id = c.parent_line_id
	)
	SELECT c.depth, c.seq, c.id, c.bound, c.filters FROM chain c
$fn$;

-- Whether a key comes through all of these lines' filters.
CREATE FUNCTION is_let_through(filters bigint[], of_space smallint, of_parent text, of_name text)
RETURNS boolean LANGUAGE sql STABLE AS $fn$
	SELECT count(*) = cardinality(filters) FROM filter_keys f
	WHERE f.line = ANY (filters) AND f.space = of_space AND f.parent = of_parent AND f.name = of_name
$fn$;

-- What a line shows under a key; no row when it shows nothing. at_number: null is the head.
CREATE FUNCTION entry_at(
	of_tenant text, of_line text, at_number bigint, of_space smallint, of_parent text, of_name text
) RETURNS SETOF shown_entry LANGUAGE plpgsql STABLE ROWS 1 AS $fn$
DECLARE
	level record;
	e shown_entry;
	line_id text := of_line;
	bound bigint := at_number;
	filters bigint[] := '{}';
BEGIN
	WHILE line_id IS NOT NULL LOOP
		SELECT seq, parent_line_id, parent_number, filter INTO level
		FROM lines WHERE tenant_id = of_tenant AND id = line_id;
		EXIT WHEN NOT FOUND;
		IF filters = '{}' OR is_let_through(filters, of_space, of_parent, of_name) THEN
			SELECT line_id, space, parent, name, number, kind, asset_id, uuid,
				metadata_location, asset_type, location, properties
			INTO e FROM entries
			WHERE line = level.seq AND space = of_space AND parent = of_parent AND name = of_name;
			IF FOUND AND e.number > bound THEN
				SELECT line_id, space, parent, name, from_number, kind, asset_id, uuid,
					metadata_location, asset_type, location, properties
				INTO e FROM superseded
				WHERE line = level.seq AND space = of_space AND parent = of_parent AND name = of_name
					AND from_number <= bound
				ORDER BY from_number DESC LIMIT 1;
			END IF;
			IF FOUND THEN
				IF e.kind IS NOT NULL THEN RETURN NEXT e; END IF;
				RETURN;
			END IF;
		END IF;
		IF level.filter IS NOT NULL THEN filters := filters || level.seq; END IF;
		line_id := level.parent_line_id;
		bound := level.parent_number;
	END LOOP;
END $fn$;

-- The first rows of a line itself after a key and up to a namespace, as of a
-- bound, dropped ones included.
CREATE FUNCTION own_entries(
	of_seq bigint, of_id text, bound bigint, filters bigint[],
	after_space smallint, after_parent text, after_name text,
	last_space smallint, last_parent text, most integer
) RETURNS SETOF shown_entry LANGUAGE plpgsql STABLE AS $fn$
BEGIN
	IF filters <> '{}' THEN
		RETURN QUERY
		SELECT of_id, v.* FROM filter_keys f
		JOIN entries e ON e.line = of_seq AND e.space = f.space AND e.parent = f.parent AND e.name = f.name
		CROSS JOIN LATERAL entry_as_of(e, bound) v
		WHERE f.line = filters[1] AND is_let_through(filters, f.space, f.parent, f.name)
			AND (f.space, f.parent, f.name) > (after_space, after_parent, after_name)
			AND (f.space, f.parent) <= (last_space, last_parent)
		ORDER BY f.space, f.parent, f.name LIMIT most;
	ELSIF bound IS NULL THEN
		RETURN QUERY
		SELECT of_id, e.space, e.parent, e.name, e.number, e.kind, e.asset_id, e.uuid,
			e.metadata_location, e.asset_type, e.location, e.properties
		FROM entries e WHERE e.line = of_seq
			AND (e.space, e.parent, e.name) > (after_space, after_parent, after_name)
			AND (e.space, e.parent) <= (last_space, last_parent)
		ORDER BY e.space, e.parent, e.name LIMIT most;
	ELSE
		RETURN QUERY
		SELECT of_id, v.* FROM entries e CROSS JOIN LATERAL entry_as_of(e, bound) v
		WHERE e.line = of_seq
			AND (e.space, e.parent, e.name) > (after_space, after_parent, after_name)
			AND (e.space, e.parent) <= (last_space, last_parent)
		ORDER BY e.space, e.parent, e.name LIMIT most;
	END IF;
END $fn$;

-- The row of a key that was valid at a bound, from its newest one.
CREATE FUNCTION entry_as_of(e entries, bound bigint)
RETURNS TABLE (
	space smallint, parent text, name text, number bigint, kind text, asset_id text, uuid text,
	metadata_location text, asset_type text, location text, properties text
) LANGUAGE sql STABLE ROWS 1 AS $fn$
	SELECT e.space, e.parent, e.name, e.number, e.kind, e.asset_id, e.uuid,
		e.metadata_location, e.asset_type, e.location, e.properties
	WHERE bound IS NULL OR e.number <= bound
	UNION ALL
	(SELECT s.space, s.parent, s.name, s.from_number, s.kind, s.asset_id, s.uuid,
		s.metadata_location, s.asset_type, s.location, s.properties
	FROM superseded s
	WHERE e.number > bound AND s.line = e.line AND s.space = e.space AND s.parent = e.parent
		AND s.name = e.name AND s.from_number <= bound
	ORDER BY s.from_number DESC LIMIT 1)
$fn$;

-- What a line shows after a key and up to a namespace, by key. kinds: null is all.
CREATE FUNCTION entries_between(
	of_tenant text, of_line text, at_number bigint,
	after_space smallint, after_parent text, after_name text,
	last_space smallint, last_parent text, kinds text[], most integer
) RETURNS SETOF shown_entry LANGUAGE plpgsql STABLE AS $fn$
DECLARE
	-- Not too small: many dropped rows may lie before the first that shows.
	piece integer := least(greatest(most + 1, 100), 500);
	read integer;
	shown integer := 0;
	e shown_entry;
BEGIN
	WHILE shown < most LOOP
		read := 0;
		FOR e IN
			SELECT DISTINCT ON (o.space, o.parent COLLATE "C", o.name COLLATE "C") o.*
			FROM chain_of(of_tenant, of_line, at_number) c
			CROSS JOIN LATERAL own_entries(c.seq, c.id, c.bound, c.filters,
				after_space, after_parent, after_name, last_space, last_parent, piece) o
			ORDER BY o.space, o.parent COLLATE "C", o.name COLLATE "C", c.depth LIMIT piece
		LOOP
			read := read + 1;
			after_space := e.space;
			after_parent := e.parent;
			after_name := e.name;
			CONTINUE WHEN e.kind IS NULL OR e.kind <> ALL (kinds);
			RETURN NEXT e;
			shown := shown + 1;
			EXIT WHEN shown = most;
		END LOOP;
		EXIT WHEN read < piece;
	END LOOP;
END $fn$;

-- Whether a line has reached a number and still keeps it (sentence H3). at_number: null is the head.
CREATE FUNCTION keeps_number(of_tenant text, of_catalog text, of_line text, at_number bigint)
RETURNS boolean LANGUAGE sql STABLE AS $fn$
	SELECT EXISTS (
		SELECT FROM lines l
		WHERE l.tenant_id = of_tenant AND l.id = of_line
			AND (of_catalog IS NULL OR l.catalog_id = of_catalog)
			AND l.head >= coalesce(at_number, l.head) AND NOT EXISTS (
				SELECT FROM forgotten g WHERE g.line = l.seq
					AND g.from_number <= coalesce(at_number, l.head)
					AND g.to_number > coalesce(at_number, l.head)))
$fn$;

-- The greatest number of a line with a time at or before another, 0 without one.
-- Times grow with the numbers, so it halves the range.
CREATE FUNCTION number_at(of_tenant text, of_line text, at_micros bigint)
RETURNS bigint LANGUAGE plpgsql STABLE AS $fn$
DECLARE
	of_seq bigint;
	low bigint := 0;
	high bigint;
	middle bigint;
BEGIN
	SELECT seq, head INTO of_seq, high FROM lines WHERE tenant_id = of_tenant AND id = of_line;
	WHILE low < high LOOP
		middle := (low + high + 1) / 2;
		IF (SELECT time_micros FROM commits WHERE line = of_seq AND number = middle) <= at_micros
		THEN low := middle;
		ELSE high := middle - 1;
		END IF;
	END LOOP;
	RETURN low;
END $fn$;

-- Refs of a tenant, or of one of its catalogs, that show an asset, by name.
CREATE FUNCTION refs_showing(of_tenant text, of_catalog text, of_asset text, most integer)
RETURNS SETOF text LANGUAGE sql STABLE AS $fn$
	WITH keys AS MATERIALIZED (
		SELECT space, parent, name FROM entries WHERE asset_id = of_asset
		UNION SELECT space, parent, name FROM superseded WHERE asset_id = of_asset
	)
	SELECT r.name FROM refs r
	WHERE r.tenant_id = of_tenant AND (of_catalog IS NULL OR r.catalog_id = of_catalog)
		AND EXISTS (
			SELECT FROM keys k
			CROSS JOIN LATERAL entry_at(r.tenant_id, r.line_id, r.number, k.space, k.parent, k.name) e
			WHERE e.asset_id = of_asset)
	ORDER BY r.name LIMIT most
$fn$;
`;
