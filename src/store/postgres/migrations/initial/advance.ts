import { ENTRY_COLUMNS } from "../../../sql/contents.ts";

const VALUE = ENTRY_COLUMNS.join(", ");
const GIVEN = ENTRY_COLUMNS.map((column) => `change->'value'->>'${column}'`);

/** Commits: see `Advance` and `RequireHead`, and `encode.ts` for the shape of the JSON. */
export const ADVANCE_SQL = `
-- Appends one commit to a line. Gives line, number, timeMicros.
CREATE FUNCTION advance(change jsonb) RETURNS jsonb LANGUAGE plpgsql AS $fn$
DECLARE
	l lines;
	n bigint;
	micros bigint;
	made jsonb := change->'commit';
	entry jsonb;
	place integer := 0;
BEGIN
	SELECT * INTO l FROM lines
	WHERE tenant_id = change->>'tenant' AND id = change->>'line' AND catalog_id = change->>'catalog';
	IF NOT FOUND THEN PERFORM refuse('missing'); END IF;
	IF change->>'branch' IS NOT NULL THEN
		PERFORM FROM refs WHERE tenant_id = l.tenant_id AND catalog_id = l.catalog_id
			AND name = change->>'branch' AND line_id = l.id AND kind = 'branch';
		IF NOT FOUND THEN PERFORM refuse('missing'); END IF;
	END IF;
	n := l.head + 1;
	micros := greatest((change->>'nowMicros')::bigint, l.head_time_micros + 1);
	FOR entry IN SELECT value FROM jsonb_array_elements(change->'entries') LOOP
		PERFORM change_entry(l, entry, place, n, micros);
		place := place + 1;
	END LOOP;
	INSERT INTO commits (line, number, id, merged_parents, author, author_name, message, time_micros, keys)
	VALUES (l.seq, n, made->>'id', made->>'merged_parents', made->>'author', made->>'author_name',
		made->>'message', micros, made->>'keys');
	IF made->>'merged_parents' IS NOT NULL THEN
		INSERT INTO merges (line, number, position, parent_line, parent_number)
		SELECT l.seq, n, p.position - 1, p.value->>'line', (p.value->>'number')::bigint
		FROM jsonb_array_elements((made->>'merged_parents')::jsonb) WITH ORDINALITY p (value, position);
	END IF;
	UPDATE lines SET head = n, head_time_micros = micros WHERE seq = l.seq;
	RETURN jsonb_build_object('line', l.id, 'number', n, 'timeMicros', micros);
END $fn$;

-- One change of a commit on a line: checks it, and writes its row.
CREATE FUNCTION change_entry(l lines, change jsonb, place integer, n bigint, micros bigint)
RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	op text := change->>'op';
	of_space smallint := (change->>'space')::smallint;
	of_parent text := change->>'parent';
	of_name text := change->>'name';
	shown shown_entry;
BEGIN
	SELECT * INTO shown FROM entry_at(l.tenant_id, l.id, NULL, of_space, of_parent, of_name);
	IF op = 'create' THEN
		IF FOUND THEN PERFORM refuse('exists', place); END IF;
		IF of_parent <> '' THEN
			PERFORM FROM entry_at(l.tenant_id, l.id, NULL, 0::smallint,
				change->'enclosing'->>0, change->'enclosing'->>1);
			IF NOT FOUND THEN PERFORM refuse('missing', place); END IF;
		END IF;
	ELSE
		IF NOT FOUND THEN PERFORM refuse('missing', place); END IF;
		IF shown.line <> change->'ifVersion'->>0
			OR shown.number <> (change->'ifVersion'->>1)::bigint
		THEN PERFORM refuse('stale', place); END IF;
		IF op = 'require' THEN RETURN; END IF;
		IF op = 'drop' AND of_space = 0 AND shows_content(l, change->>'path')
		THEN PERFORM refuse('notEmpty', place); END IF;
	END IF;
	PERFORM write_entry(l.seq, of_space, of_parent, of_name, change, n, micros);
	IF shown.asset_id IS DISTINCT FROM change->'value'->>'asset_id' THEN
		PERFORM remember_drop(l.seq, shown, of_space, of_parent, of_name, change, n);
	END IF;
END $fn$;

-- Whether a line shows anything in a namespace.
CREATE FUNCTION shows_content(l lines, path text) RETURNS boolean LANGUAGE sql STABLE AS $fn$
	SELECT EXISTS (SELECT FROM entries_between(l.tenant_id, l.id, NULL,
			0::smallint, path, '', 0::smallint, path, NULL, 1))
		OR EXISTS (SELECT FROM entries_between(l.tenant_id, l.id, NULL,
			1::smallint, path, '', 1::smallint, path, NULL, 1))
$fn$;

CREATE FUNCTION write_entry(
	of_seq bigint, of_space smallint, of_parent text, of_name text, change jsonb, n bigint, micros bigint
) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
	INSERT INTO superseded (line, space, parent, name, from_number, to_number, ended_at_micros, ${VALUE})
	SELECT line, space, parent, name, number, n, micros, ${VALUE} FROM entries
	WHERE line = of_seq AND space = of_space AND parent = of_parent AND name = of_name AND number < n;
	INSERT INTO entries (line, space, parent, name, number, ${VALUE})
	VALUES (of_seq, of_space, of_parent, of_name, n, ${GIVEN.join(", ")})
	ON CONFLICT (line, space, parent, name) DO UPDATE SET number = excluded.number,
		${ENTRY_COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")};
END $fn$;

-- Sentence L15: another asset, or none, takes the place of the one shown.
CREATE FUNCTION remember_drop(
	of_seq bigint, shown shown_entry, of_space smallint, of_parent text, of_name text, change jsonb, n bigint
) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
	IF change->>'isFinal' = 'true' THEN
		DELETE FROM dropped WHERE line = of_seq AND asset_id = shown.asset_id;
	ELSIF shown.asset_id IS NOT NULL THEN
		INSERT INTO dropped (line, asset_id, number, space, parent, name)
		VALUES (of_seq, shown.asset_id, n, of_space, of_parent, of_name)
		ON CONFLICT (line, asset_id) DO UPDATE SET number = excluded.number,
			space = excluded.space, parent = excluded.parent, name = excluded.name;
	END IF;
	DELETE FROM dropped WHERE line = of_seq AND asset_id = change->'value'->>'asset_id';
END $fn$;

CREATE FUNCTION require_head(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	found_head bigint;
BEGIN
	SELECT head INTO found_head FROM lines
	WHERE tenant_id = change->>'tenant' AND id = change->>'line';
	IF NOT FOUND THEN PERFORM refuse('missing'); END IF;
	IF found_head <> (change->>'head')::bigint THEN PERFORM refuse('stale'); END IF;
END $fn$;
`;
