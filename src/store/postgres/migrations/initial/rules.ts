/** What records have to do with one another (sentences W5 and W9 to W14), and claims. Rows are JSON, by column. */
export const RULES_SQL = `
-- Whether another row has the value's id, beside its key.
CREATE FUNCTION is_id_taken(of_table text, v jsonb) RETURNS boolean LANGUAGE plpgsql AS $fn$
BEGIN
	RETURN CASE of_table
		WHEN 'warehouses' THEN EXISTS (
			SELECT FROM warehouses WHERE tenant_id = v->>'tenant_id' AND id = v->>'id')
		WHEN 'catalogs' THEN EXISTS (
			SELECT FROM catalogs WHERE tenant_id = v->>'tenant_id' AND id = v->>'id')
		ELSE false
	END;
END $fn$;

-- Whether something that the row needs is missing.
CREATE FUNCTION lacks(of_table text, v jsonb) RETURNS boolean LANGUAGE plpgsql AS $fn$
DECLARE
	of_tenant text := v->>'tenant_id';
	of_catalog text := v->>'catalog_id';
BEGIN
	CASE of_table
		WHEN 'warehouses' THEN
			RETURN NOT EXISTS (SELECT FROM tenants WHERE id = of_tenant);
		WHEN 'catalogs' THEN
			RETURN NOT EXISTS (SELECT FROM tenants WHERE id = of_tenant)
				OR v->>'warehouse_name' IS NOT NULL AND NOT EXISTS (
					SELECT FROM warehouses WHERE tenant_id = of_tenant AND name = v->>'warehouse_name');
		WHEN 'refs' THEN
			RETURN NOT keeps_number(of_tenant, of_catalog, v->>'line_id', (v->>'number')::bigint);
		WHEN 'lines' THEN
			RETURN NOT has_catalog(of_tenant, of_catalog)
				OR v->>'parent_line_id' IS NOT NULL AND (
					NOT keeps_number(of_tenant, of_catalog, v->>'parent_line_id', (v->>'parent_number')::bigint)
					OR EXISTS (SELECT FROM chain_of(of_tenant, v->>'parent_line_id', NULL) c WHERE c.id = v->>'id'));
		WHEN 'merge_operations' THEN
			RETURN NOT has_catalog(of_tenant, of_catalog);
		WHEN 'merge_conflicts' THEN
			RETURN NOT EXISTS (
				SELECT FROM merge_operations WHERE tenant_id = of_tenant AND id = v->>'operation_id');
		ELSE RETURN false;
	END CASE;
END $fn$;

CREATE FUNCTION has_catalog(of_tenant text, of_catalog text) RETURNS boolean LANGUAGE sql STABLE AS $fn$
	SELECT EXISTS (SELECT FROM catalogs WHERE tenant_id = of_tenant AND id = of_catalog)
$fn$;

-- The time of what a new line shows first: of the commit that it forked at.
CREATE FUNCTION start_time(of_tenant text, of_line text, of_number bigint)
RETURNS bigint LANGUAGE sql STABLE AS $fn$
	SELECT coalesce((
		SELECT c.time_micros FROM chain_of(of_tenant, of_line, of_number) l
		JOIN commits c ON c.line = l.seq AND c.number = l.bound
		ORDER BY l.depth LIMIT 1), 0)
$fn$;

CREATE FUNCTION is_in_use(of_table text, v jsonb) RETURNS boolean LANGUAGE plpgsql AS $fn$
BEGIN
	CASE of_table
		WHEN 'tenants' THEN
			RETURN EXISTS (SELECT FROM warehouses WHERE tenant_id = v->>'id')
				OR EXISTS (SELECT FROM catalogs WHERE tenant_id = v->>'id');
		WHEN 'warehouses' THEN
			RETURN EXISTS (SELECT FROM catalogs
				WHERE tenant_id = v->>'tenant_id' AND warehouse_name = v->>'name');
		WHEN 'catalogs' THEN
			RETURN EXISTS (
				SELECT FROM lines l CROSS JOIN LATERAL entries_between(l.tenant_id, l.id, NULL,
					1::smallint, '', '', 2::smallint, '', NULL, 1)
				WHERE l.tenant_id = v->>'tenant_id' AND l.catalog_id = v->>'id');
		WHEN 'lines' THEN
			RETURN line_is_in_use(v->>'tenant_id', v->>'id');
		ELSE RETURN false;
	END CASE;
END $fn$;

CREATE FUNCTION line_is_in_use(of_tenant text, of_line text) RETURNS boolean LANGUAGE sql STABLE AS $fn$
	SELECT EXISTS (SELECT FROM refs WHERE tenant_id = of_tenant AND line_id = of_line)
		OR EXISTS (SELECT FROM lines WHERE tenant_id = of_tenant AND parent_line_id = of_line)
		OR 2 = (SELECT count(*) FROM (SELECT DISTINCT line FROM merges_of(of_tenant, of_line) LIMIT 2) two)
$fn$;

-- What goes with a row.
CREATE FUNCTION before_delete(of_table text, v jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	of_tenant text := v->>'tenant_id';
	of_id text := v->>'id';
BEGIN
	CASE of_table
		WHEN 'catalogs' THEN
			DELETE FROM refs WHERE tenant_id = of_tenant AND catalog_id = of_id;
			PERFORM delete_content(l.seq) FROM lines l
			WHERE l.tenant_id = of_tenant AND l.catalog_id = of_id;
			DELETE FROM lines WHERE tenant_id = of_tenant AND catalog_id = of_id;
			DELETE FROM merge_conflicts WHERE tenant_id = of_tenant AND operation_id IN (
				SELECT id FROM merge_operations WHERE tenant_id = of_tenant AND catalog_id = of_id);
			DELETE FROM merge_operations WHERE tenant_id = of_tenant AND catalog_id = of_id;
			DELETE FROM claims WHERE tenant_id = of_tenant AND catalog_id = of_id;
			DELETE FROM garbage WHERE tenant_id = of_tenant AND catalog_id = of_id;
		WHEN 'lines' THEN
			PERFORM pass_on(jsonb_populate_record(NULL::lines, v));
			PERFORM leave_garbage((v->>'seq')::bigint);
			PERFORM delete_content((v->>'seq')::bigint);
		WHEN 'merge_operations' THEN
			DELETE FROM merge_conflicts WHERE tenant_id = of_tenant AND operation_id = of_id;
		ELSE NULL;
	END CASE;
END $fn$;

CREATE FUNCTION delete_content(of_seq bigint) RETURNS void LANGUAGE sql AS $fn$
	DELETE FROM entries WHERE line = of_seq;
	DELETE FROM superseded WHERE line = of_seq;
	DELETE FROM merges WHERE line = of_seq;
	DELETE FROM dropped WHERE line = of_seq;
	DELETE FROM commits WHERE line = of_seq;
	DELETE FROM forgotten WHERE line = of_seq;
	DELETE FROM filter_keys WHERE line = of_seq;
$fn$;

-- Sentences C1 and C2. above: the folders that enclose the location; below: what sorts after all inside it.
CREATE FUNCTION take_location(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	taken claims := jsonb_populate_record(NULL::claims, change->'claim');
	held claims;
	others integer := 0;
BEGIN
	-- The second foreign claim refuses whatever the first one is.
	FOR held IN
		SELECT * FROM claims c
		WHERE (c.location = ANY (ARRAY(SELECT jsonb_array_elements_text(change->'above')))
				OR c.location >= taken.location COLLATE "C" AND c.location < change->>'below')
			AND NOT (c.asset_id = taken.asset_id AND c.tenant_id = taken.tenant_id)
		LIMIT 2 FOR UPDATE
	LOOP
		others := others + 1;
		IF others = 2 OR held.state <> 'dropped' OR held.location <> taken.location
			OR held.tenant_id <> taken.tenant_id OR held.uuid <> taken.uuid
		THEN PERFORM refuse('exists'); END IF;
	END LOOP;
	INSERT INTO claims SELECT taken.*
	ON CONFLICT (location) DO UPDATE SET tenant_id = excluded.tenant_id, catalog_id = excluded.catalog_id,
		asset_id = excluded.asset_id, uuid = excluded.uuid, state = excluded.state;
END $fn$;
`;
