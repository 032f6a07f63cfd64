import type { Migration } from "./migration.ts";

/** Names of what a line shows, for those who may have them already. */
export const NAMES: Migration = {
	version: 2,
	name: "names",
	sql: `
-- The names of these kinds that a line shows in a namespace after a name, joined
-- by U+001F, which is in no name; null for who knows them. state: what they rest
-- on, which is what counts of the line and of each ancestor; as long as it is the
-- same, so are they. A line that has the id of one that went has another seq. A
-- number that was given again, by a database that lost its last commits, has
-- another time.
CREATE FUNCTION names_shown(
	of_tenant text, of_line text, at_number bigint,
	of_space smallint, of_parent text, after_name text, kinds text[], most integer,
	known text, OUT state text, OUT names text
) LANGUAGE plpgsql STABLE AS $fn$
DECLARE
	level record;
	line_id text := of_line;
	bound bigint := at_number;
	own_seq bigint;
BEGIN
	state := '';
	WHILE line_id IS NOT NULL LOOP
		SELECT l.seq, l.head, l.head_time_micros, l.parent_line_id, l.parent_number INTO level
		FROM lines l WHERE l.tenant_id = of_tenant AND l.id = line_id;
		EXIT WHEN NOT FOUND;
		IF state = '' AND level.parent_line_id IS NULL AND (bound IS NULL OR bound >= level.head)
		THEN own_seq := level.seq;
		END IF;
		IF bound < level.head THEN
			SELECT c.number, c.time_micros INTO level.head, level.head_time_micros
			FROM commits c WHERE c.line = level.seq AND c.number = bound;
		END IF;
		state := concat(state, level.seq, '.', level.head, '.', level.head_time_micros, ' ');
		line_id := level.parent_line_id;
		bound := level.parent_number;
	END LOOP;
	IF state = known THEN RETURN; END IF;
	IF own_seq IS NOT NULL THEN
		SELECT string_agg(shown.name, chr(31)) INTO names FROM (
			SELECT e.name FROM entries e
			WHERE e.line = own_seq AND e.space = of_space AND e.parent = of_parent
				AND e.name > after_name AND e.kind = ANY (kinds)
			ORDER BY e.name LIMIT most) shown;
	ELSE
		SELECT string_agg(shown.name, chr(31)) INTO names FROM entries_between(
			of_tenant, of_line, at_number, of_space, of_parent, after_name, of_space, of_parent, kinds, most) shown;
	END IF;
	names := coalesce(names, '');
END $fn$;
`,
};
