import type { CommitReader, DropReader } from "../../contract.ts";
import type { Commit, DroppedAsset, Merge } from "../../records.ts";
import { entryId, idOf } from "../../rules/state.ts";
import type { RowDocument } from "../collections.ts";
import { numberText } from "../collections.ts";
import { below, parsed, type Rows } from "../queries.ts";
import type { ReadContext } from "./context.ts";

export function commitReader({ read }: ReadContext): CommitReader {
	return {
		commits: (tenant, line, { after, limit }) =>
			read(async (rows) => {
				const last = after !== undefined && {
					$lt: idOf(tenant, line, numberText(after)),
				};
				const found = await rows.select("commit", {
					filter: { k: { ...below([tenant, line]), ...last } },
					sort: { k: -1 },
					limit,
				});
				return found.map((row) => parsed<Commit>(row));
			}),
		commit: (tenant, line, number) =>
			read(async (rows) =>
				commitIn(await rows.one("commit", tenant, line, numberText(number))),
			),
		byId: (tenant, catalog, id) =>
			read(async (rows) => {
				const filter = { i: idOf(tenant, catalog, id) };
				return commitIn((await rows.select("commit", { filter, limit: 1 }))[0]);
			}),
		numberAt: (tenant, line, timeMicros) =>
			read(async (rows) => {
				const [newest] = await rows.select("commit", {
					filter: { l: idOf(tenant, line), x: { $lte: timeMicros } },
					sort: { x: -1 },
					limit: 1,
				});
				return commitIn(newest)?.number ?? 0;
			}),
		newestMerge: (tenant, line, atOrBelow) =>
			read(async (rows) => {
				const key = idOf(tenant, line);
				const last = { $lte: idOf(key, numberText(atOrBelow)) };
				const [newest] = await rows.select("merge", {
					filter: { k: { ...below([key]), ...last } },
					sort: { k: -1 },
					limit: 1,
				});
				return newest && parsed<Merge>(newest);
			}),
		ofKey: (tenant, line, key, page) =>
			read((rows) => commitsOfKey(rows, [tenant, line, entryId(key)], page)),
	};
}

async function commitsOfKey(
	rows: Rows,
	parts: readonly [string, string, string],
	{ after, limit }: { after?: number | undefined; limit: number },
): Promise<Commit[]> {
	const last = after !== undefined && {
		$lt: idOf(...parts, numberText(after)),
	};
	const written = await rows.select("entry", {
		filter: { k: { ...below(parts), ...last } },
		sort: { k: -1 },
		limit,
	});
	const [tenant, line] = parts;
	const keys = written.map(({ num = 0 }) =>
		idOf(tenant, line, numberText(num)),
	);
	const filter = { k: { $in: keys } };
	const found = await rows.select("commit", { filter, sort: { k: -1 } });
	return found.map((row) => parsed<Commit>(row));
}

function commitIn(row: RowDocument | undefined): Commit | undefined {
	return row && parsed<Commit>(row);
}

export function dropReader({ read }: ReadContext): DropReader {
	return {
		dropped: (tenant, line, { after, limit }) =>
			read(async (rows) => {
				const last = after && {
					r: { $lt: idOf(numberText(after.number), after.asset) },
				};
				const found = await rows.select("drop", {
					filter: { l: idOf(tenant, line), ...last },
					sort: { r: -1 },
					limit,
				});
				return found.map((row) => parsed<DroppedAsset>(row));
			}),
	};
}
