import { textAt } from "../sql/values.ts";
import type { Database } from "./database.ts";

/** One rule that every file keeps; gives a line for each breach. */
export type Check = (db: Database) => string[];

/** More breaches of one rule say nothing new. */
const MOST = 100;

/** A rule as a query that finds its breaches, with a text about each in the first column. */
function rule(what: string, query: string): Check {
	return (db) =>
		db
			.prepare(`${query} LIMIT ${MOST}`)
			.all()
			.map((row) => `${what}: ${textAt(row, 0)}`);
}

const LINE = "'line ' || l.id";
const OF_ENTRY =
	"'line ' || l.id || ', ' || replace(e.parent, char(31), '.') || '.' || e.name";

/** A line that is being removed lacks what was removed already. */
const IS_WHOLE = `NOT EXISTS (
	SELECT 1 FROM forgotten g WHERE g.line = l.seq AND g.from_number = 0 AND g.to_number > l.head)`;

export const CHECKS: readonly Check[] = [
	(db) =>
		db
			.prepare(`PRAGMA integrity_check(${MOST})`)
			.all()
			.map((row) => textAt(row, 0))
			.filter((text) => text !== "ok")
			.map((text) => `damaged: ${text}`),
	rule(
		"a row names one that is missing",
		`SELECT "table" || ' names ' || parent FROM pragma_foreign_key_check`,
	),
	rule(
		"commits are not dense",
		`SELECT ${LINE} || ' has head ' || l.head || ' and commits ' || coalesce(min(c.number), 0)
			|| ' to ' || coalesce(max(c.number), 0) || ', ' || count(c.number)
		FROM lines l LEFT JOIN commits c ON c.line = l.seq WHERE ${IS_WHOLE} GROUP BY l.seq
		HAVING l.head <> count(c.number) OR l.head <> coalesce(max(c.number), 0)`,
	),
	rule(
		"a merge is not what its commit says",
		`SELECT ${LINE} || ', number ' || d.number FROM (
			SELECT * FROM (SELECT c.line, c.number, p.key, p.value ->> 'line', p.value ->> 'number'
				FROM commits c JOIN json_each(c.merged_parents) p WHERE c.merged_parents IS NOT NULL
				EXCEPT SELECT line, number, position, parent_line, parent_number FROM merges)
			UNION
			SELECT * FROM (SELECT m.line, m.number, position, parent_line, parent_number
				FROM merges m JOIN commits o ON o.line = m.line AND o.number = m.number
				-- Behind the parents of the commit comes what passed to it.
				WHERE position < coalesce(json_array_length(o.merged_parents), position + 1)
				EXCEPT SELECT c.line, c.number, p.key, p.value ->> 'line', p.value ->> 'number'
				FROM commits c JOIN json_each(c.merged_parents) p WHERE c.merged_parents IS NOT NULL)
		) d JOIN lines l ON l.seq = d.line WHERE ${IS_WHOLE}`,
	),
	rule(
		"a head's time is not its commit's",
		`SELECT ${LINE} FROM lines l JOIN commits c ON c.line = l.seq AND c.number = l.head
		WHERE c.time_micros <> l.head_time_micros`,
	),
	rule(
		"times do not grow",
		`SELECT ${LINE} || ', number ' || c.number FROM commits c
		JOIN commits p ON p.line = c.line AND p.number = c.number - 1
		JOIN lines l ON l.seq = c.line WHERE c.time_micros <= p.time_micros`,
	),
	rule(
		"a row is newer than its line",
		`SELECT ${OF_ENTRY} FROM entries e JOIN lines l ON l.seq = e.line
		WHERE e.number < 1 OR e.number > l.head`,
	),
	rule(
		"what was dropped is there",
		`SELECT ${LINE} || ', asset ' || d.asset_id FROM dropped d JOIN lines l ON l.seq = d.line
		WHERE d.number < 1 OR d.number > l.head OR EXISTS (
			SELECT 1 FROM entries e WHERE e.line = d.line AND e.asset_id = d.asset_id)`,
	),
	rule(
		"versions do not follow one another",
		`SELECT ${OF_ENTRY} || ', from ' || e.from_number FROM superseded e JOIN lines l ON l.seq = e.line
		WHERE e.from_number >= e.to_number OR NOT EXISTS (
			SELECT 1 FROM superseded n WHERE n.line = e.line AND n.space = e.space
			AND n.parent = e.parent AND n.name = e.name AND n.from_number = e.to_number
			UNION ALL
			SELECT 1 FROM entries n WHERE n.line = e.line AND n.space = e.space
			AND n.parent = e.parent AND n.name = e.name AND n.number = e.to_number
			UNION ALL
			SELECT 1 FROM forgotten g
			WHERE g.line = e.line AND g.from_number <= e.to_number AND g.to_number > e.to_number)`,
	),
	rule(
		"a version ended at another time than the commit that ended it",
		`SELECT ${OF_ENTRY} || ', to ' || e.to_number FROM superseded e
		JOIN lines l ON l.seq = e.line
		LEFT JOIN commits c ON c.line = e.line AND c.number = e.to_number
		WHERE c.time_micros IS NOT e.ended_at_micros`,
	),
	rule(
		"a line forked at a number that its parent has not reached",
		`SELECT ${LINE} FROM lines l JOIN lines p
		ON p.tenant_id = l.tenant_id AND p.id = l.parent_line_id WHERE l.parent_number > p.head`,
	),
	rule(
		"a tag names a number that its line has not reached",
		`SELECT 'tag ' || t.name FROM refs t JOIN lines l
		ON l.tenant_id = t.tenant_id AND l.id = t.line_id WHERE t.number > l.head`,
	),
	rule(
		"a namespace with content is missing",
		`SELECT ${LINE} || ', ' || replace(e.parent, char(31), '.')
		FROM (SELECT DISTINCT line, parent FROM entries WHERE kind IS NOT NULL AND parent <> '') e
		JOIN lines l ON l.seq = e.line
		WHERE l.parent_line_id IS NULL AND ${IS_WHOLE} AND NOT EXISTS (
			SELECT 1 FROM entries n WHERE n.line = e.line AND n.space = 0 AND n.kind = 'namespace'
			AND CASE WHEN n.parent = '' THEN n.name ELSE n.parent || char(31) || n.name END = e.parent)`,
	),
	overlappingClaims,
];

/** In the order of locations, a folder comes before everything inside it. */
function overlappingClaims(db: Database): string[] {
	const problems: string[] = [];
	const above: { location: string; owner: string }[] = [];
	let after = "";
	for (;;) {
		const rows = db
			.prepare(
				`SELECT location, tenant_id || ' ' || asset_id FROM claims
				WHERE location > ? ORDER BY location LIMIT 1000`,
			)
			.all(after);
		if (rows.length === 0 || problems.length >= MOST) return problems;
		for (const row of rows) {
			const location = textAt(row, 0);
			const owner = textAt(row, 1);
			while (
				above.length > 0 &&
				!location.startsWith(above.at(-1)?.location ?? "")
			)
				above.pop();
			const outer = above.find((claim) => claim.owner !== owner);
			if (outer !== undefined)
				problems.push(
					`two assets hold one place: ${outer.location} and ${location}`,
				);
			above.push({ location, owner });
			after = location;
		}
	}
}
