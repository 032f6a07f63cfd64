import { namespaceKey, objectKey } from "../catalog/entries.ts";
import { namespaceExists } from "../catalog/namespaces.ts";
import { firstListing } from "../catalog/pages.ts";
import type { PageRequest } from "../catalog/requests.ts";
import type { Scope } from "../catalog/scope.ts";
import { openScope, prefixOf } from "../catalog/scope.ts";
import type { Identifier, NamespacePath } from "../model/names.ts";
import { LEVEL_SEPARATOR, namespaceLevels } from "./paths.ts";
import type { HandlerDeps, RouteRequest } from "./route.ts";

/** Of routes whose request may name a branch, or any other ref. */
export const BRANCH_QUERY = { branch: "text" } as const;

type Look = Parameters<typeof openScope>[3];

/** What of a request says where it acts. */
type Addressed = Pick<RouteRequest, "principal" | "slot" | "message"> & {
	readonly keepsFiles?: RouteRequest["keepsFiles"];
	readonly params: Readonly<Record<string, string | undefined>>;
	readonly query: Readonly<Record<string, unknown>>;
};

export interface NamespaceAddress {
	readonly scope: Scope;
	readonly namespace: NamespacePath;
}

export interface ObjectAddress {
	readonly scope: Scope;
	readonly identifier: Identifier;
}

/**
 * Opens the catalog and ref that a request names: `table@ref` before `ns@ref`
 * before `?branch=` before the prefix's own ref. No name contains `@`.
 * @param look see `openScope`
 * @throws PangolinError `catalog-not-found`, `ref-not-found`
 */
export function scopeOf(
	deps: HandlerDeps,
	request: Addressed,
	ref?: string,
	look?: Look,
): Promise<Scope> {
	const { params, query, principal, slot, message, keepsFiles } = request;
	const branch = typeof query.branch === "string" ? query.branch : undefined;
	const wanted = ref ?? branch;
	const prefix = asPrefix(params.prefix ?? params.catalog ?? "");
	const opened = openScope(
		deps.catalog,
		principal,
		wanted === undefined ? prefix : prefixOf(catalogOf(prefix), wanted),
		look,
	);
	return (slot ?? message ?? keepsFiles) === undefined
		? opened
		: opened.then((scope) => ({ ...scope, slot, message, keepsFiles }));
}

export async function namespaceOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<NamespaceAddress> {
	const { namespace, ref } = namespaceIn(request);
	return { scope: await scopeOf(deps, request, ref), namespace };
}

/** As `namespaceOf`, for what only reads: the namespace is seen together with the ref. */
export async function seenNamespaceOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<NamespaceAddress> {
	const { namespace, ref } = namespaceIn(request);
	const key = namespaceKey(namespace);
	return { scope: await scopeOf(deps, request, ref, key), namespace };
}

/** As `namespaceOf`, for what only lists: the names are seen together with the ref. */
export async function listedNamespaceOf(
	deps: HandlerDeps,
	request: Addressed,
	kind: "table" | "view",
	page: PageRequest,
): Promise<NamespaceAddress> {
	const { namespace, ref } = namespaceIn(request);
	const of = { parent: namespace, kinds: [kind] };
	const look = firstListing(deps.catalog, page, of);
	return { scope: await scopeOf(deps, request, ref, look), namespace };
}

function namespaceIn({ params }: Addressed) {
	const [path, ref] = splitRef(params.namespace ?? "");
	return { namespace: namespaceLevels(path), ref };
}

/** The table, view or asset of a request. */
export async function objectOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<ObjectAddress> {
	const { identifier, ref } = objectIn(request);
	return { scope: await scopeOf(deps, request, ref), identifier };
}

/** As `objectOf`, for what only reads: what has the name is seen together with the ref. */
export async function seenObjectOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<ObjectAddress> {
	const { identifier, ref } = objectIn(request);
	const key = objectKey(identifier);
	return { scope: await scopeOf(deps, request, ref, key), identifier };
}

function objectIn(request: Addressed) {
	const { namespace, ref: namespaceRef } = namespaceIn(request);
	const [name, ref] = splitRef(nameOf(request));
	return { identifier: { namespace, name }, ref: ref ?? namespaceRef };
}

function nameOf({ params }: Addressed): string {
	return params.table ?? params.view ?? params.asset ?? "";
}

/**
 * As `namespaceOf`, for routes of the original, in whose paths a dot separates
 * levels. A namespace with the dotted name itself comes first.
 */
export async function dottedNamespaceOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<NamespaceAddress> {
	const { scope, namespace } = await namespaceOf(deps, request);
	return { scope, namespace: await undotted(deps, scope, namespace) };
}

/** As `objectOf`, with the namespace as in `dottedNamespaceOf`. */
export async function dottedObjectOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<ObjectAddress> {
	const { scope, identifier } = await objectOf(deps, request);
	const namespace = await undotted(deps, scope, identifier.namespace);
	return { scope, identifier: { ...identifier, namespace } };
}

async function undotted(
	deps: HandlerDeps,
	scope: Scope,
	levels: NamespacePath,
): Promise<NamespacePath> {
	const [only = "", ...more] = levels;
	if (more.length > 0 || !only.includes(".")) return levels;
	if (await namespaceExists(deps.catalog, scope, levels)) return levels;
	return namespaceLevels(only.replaceAll(".", LEVEL_SEPARATOR));
}

/** Whether a request says at which ref, or leaves that open. */
export function namesRef(request: Addressed): boolean {
	const { params, query } = request;
	return (
		query.branch !== undefined ||
		asPrefix(params.catalog ?? "").includes("~") ||
		[params.namespace, nameOf(request)].some((text) => text?.includes("@"))
	);
}

/** `<name>@<ref>`; without a ref its second part is undefined. */
export function splitRef(text: string): readonly [string, string | undefined] {
	const at = text.indexOf("@");
	return at === -1
		? [text, undefined]
		: [text.slice(0, at), text.slice(at + 1)];
}

/** Clients whose server address is `…/v1/<catalog>@<ref>` send that in the place of a prefix. */
function asPrefix(segment: string): string {
	const [catalog, ref] = splitRef(segment);
	return ref === undefined ? segment : prefixOf(catalog, ref);
}

/** The prefix without its ref; a catalog's name contains no `~`. */
function catalogOf(prefix: string): string {
	const tilde = prefix.indexOf("~");
	return tilde === -1 ? prefix : prefix.slice(0, tilde);
}
