import { isPinned } from "../../../sql/pins.ts";

/** Forgetting (sentences H2, H4, H5 and H6). */
export const HISTORY_SQL = `
-- The metadata files of superseded rows and of the current ones become garbage of their assets.
CREATE FUNCTION leave_garbage(of_seq bigint) RETURNS void LANGUAGE sql AS $fn$
	INSERT INTO garbage (tenant_id, catalog_id, asset_id, metadata_location, version)
	SELECT l.tenant_id, l.catalog_id, r.asset_id, r.metadata_location, 1
	FROM lines l JOIN (
		SELECT line, asset_id, metadata_location FROM entries
		UNION ALL SELECT line, asset_id, metadata_location FROM superseded
	) r ON r.line = l.seq
	WHERE l.seq = of_seq AND r.metadata_location IS NOT NULL
	ON CONFLICT DO NOTHING
$fn$;

-- Removes superseded rows of a line that ended in time and that no pin shows.
CREATE FUNCTION forget_rows(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	found_line lines;
	until_micros bigint := (change->>'toMicros')::bigint;
	gone int8multirange;
BEGIN
	SELECT * INTO found_line FROM lines
	WHERE tenant_id = change->>'tenant' AND id = change->>'line';
	IF NOT FOUND THEN PERFORM refuse('missing'); END IF;
	WITH removed AS (
		DELETE FROM superseded s USING lines l, jsonb_array_elements(change->'rows') k
		WHERE l.seq = found_line.seq AND s.line = l.seq
			AND s.space = (k.value->>0)::smallint AND s.parent = k.value->>1 AND s.name = k.value->>2
			AND s.from_number = (k.value->>3)::bigint
			AND s.ended_at_micros <= until_micros AND NOT ${isPinned("until_micros")}
		RETURNING s.from_number, s.to_number, s.asset_id, s.metadata_location
	), left_behind AS (
		INSERT INTO garbage (tenant_id, catalog_id, asset_id, metadata_location, version)
		SELECT DISTINCT found_line.tenant_id, found_line.catalog_id, asset_id, metadata_location, 1
		FROM removed WHERE metadata_location IS NOT NULL
		ON CONFLICT DO NOTHING
	), lost AS (
		-- A drop whose asset cannot come back any more.
		DELETE FROM dropped d USING removed r
		WHERE d.line = found_line.seq AND d.asset_id = r.asset_id AND d.number = r.to_number
	)
	SELECT range_agg(int8range(from_number, to_number)) INTO gone FROM removed;
	PERFORM mark_forgotten(found_line.seq, lower(part), upper(part))
	FROM unnest(coalesce(gone, '{}'::int8multirange)) part;
END $fn$;

-- Adds numbers to what a line has forgotten; stretches that touch become one.
CREATE FUNCTION mark_forgotten(of_seq bigint, first_number bigint, end_number bigint)
RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
	WITH touching AS (
		DELETE FROM forgotten
		WHERE line = of_seq AND to_number >= first_number AND from_number <= end_number
		RETURNING from_number, to_number
	)
	SELECT least(first_number, min(from_number)), greatest(end_number, max(to_number))
	INTO first_number, end_number FROM touching;
	INSERT INTO forgotten (line, from_number, to_number) VALUES (of_seq, first_number, end_number);
END $fn$;

-- The merges of a line by others, and the greatest number that each took in.
CREATE FUNCTION merges_of(of_tenant text, of_line text)
RETURNS TABLE (line bigint, id text, number bigint, taken bigint) LANGUAGE sql STABLE AS $fn$
	SELECT m.line, a.id, m.number, max(m.parent_number)
	FROM merges m JOIN lines a ON a.seq = m.line
	WHERE m.parent_line = of_line AND a.tenant_id = of_tenant AND a.id <> of_line
	GROUP BY m.line, a.id, m.number
$fn$;

-- Takes its merges from a line that goes (sentence H6).
CREATE FUNCTION pass_on(l lines) RETURNS void LANGUAGE sql AS $fn$
	INSERT INTO merges (line, number, position, parent_line, parent_number)
	SELECT t.line, t.number,
		(SELECT max(position) FROM merges p WHERE p.line = t.line AND p.number = t.number)
			+ row_number() OVER (PARTITION BY t.line, t.number ORDER BY b.parent_line),
		b.parent_line, b.parent_number
	FROM merges_of(l.tenant_id, l.id) t CROSS JOIN LATERAL (
		SELECT parent_line, max(parent_number) AS parent_number FROM (
			SELECT m.parent_line, m.parent_number FROM merges m
			WHERE m.line = l.seq AND m.number <= t.taken
			UNION ALL
			SELECT l.parent_line_id, l.parent_number WHERE l.parent_line_id IS NOT NULL) behind
		WHERE parent_line <> l.id AND parent_line <> t.id GROUP BY parent_line) b
	WHERE NOT EXISTS (
		SELECT FROM merges o WHERE o.line = t.line AND o.number = t.number
		AND o.parent_line = b.parent_line AND o.parent_number >= b.parent_number);
	DELETE FROM merges WHERE line = l.seq;
$fn$;

-- Removes the first rows of what a line that nothing needs holds; with the last of them the line.
CREATE FUNCTION forget_line(change jsonb) RETURNS void LANGUAGE plpgsql AS $fn$
DECLARE
	l lines;
	room integer := (change->>'limit')::integer;
	removed integer;
BEGIN
	SELECT * INTO l FROM lines WHERE tenant_id = change->>'tenant' AND id = change->>'line';
	IF NOT FOUND THEN PERFORM refuse('missing'); END IF;
	IF line_is_in_use(l.tenant_id, l.id) THEN PERFORM refuse('notEmpty'); END IF;
	PERFORM pass_on(l);
	PERFORM mark_forgotten(l.seq, 0, l.head + 1);
	DELETE FROM dropped WHERE line = l.seq;
	removed := forget_first_entries(l, room);
	room := room - removed;
	removed := forget_first_superseded(l, room);
	room := room - removed;
	DELETE FROM commits WHERE line = l.seq AND number IN (
		SELECT number FROM commits WHERE line = l.seq ORDER BY number LIMIT room);
	GET DIAGNOSTICS removed = ROW_COUNT;
	IF removed < room THEN
		PERFORM delete_content(l.seq);
		DELETE FROM lines WHERE seq = l.seq;
	END IF;
END $fn$;
${forgetFirst("entries", "number")}
${forgetFirst("superseded", "from_number")}
`;

/** Removes at most so many of a line's first rows, whose files become garbage; gives how many. */
function forgetFirst(table: "entries" | "superseded", number: string): string {
	const key = ["space", "parent", "name", number];
	return `
CREATE FUNCTION forget_first_${table}(l lines, most integer) RETURNS integer LANGUAGE sql AS $fn$
	WITH removed AS (
		DELETE FROM ${table} WHERE line = l.seq AND (${key.join(", ")}) IN (
			SELECT ${key.join(", ")} FROM ${table} WHERE line = l.seq
			ORDER BY ${key.join(", ")} LIMIT most)
		RETURNING asset_id, metadata_location
	), left_behind AS (
		INSERT INTO garbage (tenant_id, catalog_id, asset_id, metadata_location, version)
		SELECT DISTINCT l.tenant_id, l.catalog_id, asset_id, metadata_location, 1
		FROM removed WHERE metadata_location IS NOT NULL
		ON CONFLICT DO NOTHING
	)
	SELECT count(*)::integer FROM removed
$fn$;`;
}
