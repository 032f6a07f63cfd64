import { PangolinError } from "../../model/errors.ts";
import type { LineId, TenantId } from "../../model/ids.ts";
import type { Catalog } from "../../model/registry.ts";
import type { Located } from "../../store/contract.ts";
import type { Commit, Line, Versioned } from "../../store/records.ts";
import type { CatalogDeps } from "../deps.ts";
import { locateRef } from "./locate.ts";

/** A state of a catalog: a line after this many of its commits. */
export interface State {
	readonly line: LineId;
	readonly number: number;
}

/** A line of a chain, and how many of its commits count. */
export interface Level {
	readonly line: Line;
	readonly number: number;
}

/** @throws PangolinError `catalog-not-found` */
export async function requireCatalog(
	{ store }: CatalogDeps,
	tenant: TenantId,
	name: string,
): Promise<Versioned<Catalog>> {
	const row = await store.registry.catalog(tenant, name);
	if (row !== undefined) return row;
	throw new PangolinError(
		"catalog-not-found",
		`Catalog does not exist: ${name}`,
	);
}

export function refMissing(catalog: string, name: string): PangolinError {
	return new PangolinError(
		"ref-not-found",
		`Branch, tag, commit or time does not exist: ${catalog}@${name}`,
	);
}

/**
 * What any ref shows now. The place where a branch began without commits of its
 * own is a state of its parent, so that chains stay short.
 * @throws PangolinError `ref-not-found`
 */
export async function requireState(
	deps: CatalogDeps,
	tenant: TenantId,
	catalog: string,
	text: string,
): Promise<State> {
	const addressed = await locateRef(deps, tenant, catalog, text);
	const ref = addressed?.located.ref;
	const line = ref && (await deps.store.refs.line(tenant, ref.line));
	if (line === undefined) throw refMissing(catalog, text);
	const number = ref?.number ?? line.head;
	return number === 0 && line.parent !== null && line.filter === null
		? line.parent
		: { line: line.id, number };
}

/** The line of a branch as it is now. @throws PangolinError `ref-not-found` */
export async function requireLine(
	{ store }: CatalogDeps,
	{ catalog, ref }: Located,
): Promise<Line> {
	const line = await store.refs.line(ref.tenant, ref.line);
	if (line === undefined) throw refMissing(catalog.name, ref.name);
	return line;
}

/** The lines that make a state, its own first. */
export async function chainOf(
	{ store }: CatalogDeps,
	tenant: TenantId,
	state: State,
): Promise<Level[]> {
	const levels: Level[] = [];
	for (let next: State | null = state; next !== null; ) {
		const line: Line | undefined = await store.refs.line(tenant, next.line);
		if (line === undefined) break;
		levels.push({ line, number: next.number });
		next = line.parent;
	}
	return levels;
}

/** The commit that made a state; undefined before the catalog's first one. */
export async function commitOf(
	{ store }: CatalogDeps,
	tenant: TenantId,
	state: State,
): Promise<Commit | undefined> {
	for (let next: State | null = state; next !== null; ) {
		if (next.number > 0)
			return store.commits.commit(tenant, next.line, next.number);
		const line: Line | undefined = await store.refs.line(tenant, next.line);
		next = line?.parent ?? null;
	}
	return undefined;
}
