import { PangolinError } from "../../model/errors.ts";
import type { Identifier } from "../../model/names.ts";
import type { IcebergEntry } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { type IcebergRow, objectMissing } from "../entries.ts";
import { requireFile } from "../metadataFiles.ts";
import type { Scope } from "../scope.ts";

/**
 * Whether a purge has given up what older states show of a table or view: its
 * claims are being closed, or are gone together with its metadata file.
 */
export async function isPurged(
	{ store }: Pick<CatalogDeps, "store">,
	{ principal, storage }: Pick<Scope, "principal" | "storage">,
	{ id, metadataLocation }: IcebergEntry,
): Promise<boolean> {
	const claims = await store.claims.claimsOf(principal.tenant, id);
	if (claims.length > 0) return claims.some(({ state }) => state === "purging");
	return !(await storage.exists(storage.canonical(metadataLocation)));
}

/**
 * Whether a scope shows something that a purge has given up. A branch or tag
 * that shows a table holds its purge up, so only commits and times can.
 */
export function isGivenUp(
	deps: CatalogDeps,
	scope: Scope,
	{ entry }: IcebergRow,
): false | Promise<boolean> {
	const isHistory = scope.pinned === "commit" || scope.pinned === "time";
	return isHistory && isPurged(deps, scope, entry);
}

/** @throws PangolinError `table-not-found`, `view-not-found` */
export async function requireUnpurged(
	deps: CatalogDeps,
	scope: Scope,
	identifier: Identifier,
	row: IcebergRow,
): Promise<void> {
	if (!(await isGivenUp(deps, scope, row))) return;
	const { entry } = row;
	const { code, message } = objectMissing(entry.kind, identifier);
	throw new PangolinError(
		code,
		`${message}. It was purged, and its history with it`,
	);
}

/**
 * For what is to be shown again: a purge and a lost file are found out before
 * anything is written.
 * @throws PangolinError `file-not-found`
 */
export async function requireRestorable(
	deps: Pick<CatalogDeps, "store">,
	scope: Scope,
	entry: IcebergEntry,
	name: string,
): Promise<void> {
	if (await isPurged(deps, scope, entry)) {
		throw new PangolinError(
			"file-not-found",
			`${name} was purged: its files are deleted and it cannot come back`,
		);
	}
	const { storage } = scope;
	await requireFile(storage, storage.canonical(entry.metadataLocation));
}
