import type { Line } from "../../records.ts";
import { numberAt, textAt } from "../../sql/values.ts";
import type { Database } from "../database.ts";

const OF_OTHERS = `FROM merges m JOIN lines a ON a.seq = m.line
	WHERE m.parent_line = ?2 AND a.tenant_id = ?1 AND a.id <> ?2`;
const MERGING_LINES = `SELECT count(*) FROM (SELECT DISTINCT m.line ${OF_OTHERS} LIMIT 2)`;
const MERGES_OF = `SELECT m.line, a.id, m.number, max(m.parent_number) ${OF_OTHERS}
	GROUP BY m.line, m.number`;
/** What the line ?1 (its id: ?2) passes to the merge ?5 of the line ?3 (its id: ?4), which took in ?6. */
const PASS = `INSERT INTO merges (line, number, position, parent_line, parent_number)
	SELECT ?3, ?5,
		(SELECT max(position) FROM merges WHERE line = ?3 AND number = ?5)
			+ row_number() OVER (ORDER BY b.parent_line),
		b.parent_line, b.parent_number
	FROM (
		SELECT parent_line, max(parent_number) AS parent_number FROM (
			SELECT parent_line, parent_number FROM merges WHERE line = ?1 AND number <= ?6
			UNION ALL
			SELECT parent_line_id, parent_number FROM lines
			WHERE seq = ?1 AND parent_line_id IS NOT NULL)
		WHERE parent_line <> ?2 AND parent_line <> ?4 GROUP BY parent_line) b
	WHERE NOT EXISTS (
		SELECT 1 FROM merges t WHERE t.line = ?3 AND t.number = ?5
		AND t.parent_line = b.parent_line AND t.parent_number >= b.parent_number)`;

/** Whether two other lines merged a line. */
export function isMergedByTwo(db: Database, { tenant, id }: Line): boolean {
	return db.prepare(MERGING_LINES).get(tenant, id)?.[0] === 2;
}

/** Takes its merges from a line that goes (sentence H6). */
export function passOn(db: Database, { tenant, id }: Line, seq: number): void {
	for (const row of db.prepare(MERGES_OF).all(tenant, id))
		db.prepare(PASS).run(
			...[seq, id, numberAt(row, 0), textAt(row, 1)],
			...[numberAt(row, 2), numberAt(row, 3)],
		);
	db.prepare("DELETE FROM merges WHERE line = ?").run(seq);
}
