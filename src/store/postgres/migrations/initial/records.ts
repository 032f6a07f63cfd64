/** Records (sentences W5 to W8), whatever their collection; a change names its table and columns. */
export const RECORDS_SQL = `
-- The condition that a row r has the key $1.
CREATE FUNCTION key_condition(of_key jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $fn$
	SELECT string_agg(format('r.%I = $1->>%L', k, k), ' AND ') FROM jsonb_object_keys(of_key) k
$fn$;

CREATE FUNCTION columns_of(of_value jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $fn$
	SELECT string_agg(quote_ident(k), ', ') FROM jsonb_object_keys(of_value) k
$fn$;

-- The row with a key as JSON, null without one.
CREATE FUNCTION find_record(of_table text, of_key jsonb) RETURNS jsonb LANGUAGE plpgsql AS $fn$
DECLARE
	found_row jsonb;
BEGIN
	EXECUTE format('SELECT to_jsonb(r) FROM %I r WHERE %s', of_table, key_condition(of_key))
	INTO found_row USING of_key;
	RETURN found_row;
END $fn$;

CREATE FUNCTION insert_record(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	of_table text := change->>'table';
	new_row jsonb := change->'value';
BEGIN
	IF find_record(of_table, change->'key') IS NOT NULL OR is_id_taken(of_table, new_row)
	THEN PERFORM refuse('exists'); END IF;
	IF lacks(of_table, new_row) THEN PERFORM refuse('missing'); END IF;
	IF of_table = 'lines' THEN
		new_row := new_row || jsonb_build_object('head', 0, 'head_time_micros',
			start_time(new_row->>'tenant_id', new_row->>'parent_line_id', (new_row->>'parent_number')::bigint));
	END IF;
	EXECUTE format('INSERT INTO %1$I (%2$s, version) SELECT %2$s, 1 FROM jsonb_populate_record(NULL::%1$I, $1)',
		of_table, columns_of(new_row)) USING new_row;
	IF change ? 'shown' THEN
		INSERT INTO filter_keys (line, space, parent, name)
		SELECT l.seq, (k.value->>0)::smallint, k.value->>1, k.value->>2
		FROM lines l, jsonb_array_elements(change->'shown') k
		WHERE l.tenant_id = new_row->>'tenant_id' AND l.id = new_row->>'id'
		ON CONFLICT DO NOTHING;
	END IF;
END $fn$;

-- set: the columns that change; value: all of them.
CREATE FUNCTION update_record(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	of_table text := change->>'table';
	of_key jsonb := change->'key';
	new_row jsonb := change->'value';
	old_row jsonb := find_record(of_table, of_key);
	is_renamed boolean := change->'newKey' <> of_key;
BEGIN
	IF old_row IS NULL THEN PERFORM refuse('missing'); END IF;
	IF old_row->'version' <> change->'ifVersion' THEN PERFORM refuse('stale'); END IF;
	IF is_renamed AND find_record(of_table, change->'newKey') IS NOT NULL
	THEN PERFORM refuse('exists'); END IF;
	IF lacks(of_table, new_row) THEN PERFORM refuse('missing'); END IF;
	IF is_renamed AND of_table = 'warehouses' THEN
		-- The new name itself arrives by the foreign key's ON UPDATE CASCADE.
		UPDATE catalogs SET version = version + 1
		WHERE tenant_id = of_key->>'tenant_id' AND warehouse_name = of_key->>'name';
	END IF;
	EXECUTE format(
		'UPDATE %1$I r SET (%2$s, version) = (SELECT %2$s, r.version + 1 FROM jsonb_populate_record(NULL::%1$I, $2)) WHERE %3$s',
		of_table, columns_of(change->'set'), key_condition(of_key)) USING of_key, change->'set';
END $fn$;

CREATE FUNCTION delete_record(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	of_table text := change->>'table';
	old_row jsonb := find_record(of_table, change->'key');
BEGIN
	IF old_row IS NULL THEN
		IF change ? 'ifVersion' THEN PERFORM refuse('missing'); END IF;
		RETURN;
	END IF;
	IF old_row->'version' <> change->'ifVersion' THEN PERFORM refuse('stale'); END IF;
	IF is_in_use(of_table, old_row) THEN PERFORM refuse('notEmpty'); END IF;
	PERFORM before_delete(of_table, old_row);
	EXECUTE format('DELETE FROM %I r WHERE %s', of_table, key_condition(change->'key'))
	USING change->'key';
END $fn$;

-- version: null is absent.
CREATE FUNCTION check_record(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	found_row jsonb := find_record(change->>'table', change->'key');
BEGIN
	IF change->>'version' IS NULL THEN
		IF found_row IS NOT NULL THEN PERFORM refuse('exists'); END IF;
	ELSIF (found_row->'version') IS DISTINCT FROM change->'version' THEN
		PERFORM refuse('stale');
	END IF;
END $fn$;
`;
