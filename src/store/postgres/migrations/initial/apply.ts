/** The one function that a store calls to write. Its argument is made by `encode.ts`. */
export const APPLY_SQL = `
-- Ends a change set with a refusal; apply_set catches it.
CREATE FUNCTION refuse(reason text, entry integer DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'PNGLR', MESSAGE = reason, DETAIL = coalesce(entry::text, '');
END $fn$;

-- Applies change sets one after another, each wholly or not at all, and gives the
-- outcome of each. At READ COMMITTED every statement sees what was committed
-- before it began, and the locks, taken before anything is read, keep all that a
-- set decides on as it is until the end of the transaction. They are taken in one
-- order, so that no two calls wait for one another.
CREATE FUNCTION apply_sets(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $fn$
DECLARE
	lock record;
	result jsonb := '[]';
	change_set jsonb;
BEGIN
	FOR lock IN
		SELECT hashtextextended(key, 0) AS id, bool_or(value = 'true') AS is_exclusive
		FROM jsonb_each(request->'locks') GROUP BY 1 ORDER BY 1
	LOOP
		IF lock.is_exclusive THEN PERFORM pg_advisory_xact_lock(lock.id);
		ELSE PERFORM pg_advisory_xact_lock_shared(lock.id);
		END IF;
	END LOOP;
	FOR change_set IN SELECT value FROM jsonb_array_elements(request->'sets') LOOP
		result := result || apply_set(change_set);
	END LOOP;
	RETURN result;
END $fn$;

CREATE FUNCTION apply_set(changes jsonb) RETURNS jsonb LANGUAGE plpgsql AS $fn$
DECLARE
	change jsonb;
	place integer := 0;
	commits jsonb := '[]';
	text_of_error text;
	entry text;
BEGIN
	FOR change IN SELECT value FROM jsonb_array_elements(changes) LOOP
		CASE change->>'op'
			WHEN 'advance' THEN commits := commits || advance(change);
			WHEN 'requireHead' THEN PERFORM require_head(change);
			WHEN 'insert' THEN PERFORM insert_record(change);
			WHEN 'update' THEN PERFORM update_record(change);
			WHEN 'delete' THEN PERFORM delete_record(change);
			WHEN 'check' THEN PERFORM check_record(change);
			WHEN 'claim' THEN PERFORM take_location(change);
			WHEN 'setClaims' THEN
				UPDATE claims SET state = change->>'state'
				WHERE asset_id = change->>'asset' AND tenant_id = change->>'tenant';
			WHEN 'releaseClaims' THEN
				DELETE FROM claims WHERE asset_id = change->>'asset' AND tenant_id = change->>'tenant';
			WHEN 'forget' THEN PERFORM forget_rows(change);
			WHEN 'forgetLine' THEN PERFORM forget_line(change);
		END CASE;
		place := place + 1;
	END LOOP;
	RETURN jsonb_build_object('outcome', 'applied', 'commits', commits);
EXCEPTION
	WHEN SQLSTATE 'PNGLR' THEN
		GET STACKED DIAGNOSTICS text_of_error = MESSAGE_TEXT, entry = PG_EXCEPTION_DETAIL;
		RETURN jsonb_build_object('outcome', 'refused', 'reason', text_of_error, 'at',
			jsonb_strip_nulls(jsonb_build_object('change', place, 'entry', nullif(entry, '')::integer)));
	WHEN integrity_constraint_violation OR data_exception OR case_not_found THEN
		GET STACKED DIAGNOSTICS text_of_error = MESSAGE_TEXT;
		RETURN jsonb_build_object('outcome', 'bug', 'message', text_of_error);
END $fn$;
`;
