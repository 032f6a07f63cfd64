import { PangolinError } from "../../model/errors.ts";
import type { MovedRow } from "../moving.ts";
import { checkClaims } from "./checkClaims.ts";
import { checkContent } from "./checkContent.ts";
import { checkLines } from "./checkLines.ts";
import { checkRecord } from "./checkRecords.ts";
import type { Report } from "./report.ts";
import { newReport } from "./report.ts";
import { comesAfter } from "./rowOrder.ts";
import { newSeen } from "./seen.ts";

/**
 * What is wrong with a whole store, from the rows of its `dump`: the rules that
 * every store keeps, whatever it keeps them in. Rows are not held; see seen.ts.
 * @returns one line for each problem, at most 100 of one rule; nothing when all is well
 * @throws PangolinError as `rows` does; what else they throw is a problem of a row
 */
export async function checkRows(
	rows: AsyncIterable<MovedRow>,
): Promise<readonly string[]> {
	const report = newReport();
	const take = takeRows(report);
	const iterator = rows[Symbol.asyncIterator]();
	let before: MovedRow | undefined;
	for (;;) {
		const next = await nextOf(iterator);
		if ("unreadable" in next) {
			const place = before === undefined ? "" : `after a ${before.part}, `;
			// Of half the rows most of what could be said further would be wrong.
			return [
				...report.problems,
				`a row cannot be read: ${place}${next.unreadable}`,
			];
		}
		if (next.done === true) break;
		checkOrder(report, next.value, before);
		take.row(next.value);
		before = next.value;
	}
	take.end();
	return report.problems;
}

async function nextOf(
	rows: AsyncIterator<MovedRow>,
): Promise<IteratorResult<MovedRow> | { readonly unreadable: string }> {
	try {
		return await rows.next();
	} catch (error) {
		if (error instanceof PangolinError || !(error instanceof Error))
			throw error;
		return { unreadable: error.message };
	}
}

function takeRows(report: Report) {
	const seen = newSeen();
	const content = checkContent(seen, report);
	const takeClaim = checkClaims(report);
	return {
		row(row: MovedRow) {
			switch (row.part) {
				case "claim":
					takeClaim(row.claim);
					return;
				case "commit":
				case "merge":
				case "row":
				case "forgotten":
				case "dropped":
					content.take(row);
					return;
				default:
					checkRecord(seen, report, row);
			}
		},
		end() {
			content.end();
			checkLines(seen, report);
		},
	};
}

function checkOrder(
	report: Report,
	row: MovedRow,
	before: MovedRow | undefined,
): void {
	if (before !== undefined && !comesAfter(row, before))
		report.add("rows come twice, or not in order", `a ${row.part}`);
}
