import type { AssetId, TenantId } from "../../model/ids.ts";
import type { Catalog } from "../../model/registry.ts";
import { keyText } from "../entryKeys.ts";
import type { MovedRow, RowOf } from "../moving.ts";
import type { EntryKey, Line } from "../records.ts";
import { idOf } from "../rules/state.ts";
import type { NumberList } from "./numberList.ts";
import { numberList } from "./numberList.ts";
import { letsThrough } from "./seen.ts";
import { textHash } from "./textHash.ts";

/** A metadata file that the store promises to be there, since a branch or tag shows it. */
export interface Pointer {
	readonly tenant: TenantId;
	/** Name of the catalog. */
	readonly catalog: string;
	/** Name of its warehouse, or null. */
	readonly warehouse: string | null;
	readonly key: EntryKey;
	readonly asset: AssetId;
	readonly metadataLocation: string;
}

/** A line, and who shows what of it. */
interface Shown {
	readonly line: Line;
	hasBranch: boolean;
	/** The numbers that tags name; sorted once all are there. */
	readonly tags: NumberList;
	/** The lines that forked from it. */
	readonly forks: Shown[];
	/** Of a line with a parent: the first number that wrote each key, by its hash. */
	readonly firstNumbers: Map<number, number>;
}

/**
 * The metadata files that branches and tags show, from the rows of `dump`; a
 * file that several rows name comes several times. What no ref shows may be gone.
 * @param onRow is called for each row
 */
export async function* pointersOf(
	rows: AsyncIterable<MovedRow>,
	onRow: (row: MovedRow) => void = () => undefined,
): AsyncGenerator<Pointer, void, void> {
	const catalogs = new Map<string, Catalog>();
	const lines = new Map<string, Shown>();
	/** Rows that only a fork may show: what it has written itself comes before or after them. */
	const inherited: { row: RowOf<"row">; at: Shown; pointer: Pointer }[] = [];
	let isLinked = false;
	for await (const row of rows) {
		onRow(row);
		switch (row.part) {
			case "catalog":
				catalogs.set(idOf(row.value.tenant, row.value.id), row.value);
				break;
			case "line":
				lines.set(idOf(row.value.tenant, row.value.id), newShown(row.value));
				break;
			case "ref": {
				const at = lines.get(idOf(row.value.tenant, row.value.line));
				if (row.value.number !== null) at?.tags.push(row.value.number);
				else if (at !== undefined) at.hasBranch = true;
				break;
			}
			case "row": {
				if (!isLinked) link(lines);
				isLinked = true;
				const at = lines.get(idOf(row.tenant, row.line));
				if (at === undefined) break;
				keepFirst(at, row);
				const pointer = pointerOf(catalogs, at, row);
				if (pointer === undefined) break;
				if (isShown(at, row)) yield pointer;
				else if (at.forks.some(({ line }) => isForkOf(row, line)))
					inherited.push({ row, at, pointer });
				break;
			}
		}
	}
	for (const { row, at, pointer } of inherited)
		if (at.forks.some((fork) => isInherited(fork, row))) yield pointer;
}

function newShown(line: Line): Shown {
	const none = { hasBranch: false, forks: [], firstNumbers: new Map() };
	return { line, tags: numberList(), ...none };
}

function link(lines: ReadonlyMap<string, Shown>): void {
	for (const each of lines.values()) {
		each.tags.sortFrom(0);
		const { tenant, parent } = each.line;
		if (parent !== null) lines.get(idOf(tenant, parent.line))?.forks.push(each);
	}
}

function keepFirst(
	{ line, firstNumbers }: Shown,
	{ key, number }: RowOf<"row">,
): void {
	if (line.parent === null) return;
	const hash = textHash(keyText(key));
	if (!firstNumbers.has(hash)) firstNumbers.set(hash, number);
}

/** Whether the row is what the line's branch or a tag of it shows. */
function isShown({ hasBranch, tags }: Shown, row: RowOf<"row">): boolean {
	if (hasBranch && row.end === null) return true;
	const next = tags.lowerBound(row.number);
	return next < tags.length && isAt(row, tags.at(next));
}

function isForkOf(row: RowOf<"row">, { parent }: Line): boolean {
	return parent !== null && isAt(row, parent.number);
}

/** Whether a row is the newest of its key at a number. */
function isAt({ number, end }: RowOf<"row">, at: number): boolean {
	return number <= at && (end === null || at < end.number);
}

/** Whether a line that forked where a row was valid shows it: it lets it through, and has written none of its own by then. */
function isInherited({ line, ...rest }: Shown, row: RowOf<"row">): boolean {
	const text = keyText(row.key);
	return (
		isForkOf(row, line) &&
		inherits({ line, ...rest }, text, textHash(text), new Set())
	);
}

function inherits(
	{ line, hasBranch, tags, forks, firstNumbers }: Shown,
	key: string,
	hash: number,
	visited: Set<Line>,
): boolean {
	if (visited.has(line) || !letsThrough(line.filter, key)) return false;
	visited.add(line);
	const first = firstNumbers.get(hash) ?? Number.POSITIVE_INFINITY;
	return (
		(hasBranch && first > line.head) ||
		tags.at(0) < first ||
		forks.some(
			(fork) =>
				(fork.line.parent?.number ?? 0) < first &&
				inherits(fork, key, hash, visited),
		)
	);
}

function pointerOf(
	catalogs: ReadonlyMap<string, Catalog>,
	{ line }: Shown,
	{ tenant, key, entry }: RowOf<"row">,
): Pointer | undefined {
	if (entry?.kind !== "table" && entry?.kind !== "view") return undefined;
	const catalog = catalogs.get(idOf(tenant, line.catalog));
	return {
		tenant,
		catalog: catalog?.name ?? line.catalog,
		warehouse: catalog?.warehouse ?? null,
		key,
		asset: entry.id,
		metadataLocation: entry.metadataLocation,
	};
}
