import type { Catalog, Warehouse } from "../../../model/registry.ts";
import type { Located, RefReader } from "../../contract.ts";
import type { Ref } from "../../records.ts";
import { isPinned } from "../../rules/reachability.ts";
import { idOf } from "../../rules/state.ts";
import { loadPins } from "../loadHistory.ts";
import { loadLine, stateOf } from "../overlay.ts";
import {
	below,
	maybeVersioned,
	parsed,
	type Rows,
	versioned,
} from "../queries.ts";
import type { ReadContext } from "./context.ts";
import { shownAt } from "./entries.ts";

export function refReader({ read, readOver }: ReadContext): RefReader {
	return {
		locate: (tenant, catalog, name, key) =>
			readOver(async (overlay) => {
				const located = await locate(overlay.rows, tenant, catalog, name);
				if (located === undefined || key === undefined) return located;
				const { line, number } = located.ref;
				const at = { tenant, line, number: number ?? undefined };
				const row = await shownAt(overlay, at, key);
				return { ...located, seen: { key, row } };
			}),
		ref: (tenant, catalog, name) =>
			read(async (rows) =>
				maybeVersioned<Ref>(await rows.one("ref", tenant, catalog, name)),
			),
		refs: (tenant, catalog, { after, limit }) =>
			read(async (rows) => {
				const parts = [tenant, catalog];
				const start = after === undefined ? undefined : [...parts, after];
				const found = await rows.select("ref", {
					filter: { k: below(parts, start) },
					sort: { k: 1 },
					limit,
				});
				return found.map((row) => versioned<Ref>(row));
			}),
		line: (tenant, line) =>
			readOver((overlay) => loadLine(overlay, tenant, line)),
		isPinned: (tenant, line, number) =>
			readOver(async (overlay) => {
				await Promise.all([
					loadLine(overlay, tenant, line),
					loadPins(overlay, idOf(tenant, line)),
				]);
				return isPinned(stateOf(overlay), tenant, line, number);
			}),
	};
}

async function locate(
	rows: Rows,
	tenant: string,
	name: string,
	refName: string,
): Promise<Located | undefined> {
	const found = await rows.one("catalog", tenant, name);
	if (found === undefined) return undefined;
	const catalog = parsed<Catalog>(found);
	const [ref, warehouse] = await Promise.all([
		rows.one("ref", tenant, catalog.id, refName),
		catalog.warehouse === null
			? undefined
			: rows.one("warehouse", tenant, catalog.warehouse),
	]);
	if (ref === undefined) return undefined;
	return {
		catalog,
		warehouse: warehouse === undefined ? null : parsed<Warehouse>(warehouse),
		ref: parsed<Ref>(ref),
	};
}
