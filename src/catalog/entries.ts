import { PangolinError } from "../model/errors.ts";
import {
	displayName,
	displayPath,
	type Identifier,
	type NamespacePath,
	pathKey,
} from "../model/names.ts";
import type {
	EntryKey,
	EntryKind,
	EntryRow,
	IcebergEntry,
	NamespaceEntry,
} from "../store/records.ts";
import type { CatalogDeps } from "./deps.ts";
import type { Scope } from "./scope.ts";

export type IcebergRow = EntryRow & { readonly entry: IcebergEntry };
/** Tables, views and other assets of a namespace share their names. */
type ObjectKind = Exclude<EntryKind, "namespace">;
export type NamespaceRow = EntryRow & { readonly entry: NamespaceEntry };

export function namespaceKey(levels: NamespacePath): EntryKey {
	return {
		space: "namespace",
		parent: pathKey(levels.slice(0, -1)),
		name: levels.at(-1) ?? "",
	};
}

export function objectKey(identifier: Identifier): EntryKey {
	return {
		space: "object",
		parent: pathKey(identifier.namespace),
		name: identifier.name,
	};
}

export function namespaceMissing(levels: NamespacePath): PangolinError {
	return new PangolinError(
		"namespace-not-found",
		`Namespace does not exist: ${displayPath(levels)}`,
	);
}

export function objectMissing(
	kind: ObjectKind,
	identifier: Identifier,
): PangolinError {
	// No name has an "@": it was meant as a ref, where a body can name none.
	const hint = identifier.name.includes("@")
		? "; in a body no ref is named: use ?branch= or warehouse=<catalog>@<ref>"
		: "";
	const name = `${displayName(identifier)}${hint}`;
	switch (kind) {
		case "table":
			return new PangolinError(
				"table-not-found",
				`Table does not exist: ${name}`,
			);
		case "view":
			return new PangolinError(
				"view-not-found",
				`View does not exist: ${name}`,
			);
		case "asset":
			return new PangolinError(
				"asset-not-found",
				`Asset does not exist: ${name}`,
			);
	}
}

/** What is said when something is to be made where `row` is already. */
export function nameTaken(
	wanted: ObjectKind,
	identifier: Identifier,
	row: EntryRow,
): PangolinError {
	const noun = nounOf(row);
	const name = displayName(identifier);
	return new PangolinError(
		"already-exists",
		row.entry.kind === wanted
			? `${noun} already exists: ${name}`
			: `${noun} with same name already exists: ${name}`,
	);
}

/** For messages: what an entry is. */
export function nounOf(row: EntryRow): string {
	switch (row.entry.kind) {
		case "namespace":
			return "Namespace";
		case "table":
			return "Table";
		case "view":
			return "View";
		case "asset":
			return "Asset";
	}
}

/** As it was seen with the ref, where that was asked for; else as it is now. */
async function findEntry(
	{ store }: CatalogDeps,
	{ at, located: { seen } }: Scope,
	key: EntryKey,
): Promise<EntryRow | undefined> {
	return seen !== undefined && isSameKey(seen.key, key)
		? seen.row
		: store.entries.get(at, key);
}

function isSameKey(a: EntryKey, b: EntryKey): boolean {
	return a.name === b.name && a.parent === b.parent && a.space === b.space;
}

/** The root is always there and has no row. */
export async function findNamespace(
	deps: CatalogDeps,
	scope: Scope,
	levels: NamespacePath,
): Promise<NamespaceRow | undefined> {
	if (levels.length === 0) return undefined;
	const row = await findEntry(deps, scope, namespaceKey(levels));
	return row !== undefined && isNamespaceRow(row) ? row : undefined;
}

/** @throws PangolinError `namespace-not-found` */
export async function requireNamespace(
	deps: CatalogDeps,
	scope: Scope,
	levels: NamespacePath,
): Promise<NamespaceRow> {
	const row = await findNamespace(deps, scope, levels);
	if (row === undefined) throw namespaceMissing(levels);
	return row;
}

/** Whatever has the name: a table, a view or another asset. */
export function findObject(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
): Promise<EntryRow | undefined> {
	return findEntry(deps, scope, objectKey(identifier));
}

/** @throws PangolinError `table-not-found`, `view-not-found` */
export async function requireObject(
	deps: CatalogDeps,
	scope: Scope,
	kind: IcebergEntry["kind"],
	identifier: Identifier,
): Promise<IcebergRow> {
	const row = await findObject(deps, scope, identifier);
	if (row === undefined || !isIcebergRow(row) || row.entry.kind !== kind)
		throw objectMissing(kind, identifier);
	return row;
}

export function isIcebergRow(row: EntryRow): row is IcebergRow {
	return row.entry.kind === "table" || row.entry.kind === "view";
}

function isNamespaceRow(row: EntryRow): row is NamespaceRow {
	return row.entry.kind === "namespace";
}

/** @throws PangolinError `already-exists` */
export async function requireFree(
	deps: CatalogDeps,
	scope: Scope,
	wanted: ObjectKind,
	identifier: Identifier,
): Promise<void> {
	const row = await findObject(deps, scope, identifier);
	if (row !== undefined) throw nameTaken(wanted, identifier, row);
}
