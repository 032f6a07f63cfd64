import type { CatalogId, LineId, TenantId } from "../../model/ids.ts";
import type { PathKey } from "../../model/names.ts";
import type { Catalog } from "../../model/registry.ts";
import { enclosingNamespace, keyText, shownKeys } from "../entryKeys.ts";
import type { EntryKey, Line, Merge, Ref } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { CommitLog } from "./commitLog.ts";
import { newCommitLog } from "./commitLog.ts";
import type { NumberList } from "./numberList.ts";
import { numberList } from "./numberList.ts";

/**
 * What a check keeps of the rows that went by: the registry, lines and refs
 * whole; of commits and rows some numbers each, so that a store of any size that
 * fits a disk can be checked.
 */
export interface Seen {
	readonly tenants: Set<string>;
	/** By tenant and name. */
	readonly warehouses: Set<string>;
	/** By tenant and id. */
	readonly warehouseIds: Set<string>;
	/** By tenant and id. */
	readonly catalogs: Map<string, Catalog>;
	/** By tenant and id. */
	readonly lines: Map<string, SeenLine>;
	readonly refs: Ref[];
	/** By tenant and id. */
	readonly operations: Set<string>;
}

export interface SeenLine {
	readonly line: Line;
	readonly log: CommitLog;
	/** Commits with merged parents whose merge has not come by. */
	readonly merges: Map<number, Merge["mergedParents"]>;
	/** Numbers of merges that do not begin as their commits say. */
	readonly strayMerges: number[];
	/** The line's own rows of namespaces, by key. */
	readonly namespaces: Map<string, NamespaceRow[]>;
	/** The namespaces in which the line itself shows something at its head. */
	readonly used: Set<PathKey>;
	/** Numbers that ended a row and left no next one that is there. */
	readonly gaps: NumberList;
	/** Where a key has no current row, some of them. */
	readonly unended: string[];
	/** What the line shows by rows of its own at its head: the asset's hash and the row's number, in turns. */
	readonly assets: NumberList;
	/** Where stretches that the line keeps no longer begin, and before which numbers they end. */
	readonly forgottenFrom: NumberList;
	readonly forgottenTo: NumberList;
}

export interface NamespaceRow {
	readonly number: number;
	readonly end: number;
	readonly isThere: boolean;
}

export function newSeen(): Seen {
	return {
		tenants: new Set(),
		warehouses: new Set(),
		warehouseIds: new Set(),
		catalogs: new Map(),
		lines: new Map(),
		refs: [],
		operations: new Set(),
	};
}

export function newLine(line: Line): SeenLine {
	return {
		line,
		log: newCommitLog(),
		merges: new Map(),
		strayMerges: [],
		namespaces: new Map(),
		used: new Set(),
		gaps: numberList(),
		unended: [],
		assets: numberList(),
		forgottenFrom: numberList(),
		forgottenTo: numberList(),
	};
}

export function seenLine(
	{ lines }: Seen,
	tenant: TenantId,
	line: LineId,
): SeenLine | undefined {
	return lines.get(idOf(tenant, line));
}

export function seenCatalog(
	{ catalogs }: Seen,
	tenant: TenantId,
	catalog: CatalogId,
): Catalog | undefined {
	return catalogs.get(idOf(tenant, catalog));
}

/** Whether a line is being removed: what it lacks was removed already (sentence H4). */
export function isGoing({ forgottenFrom }: SeenLine): boolean {
	return forgottenFrom.at(0) === 0;
}

/** Whether a line keeps a number that it has reached (sentence H3). */
export function keeps(line: SeenLine, number: number): boolean {
	const { forgottenFrom, forgottenTo } = line;
	const before = forgottenFrom.lowerBound(number + 1) - 1;
	return before < 0 || number >= forgottenTo.at(before);
}

/** Whether a namespace shows at the head of a line. */
export function showsNamespace(
	seen: Seen,
	at: SeenLine,
	path: PathKey,
): boolean {
	const key = enclosingNamespace({ space: "object", parent: path, name: "" });
	if (key === undefined) return true;
	const text = keyText(key);
	let line: SeenLine | undefined = at;
	let number = at.line.head;
	while (line !== undefined) {
		const rows = line.namespaces.get(text) ?? [];
		const row = rows.findLast((each) => each.number <= number);
		// What is behind the end of a row that no other follows was forgotten.
		if (row !== undefined) return row.isThere || row.end <= number;
		const { parent, filter, tenant }: Line = line.line;
		if (parent === null || !letsThrough(filter, text)) return false;
		number = parent.number;
		line = seenLine(seen, tenant, parent.line);
	}
	return false;
}

/** Whether a filter lets an inherited key through (sentence L12). */
export function letsThrough(
	filter: readonly EntryKey[] | null,
	key: string,
): boolean {
	return (
		filter === null || shownKeys(filter).some((each) => keyText(each) === key)
	);
}

/** The line and its ancestors. */
export function* chainOf(seen: Seen, start: SeenLine): Generator<SeenLine> {
	const visited = new Set<SeenLine>();
	let line: SeenLine | undefined = start;
	while (line !== undefined && !visited.has(line)) {
		visited.add(line);
		yield line;
		const { parent, tenant }: Line = line.line;
		line = parent === null ? undefined : seenLine(seen, tenant, parent.line);
	}
}
