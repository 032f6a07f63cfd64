import { compareUtf8 } from "../../../model/names.ts";
import type { ExpiredRow, HistoryReader } from "../../contract.ts";
import type { Garbage, Line } from "../../records.ts";
import { expiredRows } from "../../rules/history.ts";
import { idOf, keepsNumber } from "../../rules/state.ts";
import { loadPins } from "../loadHistory.ts";
import { loadStretches } from "../loadLines.ts";
import type { Overlay } from "../overlay.ts";
import { loadLine, putEntry, stateOf } from "../overlay.ts";
import { below, parsed, type Rows } from "../queries.ts";
import type { ReadContext } from "./context.ts";

export function historyReader({ read, readOver }: ReadContext): HistoryReader {
	return {
		lines: (tenant, catalog, { after, limit }) =>
			read(async (rows) => {
				const start = after === undefined ? undefined : [tenant, after];
				const found = await rows.select("line", {
					filter: { c: idOf(tenant, catalog), k: below([tenant], start) },
					sort: { k: 1 },
					limit,
				});
				return found.map((row) => parsed<Line>(row).id);
			}),
		expired: (tenant, id, { fromMicros, toMicros }, limit) =>
			readOver(async (overlay) => {
				const line = await loadLine(overlay, tenant, id);
				if (line === undefined) return [];
				await loadPins(overlay, idOf(tenant, id));
				return await expired(overlay, line, { fromMicros, toMicros }, limit);
			}),
		isKept: (tenant, id, number) =>
			readOver(async (overlay) => {
				const line = await loadLine(overlay, tenant, id);
				if (line === undefined) return false;
				await loadStretches(overlay, idOf(tenant, id), number);
				return keepsNumber(stateOf(overlay), line, number);
			}),
		garbage: (tenant, catalog, { after, limit }) =>
			read(async (rows) => {
				const start = after && [tenant, after.asset, after.metadataLocation];
				const found = await rows.select("garbage", {
					filter: { c: idOf(tenant, catalog), k: below([tenant], start) },
					sort: { k: 1 },
					limit,
				});
				return found.map((row) => parsed<Garbage>(row));
			}),
		metadataOf: (tenant, asset, { after, limit }) =>
			read((rows) => metadataOf(rows, idOf(tenant, asset), after, limit)),
	};
}

/** Reads rows that ended in time, piece after piece, until enough of them are not pinned. */
async function expired(
	overlay: Overlay,
	line: Line,
	{ fromMicros, toMicros }: { fromMicros: number; toMicros: number },
	limit: number,
): Promise<ExpiredRow[]> {
	const l = idOf(line.tenant, line.id);
	for (let size = limit + 1; ; size *= 2) {
		const rows = await overlay.rows.select("entry", {
			filter: {
				l,
				et: { $gte: fromMicros, $lte: toMicros },
				en: { $lte: line.head },
			},
			sort: { et: 1, k: 1 },
			limit: size,
		});
		for (const row of rows) putEntry(overlay, row);
		const found = expiredRows(stateOf(overlay), line, toMicros).filter(
			({ endedAtMicros }) => endedAtMicros >= fromMicros,
		);
		if (found.length >= limit || rows.length < size)
			return found.slice(0, limit);
	}
}

/** The files that rows name, each once; a file that many rows name is skipped over. */
async function metadataOf(
	rows: Rows,
	a: string,
	after: string | undefined,
	limit: number,
): Promise<string[]> {
	const found = new Set<string>();
	let start = after;
	for (let size = limit + 1; found.size < limit; size *= 2) {
		const piece = await rows.select("entry", {
			filter: {
				a,
				m: start === undefined ? { $exists: true } : { $gt: start },
			},
			sort: { m: 1 },
			limit: size,
		});
		for (const { m } of piece) if (m !== undefined) found.add(m);
		start = piece.at(-1)?.m ?? start;
		if (piece.length < size) break;
	}
	return [...found].sort(compareUtf8).slice(0, limit);
}
