import type { Catalog, Warehouse } from "../../../model/registry.ts";
import type { LineAt, Listing, Located, RefReader } from "../../contract.ts";
import { isListing } from "../../entryKeys.ts";
import type { EntryKey, Ref } from "../../records.ts";
import { isPinned } from "../../rules/reachability.ts";
import { idOf } from "../../rules/state.ts";
import { loadPins } from "../loadHistory.ts";
import type { Overlay } from "../overlay.ts";
import { loadLine, loadRecord, stateOf } from "../overlay.ts";
import { below, maybeVersioned, parsed, versioned } from "../queries.ts";
import type { ReadContext } from "./context.ts";
import { type List, loadOwn, namesIn, shownAt } from "./entries.ts";

type Look = EntryKey | Listing;

/** Forgets everything rather than growing beyond this. */
const MAX_RECENT = 10_000;

export function refReader(
	{ read, readOver }: ReadContext,
	list: List,
): RefReader {
	/** What names stood for when they were located last. */
	const recent = new Map<string, Target>();
	return {
		locate: (tenant, catalog, name, look) =>
			readOver(async (overlay) => {
				const place = idOf(tenant, catalog, name);
				const last = recent.get(place);
				const [located] = await Promise.all([
					locate(overlay, tenant, catalog, name),
					last && askAhead(overlay, last, look, list),
				]);
				if (recent.size >= MAX_RECENT) recent.clear();
				if (located === undefined) return undefined;
				recent.set(place, targetOf(located));
				return await lookedAt(overlay, located, look, list);
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

/** Of what names stand for, what says which rows these are. */
interface Target {
	readonly catalog: Pick<Catalog, "tenant" | "id" | "warehouse">;
	readonly ref: Pick<Ref, "name" | "tenant" | "line" | "number">;
}

/** Without what else is in them, which may be large. */
function targetOf({ catalog, ref }: Located): Target {
	const { tenant, id, warehouse } = catalog;
	const { name, line, number } = ref;
	return {
		catalog: { tenant, id, warehouse },
		ref: { name, tenant: ref.tenant, line, number },
	};
}

/**
 * Asks at once for the rows that will be asked for if the names still stand for
 * the same. Each row is read once, and if they do not, nobody looks at these.
 */
async function askAhead(
	overlay: Overlay,
	{ catalog: { tenant, id, warehouse }, ref }: Target,
	look: Look | undefined,
	list: List,
): Promise<void> {
	const at = lineAt(ref);
	await Promise.all([
		loadRecord(overlay, "ref", tenant, id, ref.name),
		warehouse !== null && loadRecord(overlay, "warehouse", tenant, warehouse),
		look !== undefined &&
			(isListing(look)
				? list(overlay, at, look, look.page)
				: loadOwn(overlay, at, look)),
	]);
}

async function locate(
	overlay: Overlay,
	tenant: string,
	name: string,
	refName: string,
): Promise<Located | undefined> {
	const found = await loadRecord(overlay, "catalog", tenant, name);
	if (found === undefined) return undefined;
	const catalog = parsed<Catalog>(found);
	const [ref, warehouse] = await Promise.all([
		loadRecord(overlay, "ref", tenant, catalog.id, refName),
		catalog.warehouse === null
			? undefined
			: loadRecord(overlay, "warehouse", tenant, catalog.warehouse),
	]);
	if (ref === undefined) return undefined;
	return {
		catalog,
		warehouse: warehouse === undefined ? null : parsed<Warehouse>(warehouse),
		ref: parsed<Ref>(ref),
	};
}

/** With what was asked for besides (sentence R11). */
async function lookedAt(
	overlay: Overlay,
	located: Located,
	look: Look | undefined,
	list: List,
): Promise<Located> {
	if (look === undefined) return located;
	const at = lineAt(located.ref);
	if (!isListing(look)) {
		const row = await shownAt(overlay, at, look);
		return { ...located, seen: { key: look, row } };
	}
	const names = namesIn(await list(overlay, at, look, look.page));
	return { ...located, listed: { of: look, names } };
}

function lineAt({ tenant, line, number }: Target["ref"]): LineAt {
	return { tenant, line, number: number ?? undefined };
}
