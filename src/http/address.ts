import type { Scope } from "../catalog/scope.ts";
import { openScope, prefixOf } from "../catalog/scope.ts";
import type { Identifier, NamespacePath } from "../model/names.ts";
import { namespaceLevels } from "./paths.ts";
import type { HandlerDeps, RouteRequest } from "./route.ts";

/** Of routes whose request may name a branch, or any other ref. */
export const BRANCH_QUERY = { branch: "text" } as const;

/** What of a request says where it acts. */
type Addressed = Pick<RouteRequest, "principal" | "slot" | "message"> & {
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
 * @throws PangolinError `catalog-not-found`, `ref-not-found`
 */
export function scopeOf(
	deps: HandlerDeps,
	request: Addressed,
	ref?: string,
): Promise<Scope> {
	const { params, query, principal, slot, message } = request;
	const branch = typeof query.branch === "string" ? query.branch : undefined;
	const wanted = ref ?? branch;
	const prefix = asPrefix(params.prefix ?? params.catalog ?? "");
	const opened = openScope(
		deps.catalog,
		principal,
		wanted === undefined ? prefix : prefixOf(catalogOf(prefix), wanted),
	);
	return slot === undefined && message === undefined
		? opened
		: opened.then((scope) => ({ ...scope, slot, message }));
}

export async function namespaceOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<NamespaceAddress> {
	const [path, ref] = splitRef(request.params.namespace ?? "");
	return {
		scope: await scopeOf(deps, request, ref),
		namespace: namespaceLevels(path),
	};
}

/** The table or view of a request. */
export async function objectOf(
	deps: HandlerDeps,
	request: Addressed,
): Promise<ObjectAddress> {
	const [path, namespaceRef] = splitRef(request.params.namespace ?? "");
	const [name, ref] = splitRef(
		request.params.table ?? request.params.view ?? "",
	);
	return {
		scope: await scopeOf(deps, request, ref ?? namespaceRef),
		identifier: { namespace: namespaceLevels(path), name },
	};
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
