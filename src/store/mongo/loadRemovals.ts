import type { Entry } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { RowDocument } from "./collections.ts";
import { loadDrops } from "./loadLines.ts";
import type { Overlay } from "./overlay.ts";
import { putClaim, putEntry, putRecord } from "./overlay.ts";
import { parsed } from "./queries.ts";

/** Reads what hangs on rows that go: garbage, and what is remembered of drops. */
export async function loadRemoved(
	overlay: Overlay,
	line: string,
	entries: readonly RowDocument[],
): Promise<void> {
	for (const row of entries) putEntry(overlay, row);
	const files = entries.flatMap((row) =>
		row.a === undefined || row.m === undefined ? [] : [idOf(row.a, row.m)],
	);
	await Promise.all([
		loadGarbage(overlay, files),
		loadDrops(overlay, line, assetsIn(entries)),
	]);
}

/** @param files asset and metadata file, joined */
async function loadGarbage(
	overlay: Overlay,
	files: readonly string[],
): Promise<void> {
	for (const row of await overlay.rows.byKeys("garbage", files))
		putRecord(overlay, "garbage", row);
}

export function assetsIn(rows: readonly RowDocument[]): string[] {
	return rows.flatMap((row) => {
		const { entry } = parsed<{ entry: Entry | null }>(row);
		return entry === null ? [] : [entry.id];
	});
}

/** The claims of a catalog. */
export async function loadClaimsOfCatalog(
	overlay: Overlay,
	catalog: string,
): Promise<void> {
	for (const row of await overlay.rows.select("claim", {
		filter: { c: catalog },
	}))
		putClaim(overlay, row);
}
