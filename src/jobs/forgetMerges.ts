import { readOperation } from "../catalog/refs/mergeRecords.ts";
import type { MergeOperationId } from "../model/ids.ts";
import type { Catalog } from "../model/registry.ts";
import type { RecordChange } from "../store/changes.ts";
import type { MergeOperation, Versioned } from "../store/records.ts";
import type { JobDeps } from "./deps.ts";
import type { Lease } from "./lease.ts";

/** Of one step, conflicts included: small, because other writes wait for it. */
const ROWS = 100;

/**
 * Removes the merges of a catalog that were completed or given up by a time,
 * with their conflicts. One that is open stays, however old.
 * @returns how many
 */
export async function forgetMerges(
	deps: JobDeps,
	lease: Lease,
	{ tenant, id }: Catalog,
	toMillis: number,
): Promise<number> {
	const { store, settings } = deps;
	const limit = settings.pageSize;
	let removed = 0;
	for (let after: MergeOperationId | undefined; ; ) {
		const page = await store.merges.operations(tenant, id, { after, limit });
		const over = page.filter((row) => isOver(row, toMillis));
		for (const step of stepsOf(over)) {
			await lease.keep();
			const { outcome } = await store.apply(step);
			// Another runner was faster: what is left is the next round's.
			if (outcome === "applied") removed += step.length;
		}
		if (page.length < limit) return removed;
		after = page.at(-1)?.value.id;
	}
}

function isOver(row: Versioned<MergeOperation>, toMillis: number): boolean {
	const { completedAt } = readOperation(row).detail;
	return completedAt !== null && Date.parse(completedAt) <= toMillis;
}

/** Change sets of few rows each; at least one merge is in it, whatever its conflicts. */
function stepsOf(merges: readonly Versioned<MergeOperation>[]) {
	const steps: RecordChange[][] = [];
	let room = 0;
	for (const row of merges) {
		const rows = 1 + readOperation(row).detail.conflicts;
		if (rows > room) {
			steps.push([]);
			room = ROWS;
		}
		room -= rows;
		const { tenant, id: operation } = row.value;
		steps.at(-1)?.push({
			op: "delete",
			collection: "mergeOperation",
			key: { tenant, operation },
			ifVersion: row.version,
		});
	}
	return steps;
}
