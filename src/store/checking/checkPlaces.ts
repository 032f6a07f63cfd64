import type { MovedRow } from "../moving.ts";
import type { EntryKey } from "../records.ts";
import { idOf } from "../rules/state.ts";
import { pointersOf } from "./pointers.ts";
import { newReport, placeOf } from "./report.ts";

/**
 * Tables and views that a branch or tag shows and that claim no place: somebody
 * else could be given their folder. No store sees to it; use cases do. A claim
 * may say `dropped`: an old commit was made a branch, and while that shows the
 * table its claim gives way to nobody.
 * @returns one line for each, at most 100
 * @throws whatever `rows` throws
 */
export async function checkPlaces(
	rows: AsyncIterable<MovedRow>,
): Promise<readonly string[]> {
	const claimed = new Set<string>();
	const shown = new Map<string, { catalog: string; key: EntryKey }>();
	const pointers = pointersOf(rows, (row) => {
		if (row.part === "claim")
			claimed.add(idOf(row.claim.tenant, row.claim.asset));
	});
	for await (const { tenant, asset, catalog, key } of pointers)
		shown.set(idOf(tenant, asset), { catalog, key });
	const report = newReport();
	for (const [asset, { catalog, key }] of shown)
		if (!claimed.has(asset))
			report.add(
				"what shows claims no place",
				placeOf(`catalog ${catalog}`, key),
			);
	return report.problems;
}
