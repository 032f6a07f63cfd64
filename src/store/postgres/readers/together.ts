import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { numberAt } from "../../sql/values.ts";
import { askTogether } from "../../together.ts";
import type { Read } from "./rows.ts";

/** Of point reads. */
const MAX_ASKS = 100;

/**
 * The parameters of a statement, each an array of this type, as rows. The planner
 * must not see how long they are: it would take a short list to be so much
 * cheaper than the ten rows that it expects that it planned anew each time,
 * which costs several times the read.
 */
export function unnested(...types: readonly string[]): string {
	const lists = types.map((type, i) => `(SELECT $${i + 1}::${type}[])`);
	return `unnest(${lists.join(", ")})`;
}

/**
 * Point reads that wait together are one statement, which sees all that was
 * applied before each of them was asked; the same one is asked once for all.
 * @param sql takes one array for each parameter, and gives at most one row for
 *   each place in them: the place, from 1, then what is asked for
 * @param most of them in one statement
 * @returns the row for one set of parameters, without its place
 */
export function readTogether(
	read: Read,
	sql: string,
	most = MAX_ASKS,
): (params: readonly SqlValue[]) => Promise<SqlRow | undefined> {
	return askTogether(async (asked) => {
		const texts = asked.map((params) => JSON.stringify(params));
		const questions = new Map(asked.map((params, i) => [texts[i], params]));
		const distinct = [...questions.values()];
		const columns = asked[0]?.map((_, i) =>
			distinct.map((params) => params[i] ?? null),
		);
		const rows = new Map<number, SqlRow>();
		for (const row of await read(sql, columns ?? []))
			rows.set(numberAt(row, 0), row.slice(1));
		const answers = new Map(
			Array.from(questions.keys(), (text, i) => [text, rows.get(i + 1)]),
		);
		return texts.map((text) => answers.get(text));
	}, most);
}
