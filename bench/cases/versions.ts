import type { Bench } from "../context.ts";
import { openSized, type Sized } from "./growth.ts";
import { branchCreation } from "./versionsBranches.ts";
import { historyCases, listCases } from "./versionsReads.ts";

/** Branches, history and merges: what they cost, and what they do not. */
export async function versionsCases(bench: Bench): Promise<void> {
	const { tables } = bench.sizes;
	const listed = await openSized(bench, Math.min(10_000, tables));
	await listCases(bench, listed.prepared, listed.tables);
	await listed.prepared.stop();
	const sized: Sized[] = [];
	for (const size of [10, 1000, tables])
		sized.push(await openSized(bench, size));
	await branchCreation(bench, sized);
	const [smallest] = sized;
	if (smallest !== undefined) await historyCases(bench, smallest.prepared);
	for (const { prepared } of sized) await prepared.stop();
}
