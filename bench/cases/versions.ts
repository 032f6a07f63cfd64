import type { Bench } from "../context.ts";
import { openSized, type Sized } from "./growth.ts";
import { branchCreation } from "./versionsBranches.ts";
import { mergeCases } from "./versionsMerges.ts";
import { historyCases, listCases } from "./versionsReads.ts";

/** Branches, history and merges: what they cost, and what they do not. */
export async function versionsCases(bench: Bench): Promise<void> {
	const { tables } = bench.sizes;
	const open = (size: number) => openSized(bench, size);
	const [ten, hundred, thousand] = [
		await open(10),
		await open(100),
		await open(1000),
	];
	const listed = await open(Math.min(10_000, tables));
	const largest = await open(tables);
	await listCases(bench, listed.prepared, listed.tables);
	await historyCases(bench, thousand.prepared);
	await mergeCases(bench, [hundred, listed, largest]);
	await branchCreation(bench, [ten, thousand, largest]);
	const all: Sized[] = [ten, hundred, thousand, listed, largest];
	for (const { prepared } of all) await prepared.stop();
}
