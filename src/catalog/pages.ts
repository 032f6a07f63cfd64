import { PangolinError } from "../model/errors.ts";
import { type NamespacePath, pathKey } from "../model/names.ts";
import type { Listing } from "../store/contract.ts";
import type { EntryKind } from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import { findNamespace, namespaceMissing } from "./entries.ts";
import type { PageRequest } from "./requests.ts";
import type { Scope } from "./scope.ts";

/** Where a page ends, and what it is a page of. */
interface Position {
	readonly list: string;
	readonly after: string;
}

/** How many rows are read at once for an answer with everything. */
const BATCH_ROWS = 10_000;

/**
 * The names of what is in a namespace, in order: everything without a page
 * token, else a page. Reading the rows would cost several times as much.
 * @throws PangolinError `namespace-not-found`, `bad-request`
 */
export async function listPage(
	deps: CatalogDeps,
	scope: Scope,
	page: PageRequest,
	filter: { readonly parent: NamespacePath; readonly kinds: EntryKind[] },
): Promise<{ names: string[]; nextPageToken: string | null }> {
	const parent = pathKey(filter.parent);
	const { kinds } = filter;
	const { rows: names, nextPageToken } = await pageOf(
		deps,
		JSON.stringify([kinds, scope.at.line, parent]),
		page,
		(after, limit) =>
			findNames(deps, scope, { parent, kinds, page: { after, limit } }),
		(name) => name,
	);
	if (names.length === 0) await requireParent(deps, scope, filter.parent);
	return { names, nextPageToken };
}

/**
 * What `listPage` asks first for this page: to be seen with the ref.
 * @throws PangolinError `bad-request`
 */
export function firstListing(
	deps: CatalogDeps,
	page: PageRequest,
	filter: { readonly parent: NamespacePath; readonly kinds: EntryKind[] },
): Listing {
	const { pageToken, pageSize } = page;
	const first =
		pageToken === undefined
			? { limit: BATCH_ROWS }
			: // Of which list the token is can be told only once the ref is known.
				{ after: nameIn(pageToken), limit: sizeOf(deps, pageSize) + 1 };
	return { parent: pathKey(filter.parent), kinds: filter.kinds, page: first };
}

/** As they were seen with the ref, where just these were asked for; else as they are now. */
async function findNames(
	{ store }: CatalogDeps,
	{ at, located: { listed } }: Scope,
	of: Listing,
): Promise<string[]> {
	return listed !== undefined && isSameListing(listed.of, of)
		? listed.names
		: store.entries.names(at, of, of.page);
}

function isSameListing(a: Listing, b: Listing): boolean {
	return (
		a.parent === b.parent &&
		a.kinds.join() === b.kinds.join() &&
		a.page.after === b.page.after &&
		a.page.limit === b.page.limit
	);
}

/** Only an empty list can be one of a namespace that does not exist. */
async function requireParent(
	deps: CatalogDeps,
	scope: Scope,
	parent: NamespacePath,
): Promise<void> {
	if (parent.length === 0) return;
	if ((await findNamespace(deps, scope, parent)) === undefined)
		throw namespaceMissing(parent);
}

/**
 * One page of any list, or all of it. Tokens name the last row given, so that a
 * page costs the same wherever it begins, and are bound to their list.
 * @param list tells lists apart
 * @throws PangolinError `bad-request`
 */
export async function pageOf<Row>(
	deps: CatalogDeps,
	list: string,
	page: PageRequest,
	read: (after: string | undefined, limit: number) => Promise<Row[]>,
	nameOf: (row: Row) => string,
): Promise<{ rows: Row[]; nextPageToken: string | null }> {
	const size = sizeOf(deps, page.pageSize);
	if (page.pageToken === undefined)
		return { rows: await readAll(read, nameOf), nextPageToken: null };
	const after = positionIn(list, page.pageToken);
	const found = await read(after, size + 1);
	const rows = found.slice(0, size);
	const last = rows.at(-1);
	const nextPageToken =
		found.length > size && last !== undefined
			? tokenOf({ list, after: nameOf(last) })
			: null;
	return { rows, nextPageToken };
}

async function readAll<Row>(
	read: (after: string | undefined, limit: number) => Promise<Row[]>,
	nameOf: (row: Row) => string,
): Promise<Row[]> {
	let rows = await read(undefined, BATCH_ROWS);
	let last = rows.at(-1);
	let batch = rows;
	while (batch.length === BATCH_ROWS && last !== undefined) {
		batch = await read(nameOf(last), BATCH_ROWS);
		rows = rows.concat(batch);
		last = batch.at(-1);
	}
	return rows;
}

function sizeOf(deps: CatalogDeps, pageSize: number | undefined): number {
	const { pageSize: largest } = deps.limits;
	if (pageSize === undefined) return largest;
	if (!Number.isSafeInteger(pageSize) || pageSize <= 0) {
		throw new PangolinError(
			"bad-request",
			"Invalid pageSize: it must be a positive integer",
		);
	}
	return Math.min(pageSize, largest);
}

function tokenOf({ list, after }: Position): string {
	return Buffer.from(JSON.stringify([list, after])).toString("base64url");
}

/** Undefined: the beginning. */
function positionIn(list: string, token: string): string | undefined {
	if (token === "") return undefined;
	const position = parsed(token);
	if (position === undefined || position.list !== list) throw foreignToken();
	return position.after;
}

/** Of a token of some list: a name, or what a store can be asked for as one. */
function nameIn(token: string): string | undefined {
	const after = parsed(token)?.after;
	if (after?.includes("\0")) throw foreignToken();
	return after;
}

function foreignToken(): PangolinError {
	return new PangolinError(
		"bad-request",
		"Invalid pageToken: it is not one that this list gave",
	);
}

function parsed(token: string): Position | undefined {
	try {
		const value: unknown = JSON.parse(
			Buffer.from(token, "base64url").toString(),
		);
		if (!Array.isArray(value)) return undefined;
		const [list, after]: unknown[] = value;
		return typeof list === "string" && typeof after === "string"
			? { list, after }
			: undefined;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}
