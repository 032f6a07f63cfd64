import type { CatalogDeps } from "../../../catalog/deps.ts";
import { updateNamespaceProperties } from "../../../catalog/namespaceProperties.ts";
import {
	createNamespace,
	dropNamespace,
	listNamespaces,
	loadNamespace,
	namespaceExists,
} from "../../../catalog/namespaces.ts";
import { firstListing } from "../../../catalog/pages.ts";
import type { Scope } from "../../../catalog/scope.ts";
import { PangolinError } from "../../../model/errors.ts";
import type { NamespacePath } from "../../../model/names.ts";
import { displayPath } from "../../../model/names.ts";
import {
	BRANCH_QUERY,
	namespaceOf,
	scopeOf,
	seenNamespaceOf,
	splitRef,
} from "../../address.ts";
import { json, NO_CONTENT } from "../../answer.ts";
import { namespaceLevels, unescapedLevels } from "../../paths.ts";
import { route } from "../../route.ts";
import { createNamespaceBody, updatePropertiesBody } from "./bodies.ts";
import { PAGE_QUERY, pageOf } from "./paging.ts";

const NAMESPACES = "/v1/{prefix}/namespaces";
const NAMESPACE = "/v1/{prefix}/namespaces/{namespace}";

function levelsIn(parent: string): NamespacePath {
	return parent === "" ? [] : namespaceLevels(parent);
}

/** A namespace of exactly that name comes first, then the one that a client escaped twice. */
async function parentLevels(
	deps: CatalogDeps,
	scope: Scope,
	parent: string,
): Promise<NamespacePath> {
	const levels = levelsIn(parent);
	const unescaped = unescapedLevels(levels);
	if (unescaped === undefined || (await namespaceExists(deps, scope, levels)))
		return levels;
	return (await namespaceExists(deps, scope, unescaped)) ? unescaped : levels;
}

export const namespaceRoutes = [
	route({
		id: "listNamespaces",
		method: "GET",
		path: NAMESPACES,
		summary: "Lists the namespaces directly below a parent, or at the top",
		allow: "namespace.list",
		errors: ["namespace-not-found"],
		query: { ...PAGE_QUERY, ...BRANCH_QUERY, parent: "text" },
		handler: async (deps, request) => {
			const [parent, ref] = splitRef(request.query.parent ?? "");
			const page = pageOf(request.query);
			const of = { parent: levelsIn(parent), kinds: ["namespace" as const] };
			const look = firstListing(deps.catalog, page, of);
			const scope = await scopeOf(deps, request, ref, look);
			const levels = await parentLevels(deps.catalog, scope, parent);
			const list = await listNamespaces(deps.catalog, scope, levels, page);
			return json(200, {
				namespaces: list.namespaces,
				"next-page-token": list.nextPageToken,
			});
		},
	}),
	route({
		id: "createNamespace",
		method: "POST",
		path: NAMESPACES,
		summary: "Creates a namespace",
		allow: "namespace.create",
		errors: ["already-exists", "namespace-not-found", "unsupported"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: createNamespaceBody,
		handler: async (deps, request) => {
			const scope = await scopeOf(deps, request);
			return json(
				200,
				await createNamespace(deps.catalog, scope, request.body),
			);
		},
	}),
	route({
		id: "loadNamespaceMetadata",
		method: "GET",
		path: NAMESPACE,
		summary: "Loads a namespace's properties",
		allow: "namespace.read",
		errors: ["namespace-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, namespace } = await seenNamespaceOf(deps, request);
			return json(200, await loadNamespace(deps.catalog, scope, namespace));
		},
	}),
	route({
		id: "namespaceExists",
		method: "HEAD",
		path: NAMESPACE,
		summary: "Whether a namespace exists",
		allow: "namespace.read",
		errors: ["namespace-not-found"],
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, namespace } = await seenNamespaceOf(deps, request);
			if (await namespaceExists(deps.catalog, scope, namespace))
				return NO_CONTENT;
			throw new PangolinError(
				"namespace-not-found",
				`Namespace does not exist: ${displayPath(namespace)}`,
			);
		},
	}),
	route({
		id: "dropNamespace",
		method: "DELETE",
		path: NAMESPACE,
		summary: "Drops an empty namespace",
		allow: "namespace.delete",
		errors: ["namespace-not-found", "namespace-not-empty"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			await dropNamespace(deps.catalog, scope, namespace);
			return NO_CONTENT;
		},
	}),
	route({
		id: "updateProperties",
		method: "POST",
		path: `${NAMESPACE}/properties`,
		summary: "Sets and removes properties of a namespace",
		allow: "namespace.update",
		errors: ["namespace-not-found", "unprocessable", "unsupported"],
		idempotent: "plain",
		query: BRANCH_QUERY,
		body: updatePropertiesBody,
		handler: async (deps, request) => {
			const { scope, namespace } = await namespaceOf(deps, request);
			return json(
				200,
				await updateNamespaceProperties(
					deps.catalog,
					scope,
					namespace,
					request.body,
				),
			);
		},
	}),
];
