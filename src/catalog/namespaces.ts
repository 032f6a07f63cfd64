import { PangolinError } from "../model/errors.ts";
import { brandId } from "../model/ids.ts";
import {
	checkNamespace,
	displayPath,
	type NamespacePath,
} from "../model/names.ts";
import type { EntryChange } from "../store/changes.ts";
import type { CatalogDeps } from "./deps.ts";
import {
	findNamespace,
	namespaceKey,
	namespaceMissing,
	requireNamespace,
} from "./entries.ts";
import { checkNamespaceLocation } from "./locationRules.ts";
import { listPage } from "./pages.ts";
import type { CreateNamespaceRequest, PageRequest } from "./requests.ts";
import type { NamespaceList, NamespaceResult } from "./results.ts";
import { requireWritable, type Scope } from "./scope.ts";
import { refuseUnexpected, submit, untilDecided } from "./submit.ts";

/**
 * The direct children of a namespace (`[]`: of the root), by name.
 * @throws PangolinError `namespace-not-found`, `bad-request`
 */
export async function listNamespaces(
	deps: CatalogDeps,
	scope: Scope,
	parent: NamespacePath,
	page: PageRequest,
): Promise<NamespaceList> {
	const { names, nextPageToken } = await listPage(deps, scope, page, {
		parent,
		kinds: ["namespace"],
	});
	return {
		namespaces: names.map((name) => [...parent, name]),
		nextPageToken,
	};
}

/**
 * Creates a namespace; enclosing ones that do not exist yet come into being with
 * it, in the same commit.
 * @throws PangolinError `already-exists`, `bad-request`, `location-not-allowed`
 */
export async function createNamespace(
	deps: CatalogDeps,
	scope: Scope,
	request: CreateNamespaceRequest,
): Promise<NamespaceResult> {
	requireWritable(scope);
	const { namespace } = request;
	const properties = request.properties ?? {};
	checkNamespace(namespace);
	await checkNamespaceLocation(scope.storage, properties);
	const result = { namespace, properties };
	const name = displayPath(namespace);
	return untilDecided(deps, `namespace ${name}`, async () => {
		if ((await findNamespace(deps, scope, namespace)) !== undefined)
			throw alreadyExists(namespace);
		const submission = await submit(deps, scope, {
			entries: [
				...(await missingAncestors(deps, scope, namespace)),
				creation(deps, namespace, properties),
			],
			message: `create namespace ${name}`,
			answer: { kind: "json", body: JSON.stringify(result) },
		});
		if (submission.outcome === "applied") return result;
		if (submission.entry === undefined) refuseUnexpected(scope, submission);
		return undefined;
	});
}

function creation(
	deps: CatalogDeps,
	namespace: NamespacePath,
	properties: NamespaceResult["properties"],
): EntryChange {
	return {
		op: "create",
		key: namespaceKey(namespace),
		entry: { kind: "namespace", id: brandId(deps.newUuid()), properties },
	};
}

/** Outermost first, as each needs the one around it. */
async function missingAncestors(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
): Promise<EntryChange[]> {
	const missing: EntryChange[] = [];
	for (let depth = namespace.length - 1; depth > 0; depth--) {
		const ancestor = namespace.slice(0, depth);
		if ((await findNamespace(deps, scope, ancestor)) !== undefined) break;
		missing.unshift(creation(deps, ancestor, {}));
	}
	return missing;
}

function alreadyExists(namespace: NamespacePath): PangolinError {
	return new PangolinError(
		"already-exists",
		`Namespace already exists: ${displayPath(namespace)}`,
	);
}

/** @throws PangolinError `namespace-not-found` */
export async function loadNamespace(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
): Promise<NamespaceResult> {
	const { entry } = await requireNamespace(deps, scope, namespace);
	return { namespace, properties: entry.properties };
}

export async function namespaceExists(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
): Promise<boolean> {
	return (await findNamespace(deps, scope, namespace)) !== undefined;
}

/**
 * Drops a namespace that holds nothing.
 * @throws PangolinError `namespace-not-found`, `namespace-not-empty`
 */
export async function dropNamespace(
	deps: CatalogDeps,
	scope: Scope,
	namespace: NamespacePath,
): Promise<void> {
	requireWritable(scope);
	const name = displayPath(namespace);
	await requireNamespace(deps, scope, namespace);
	const submission = await submit(deps, scope, {
		entries: [{ op: "drop", key: namespaceKey(namespace) }],
		message: `drop namespace ${name}`,
		answer: { kind: "empty" },
	});
	if (submission.outcome === "applied") return;
	if (submission.reason === "notEmpty") {
		throw new PangolinError(
			"namespace-not-empty",
			`Namespace is not empty: ${name}`,
		);
	}
	if (submission.entry !== undefined) throw namespaceMissing(namespace);
	refuseUnexpected(scope, submission);
}
