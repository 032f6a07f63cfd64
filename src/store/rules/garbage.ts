import type { Line } from "../records.ts";
import type { State, StoredRow } from "./state.ts";
import { idOf } from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** Makes garbage of the metadata file that a removed row names (sentence H5). */
export function leaveGarbage(
	state: State,
	tx: Transaction,
	{ tenant, catalog }: Line,
	{ entry }: StoredRow,
): void {
	if (entry?.kind !== "table" && entry?.kind !== "view") return;
	const { id: asset, metadataLocation } = entry;
	const id = idOf(tenant, asset, metadataLocation);
	if (state.garbage.has(id)) return;
	const value = { tenant, catalog, asset, metadataLocation };
	tx.set(state.garbage, id, { value, version: 1 });
}

/** Removes what a line holds, beside its record. */
export function removeContent(state: State, tx: Transaction, line: Line): void {
	const id = idOf(line.tenant, line.id);
	for (const { rows } of state.contents.get(id)?.histories.values() ?? [])
		for (const row of rows) leaveGarbage(state, tx, line, row);
	tx.delete(state.contents, id);
	tx.delete(state.forgotten, id);
}
