/**
 * The condition that a pin lies in the numbers of the superseded row `s` of the
 * line `l` (sentence H1).
 * @param since the given time, microseconds, as SQL
 */
export function isPinned(since: string): string {
	const lies = (number: string, from: string, to: string) =>
		`${number} >= ${from} AND ${number} < ${to}`;
	const tagOf = (line: string, from: string, to: string) =>
		`SELECT 1 FROM refs t WHERE t.tenant_id = ${line}.tenant_id AND t.line_id = ${line}.id
			AND ${lies("t.number", from, to)}`;
	const forkOf = (line: string, from: string, to: string) =>
		`SELECT 1 FROM lines f WHERE f.tenant_id = ${line}.tenant_id AND f.parent_line_id = ${line}.id
			AND ${lies("f.parent_number", from, to)}`;
	return `(EXISTS (${tagOf("l", "s.from_number", "s.to_number")})
		OR EXISTS (${forkOf("l", "s.from_number", "s.to_number")})
		OR EXISTS (
			SELECT 1 FROM merges m JOIN lines a ON a.seq = m.line
			WHERE m.parent_line = l.id AND a.tenant_id = l.tenant_id
			AND ${lies("m.parent_number", "s.from_number", "s.to_number")}
			AND NOT EXISTS (
				SELECT 1 FROM merges n JOIN commits c ON c.line = n.line AND c.number = n.number
				WHERE n.parent_line = m.parent_line AND n.line = m.line AND n.number > m.number
				AND c.time_micros <= ${since}
				AND NOT EXISTS (${tagOf("a", "m.number", "n.number")})
				AND NOT EXISTS (${forkOf("a", "m.number", "n.number")}))))`;
}
