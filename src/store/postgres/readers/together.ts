import type { SqlRow, SqlValue } from "../../sql/values.ts";
import { numberAt } from "../../sql/values.ts";
import type { Read } from "./rows.ts";

/** Statements on their way at once: while one is answered, the next one gathers. */
const MAX_STATEMENTS = 2;
const MAX_ASKS = 100;

interface Waiting {
	readonly params: readonly SqlValue[];
	resolve(row: SqlRow | undefined): void;
	reject(error: unknown): void;
}

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
 * Point reads that wait together travel together: a round trip, the start of a
 * plan and a message cost as much for many rows as for one. A read that is alone
 * goes at once, and each statement sees all that was applied before it was asked.
 * @param sql takes one array for each parameter, and gives at most one row for
 *   each place in them: the place, from 1, then what is asked for
 * @returns the row for one set of parameters, without its place
 */
export function readTogether(
	read: Read,
	sql: string,
): (params: readonly SqlValue[]) => Promise<SqlRow | undefined> {
	let waiting: Waiting[] = [];
	let statements = 0;
	let isGathering = false;

	function send(): void {
		isGathering = false;
		while (statements < MAX_STATEMENTS && waiting.length > 0) {
			const asked = waiting.slice(0, MAX_ASKS);
			waiting = waiting.slice(MAX_ASKS);
			statements++;
			void answer(read, sql, asked).then(() => {
				statements--;
				send();
			});
		}
	}

	return (params) =>
		new Promise((resolve, reject) => {
			waiting.push({ params, resolve, reject });
			if (isGathering || statements === MAX_STATEMENTS) return;
			isGathering = true;
			// After all that came in with this one.
			setImmediate(send);
		});
}

/** Answers all of them; does not reject. */
async function answer(
	read: Read,
	sql: string,
	asked: readonly Waiting[],
): Promise<void> {
	try {
		const columns = asked[0]?.params.map((_, i) =>
			asked.map(({ params }) => params[i] ?? null),
		);
		const rows = new Map<number, SqlRow>();
		for (const row of await read(sql, columns ?? []))
			rows.set(numberAt(row, 0), row.slice(1));
		for (const [i, { resolve }] of asked.entries()) resolve(rows.get(i + 1));
	} catch (error) {
		for (const { reject } of asked) reject(error);
	}
}
